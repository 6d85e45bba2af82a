"""Define the error classes for all expected failures.

The text of each error says what happened and where. Its hint says what the user can do.

CnmError
├─ InvalidQuery               the query is invalid, and nothing was sent
├─ CredentialsMissing         no keys were found
│  └─ KeyringShut             there may be keys in a keyring that cannot be opened
├─ CredentialsMalformed       the text cannot be a key
├─ CredentialsRefused         status 401 or 403
├─ ProductDisabled            status 400 without a reason: no Cloud Network Monitoring
├─ QueryRefused               status 400 with a reason
├─ RateLimited                status 429
├─ ServiceFailed              status 5xx
├─ RequestCancelled           the user cancelled the request
├─ NotRecorded                a recording contains no response to the query
├─ Unreachable                there was no response
│  ├─ NameNotResolved
│  ├─ ConnectionRefused
│  ├─ TimedOut
│  ├─ TlsFailed
│  └─ ProxyFailed
├─ UnexpectedReply            the response is not valid for this API
│  ├─ ReplyTruncated
│  ├─ ReplyUndecodable        the response cannot be decompressed
│  ├─ ReplyTooLarge
│  └─ ReplyNotJson
└─ StoreFailed                the disk or the keyring failed
"""


class CnmError(Exception):
    """An expected failure.

    `str(error)` says what failed and where, and `hint` says what the user can do. Both texts are single lines
    that are safe to display. So text from outside must be cleaned before it becomes a part of them.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    @property
    def sentence(self) -> str:
        """The message and the hint on one line."""
        return f"{self} {self.hint}".strip()


class InvalidQuery(CnmError):
    """Raised when a query or another input of the user is invalid. Nothing was sent."""


class CredentialsMissing(CnmError):
    """Raised when no API keys and no access token were found."""


class KeyringShut(CredentialsMissing):
    """Raised when no API keys were found, but a keyring that cannot be opened may contain some.

    The hint says how the user can open the keyring.
    """


class CredentialsMalformed(CnmError):
    """Raised when a text cannot be an API key because of its form. Nothing was sent."""


class CredentialsRefused(CnmError):
    """Raised when Datadog refused the API keys (status 401), or the keys lack a permission (status 403)."""


class ProductDisabled(CnmError):
    """Raised when Cloud Network Monitoring seems not to be enabled for the organisation."""


class QueryRefused(CnmError):
    """Raised when the service refused this query and gave a reason (status 400)."""


class RateLimited(CnmError):
    """Raised when there were too many requests (status 429).

    The program must not send a request for `retry_after_seconds`.
    """

    def __init__(self, message: str, *, retry_after_seconds: float, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.retry_after_seconds = retry_after_seconds


class ServiceFailed(CnmError):
    """Raised when the service failed (status 5xx)."""


class Unreachable(CnmError):
    """Raised when there was no response, because of the network, a proxy or the server."""


class RequestCancelled(CnmError):
    """Raised when the user cancelled the request before its response arrived."""


class NotRecorded(CnmError):
    """Raised when a recording contains no response to the query."""

    def __init__(self, message: str, *, question: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.question = question
        """The part of the message that names the question; empty if there is none."""


class NameNotResolved(Unreachable):
    """Raised when DNS on this machine returns no address for the host name."""


class ConnectionRefused(Unreachable):
    """Raised when the connection is refused, because nothing listens on the port or a firewall refuses it."""


class TimedOut(Unreachable):
    """Raised when no response arrived within the timeout."""


class TlsFailed(Unreachable):
    """Raised when TLS fails, for example because the server's certificate is not trusted."""


class ProxyFailed(Unreachable):
    """Raised when the proxy did not forward the request."""


class UnexpectedReply(CnmError):
    """Raised when a response is not from the API, or does not follow the format of the API."""


class ReplyTruncated(UnexpectedReply):
    """Raised when the response ended too early."""


class ReplyUndecodable(UnexpectedReply):
    """Raised when the response cannot be decompressed."""


class ReplyTooLarge(UnexpectedReply):
    """Raised when the response exceeds the size limit. Reading stopped at the limit."""


class ReplyNotJson(UnexpectedReply):
    """Raised when the response is not the JSON document that the API endpoint sends."""


class StoreFailed(CnmError):
    """Raised when the disk or the keyring failed."""
