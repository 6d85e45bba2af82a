"""Define the services of the invented network: their team, location and port, and the services that they call."""

from dataclasses import dataclass
from enum import Enum
from typing import Final


class Kind(Enum):
    """The platform on which a service runs, for example a Kubernetes deployment. It decides which tags the service
    has.
    """

    DEPLOYMENT = "deployment"
    STATEFUL_SET = "stateful set"
    DAEMON_SET = "daemon set"
    CRON_JOB = "cron job"
    ECS = "ecs"
    NOMAD = "nomad"
    HOST = "host"
    RDS = "rds"
    CACHE = "cache"


class Profile(Enum):
    """A kind of traffic, for example SQL. It defines the mean packet sizes and how many packets the server sends
    back.
    """

    CALL = (310, 640, 0.95)
    PAGE = (260, 1_180, 1.6)
    SQL = (190, 820, 1.1)
    CACHE = (120, 430, 1.0)
    UPLOAD = (1_340, 66, 0.52)
    DOWNLOAD = (70, 1_390, 1.9)
    DATAGRAM = (96, 180, 1.0)
    ONE_WAY = (240, 0, 0.0)

    @property
    def client_packet_bytes(self) -> int:
        """Return the mean size in bytes of the packets that the client sends."""
        return self.value[0]

    @property
    def server_packet_bytes(self) -> int:
        """Return the mean size in bytes of the packets that the server sends."""
        return self.value[1]

    @property
    def packets_back(self) -> float:
        """Return how many packets the server sends for each packet from the client."""
        return self.value[2]


@dataclass(frozen=True, slots=True)
class Service:
    """One service of the invented network. Its attribute `size` is the number of its pods in the largest region."""

    name: str
    team: str
    namespace: str
    size: int
    port: int
    protocol: str = "http"
    calls: str = ""
    """Names of the services, buckets and domains that it calls, separated by blanks."""
    kind: Kind = Kind.DEPLOYMENT
    profile: Profile = Profile.CALL
    """Profile of the traffic that it answers."""
    pace: float = 12.0
    """Packets per second from each of its clients."""
    ascii_name: str = ""
    """Name of its deployment and pods, if its own name is not ASCII."""
    regions: str = ""
    """The only regions where it runs, separated by blanks; empty for all."""
    tls: bool = True
    balancers: tuple[str, ...] = ()
    """Load balancers in front of it; the region is appended."""
    domain: str = ""
    """Domain name for its clients; empty for its own name in the cluster."""
    tagged: bool = True
    """True if its pods have the service tag."""

    @property
    def deployment(self) -> str:
        """Return the name of the service's Kubernetes deployment, which contains only ASCII characters."""
        return self.ascii_name or self.name


def _service(name: str, team: str, namespace: str, size: int, port: int, calls: str = "") -> Service:
    return Service(name, team, namespace, size, port, calls=calls)


_SHOP: Final = (
    Service(
        "edge-gateway",
        "networks",
        "edge",
        10,
        8443,
        calls="storefront mobile-api partner-api admin-console images identity",
        profile=Profile.PAGE,
        pace=40,
        balancers=("edge-public", "edge-internal"),
    ),
    Service(
        "storefront",
        "shop",
        "shop",
        16,
        8080,
        calls="cart catalogue 検索 recommendations sessions pricing reviews promotions feature-flags images",
        profile=Profile.PAGE,
        pace=60,
    ),
    _service(
        "mobile-api", "shop", "shop", 12, 8080, "cart catalogue 検索 customer-profiles sessions pricing orders geo"
    ),
    _service("cart", "shop", "shop", 10, 8080, "redis-cart pricing promotions inventory checkout"),
    _service(
        "checkout",
        "shop",
        "shop",
        12,
        8080,
        "orders payments tax inventory promotions customer-profiles shipping fraud-check kafka",
    ),
    _service("pricing", "catalogue", "catalogue", 12, 8081, "catalogue-postgres redis-cart tax config-service"),
    _service("promotions", "growth", "growth", 6, 8080, "loyalty catalogue-postgres feature-flags"),
    _service("catalogue", "catalogue", "catalogue", 12, 8080, "catalogue-postgres elasticsearch reviews images"),
    Service(
        "検索", "catalogue", "catalogue", 10, 8080, calls="elasticsearch ml-scoring catalogue", ascii_name="kensaku"
    ),
    _service("recommendations", "data", "data", 8, 8080, "ml-scoring cassandra customer-profiles"),
    _service("reviews", "growth", "growth", 6, 8080, "cassandra identity"),
    _service("inventory", "fulfilment", "fulfilment", 9, 8080, "orders-postgres warehouse kafka"),
    _service("orders", "fulfilment", "fulfilment", 12, 8080, "orders-postgres kafka shipping notifications ledger"),
    _service("shipping", "fulfilment", "fulfilment", 7, 8080, "carriers.example warehouse orders-postgres geo"),
    _service("warehouse", "fulfilment", "fulfilment", 6, 8080, "legacy-erp rabbitmq"),
    _service("returns", "fulfilment", "fulfilment", 4, 8080, "orders payments warehouse"),
    _service("geo", "networks", "edge", 5, 8080, "maps.example redis-sessions"),
    Service(
        "images",
        "shop",
        "shop",
        9,
        8080,
        calls="acme-product-images",
        kind=Kind.ECS,
        profile=Profile.DOWNLOAD,
        pace=90,
    ),
    Service(
        "partner-api",
        "networks",
        "edge",
        6,
        8443,
        calls="orders catalogue inventory identity audit-log",
        balancers=("partner-public",),
    ),
    Service("admin-console", "platform", "internal", 3, 8080, calls="orders customer-profiles identity reporting"),
)

_MONEY: Final = (
    _service(
        "payments",
        "payments",
        "payments",
        10,
        8443,
        "payment-vault fraud-check ledger kafka cards.example bank-gateway",
    ),
    Service("payment-vault", "payments", "payments", 5, 9443, calls="ledger-postgres", regions="eu-west-1"),
    _service("fraud-check", "payments", "payments", 7, 8080, "ml-scoring cassandra customer-profiles"),
    _service("ledger", "payments", "payments", 6, 8080, "ledger-postgres kafka bank-gateway"),
    _service("invoicing", "payments", "payments", 5, 8080, "orders-postgres acme-invoices email-sender tax"),
    _service("tax", "payments", "payments", 5, 8080, "rates.tax.example redis-cart"),
    Service("prüfung", "payments", "payments", 4, 8080, calls="ledger audit-log reporting", ascii_name="pruefung"),
    _service("subscriptions", "growth", "growth", 5, 8080, "payments orders customer-profiles"),
    # All traffic to the bank goes through this service, under the bank's own name. It has no tags.
    Service(
        "bank-gateway",
        "payments",
        "payments",
        1,
        443,
        calls="settlement.partner-bank.example",
        pace=2,
        domain="settlement.partner-bank.example",
        tagged=False,
    ),
)

_PEOPLE: Final = (
    Service(
        "identity",
        "identity",
        "identity",
        9,
        8443,
        calls="identity-postgres redis-sessions audit-log",
        regions="eu-west-1 us-east-1",
    ),
    _service("sessions", "identity", "identity", 8, 8080, "redis-sessions identity"),
    _service("customer-profiles", "identity", "identity", 8, 8080, "identity-postgres cassandra kafka"),
    _service("loyalty", "growth", "growth", 4, 8080, "cassandra kafka"),
    _service("notifications", "growth", "growth", 6, 8080, "email-sender sms-sender rabbitmq customer-profiles"),
    _service("email-sender", "growth", "growth", 4, 8025, "smtp.mail.example rabbitmq"),
    _service("sms-sender", "growth", "growth", 3, 8025, "gateway.sms.example rabbitmq"),
    _service("café-menü", "growth", "growth", 2, 8080, "catalogue feature-flags"),
)

_NUMBERS: Final = (
    Service(
        "events-collector",
        "data",
        "data",
        10,
        8088,
        calls="kafka events-consumer",
        profile=Profile.UPLOAD,
        pace=30,
        balancers=("events-public",),
    ),
    Service(
        "events-consumer", "data", "data", 9, 9099, "grpc", "cassandra acme-events", profile=Profile.UPLOAD, pace=70
    ),
    Service("events-relay", "data", "data", 6, 9095, "grpc", "kafka", profile=Profile.UPLOAD, pace=70),
    _service("stream-processor", "data", "data", 10, 8080, "kafka cassandra elasticsearch acme-events"),
    _service("search-indexer", "data", "data", 5, 8080, "elasticsearch kafka catalogue-postgres"),
    _service("reporting", "data", "data", 4, 8080, "orders-postgres ledger-postgres acme-reports"),
    Service("data-export", "data", "data", 4, 8080, calls="orders-postgres acme-reports", kind=Kind.CRON_JOB),
    Service("ml-scoring", "data", "ml", 9, 8500, "grpc", "redis-cart acme-models"),
    Service("ml-training", "data", "ml", 5, 8500, calls="acme-models acme-events cassandra", kind=Kind.CRON_JOB),
    _service("web-analytics", "growth", "growth", 5, 8080, "events-collector kafka"),
)

_PLATFORM: Final = (
    _service("feature-flags", "platform", "platform", 5, 8080, "config-service redis-sessions"),
    _service("config-service", "platform", "platform", 4, 8080, "identity"),
    _service("audit-log", "platform", "platform", 5, 8080, "kafka acme-audit"),
    _service("scheduler", "platform", "platform", 3, 8080, "orders invoicing reporting subscriptions rabbitmq backup"),
    Service("backup", "platform", "platform", 3, 8080, calls="acme-backups orders-postgres", kind=Kind.CRON_JOB),
    Service("rendering", "growth", "media", 6, 7070, calls="acme-product-images rabbitmq", kind=Kind.NOMAD),
    Service(
        "legacy-erp",
        "fulfilment",
        "legacy",
        6,
        3300,
        "sap",
        "orders-postgres",
        Kind.HOST,
        regions="eu-central-1",
        tls=False,
    ),
    Service(
        "coredns",
        "platform",
        "kube-system",
        4,
        53,
        "dns",
        kind=Kind.DEPLOYMENT,
        profile=Profile.DATAGRAM,
        pace=0.3,
        tls=False,
    ),
    Service(
        "datadog-agent",
        "platform",
        "monitoring",
        0,
        8125,
        "statsd",
        kind=Kind.DAEMON_SET,
        profile=Profile.ONE_WAY,
        pace=0.5,
        tls=False,
    ),
)

_STORES: Final = (
    Service("orders-postgres", "fulfilment", "", 3, 5432, "postgres", kind=Kind.RDS, profile=Profile.SQL, pace=45),
    Service("catalogue-postgres", "catalogue", "", 3, 5432, "postgres", kind=Kind.RDS, profile=Profile.SQL, pace=40),
    Service(
        "identity-postgres",
        "identity",
        "",
        2,
        5432,
        "postgres",
        kind=Kind.RDS,
        profile=Profile.SQL,
        pace=30,
        regions="eu-west-1 us-east-1",
    ),
    Service(
        "ledger-postgres",
        "payments",
        "",
        2,
        5432,
        "postgres",
        kind=Kind.RDS,
        profile=Profile.SQL,
        pace=25,
        regions="eu-west-1",
    ),
    Service("redis-cart", "shop", "", 4, 6379, "redis", kind=Kind.CACHE, profile=Profile.CACHE, pace=80, tls=False),
    Service("redis-sessions", "identity", "", 4, 6379, "redis", kind=Kind.CACHE, profile=Profile.CACHE, pace=90),
    Service("kafka", "data", "", 9, 9092, "kafka", "kafka", kind=Kind.HOST, profile=Profile.UPLOAD, pace=70),
    Service("cassandra", "data", "", 9, 9042, "cassandra", "cassandra", kind=Kind.HOST, profile=Profile.SQL, pace=35),
    Service(
        "elasticsearch",
        "catalogue",
        "search",
        9,
        9200,
        "http",
        "elasticsearch",
        kind=Kind.STATEFUL_SET,
        profile=Profile.PAGE,
        pace=25,
    ),
    Service(
        "rabbitmq", "platform", "platform", 3, 5672, "amqp", kind=Kind.STATEFUL_SET, profile=Profile.UPLOAD, pace=15
    ),
)

SERVICES: Final = {service.name: service for service in (*_SHOP, *_MONEY, *_PEOPLE, *_NUMBERS, *_PLATFORM, *_STORES)}

BUCKETS: Final = {
    "acme-product-images": Profile.DOWNLOAD,
    "acme-invoices": Profile.UPLOAD,
    "acme-events": Profile.UPLOAD,
    "acme-reports": Profile.UPLOAD,
    "acme-models": Profile.DOWNLOAD,
    "acme-audit": Profile.UPLOAD,
    "acme-backups": Profile.UPLOAD,
}

DOMAINS: Final = {
    "cards.example": (38_000, 443),
    "settlement.partner-bank.example": (52_000, 443),
    "carriers.example": (31_000, 443),
    "maps.example": (22_000, 443),
    "rates.tax.example": (64_000, 443),
    "smtp.mail.example": (28_000, 587),
    "gateway.sms.example": (117_000, 443),
    "intake.observability.example": (24_000, 443),
}
"""External domains: round-trip time in microseconds, and port."""
