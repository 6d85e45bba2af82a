"""One family of failures; each says what happened and where, and hints at what to do.

CnmError
├─ InvalidQuery               refused before anything is sent
├─ CredentialsMissing         no keys anywhere we may look
│  └─ KeyringShut             but perhaps in a keyring that cannot be looked into
├─ CredentialsMalformed       a key that cannot be one
├─ CredentialsRefused         401, 403
├─ ProductDisabled            the bare 400 of an organisation without Cloud Network Monitoring
├─ QueryRefused               400 with the service's own words
├─ RateLimited                429
├─ ServiceFailed              5xx
├─ RequestCancelled                    the user waited no longer
├─ NotRecorded                a recording holds no answer to the query
├─ Unreachable                no answer at all
│  ├─ NameNotResolved
│  ├─ ConnectionRefused
│  ├─ TimedOut
│  ├─ TlsFailed
│  └─ ProxyFailed
├─ UnexpectedReply            an answer that is none
│  ├─ ReplyTruncated
│  ├─ ReplyUndecodable        the compression cannot be undone
│  ├─ ReplyTooLarge
│  └─ ReplyNotJson
└─ StoreFailed                disk, keyring
"""


class CnmError(Exception):
    """An expected failure: `str(error)` says what failed and where, `hint` what to do.

    Both are single lines, safe to show: outside text in them must be cleaned first.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    @property
    def sentence(self) -> str:
        """Message and hint on one line."""
        return f"{self} {self.hint}".strip()


class InvalidQuery(CnmError):
    """The query is invalid; nothing was sent."""


class CredentialsMissing(CnmError):
    """There are no keys."""


class KeyringShut(CredentialsMissing):
    """There are no keys, unless in a keyring that cannot be opened; the hint says how to open it."""


class CredentialsMalformed(CnmError):
    """A text that cannot be a key; nothing was sent."""


class CredentialsRefused(CnmError):
    """The service refused the keys (401) or their permissions (403)."""


class ProductDisabled(CnmError):
    """The organisation has no Cloud Network Monitoring."""


class QueryRefused(CnmError):
    """The service refused this query and said why (400)."""


class RateLimited(CnmError):
    """Too many calls (429); send no request for `retry_after_seconds`."""

    def __init__(self, message: str, *, retry_after_seconds: float, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.retry_after_seconds = retry_after_seconds


class ServiceFailed(CnmError):
    """The service failed (5xx)."""


class Unreachable(CnmError):
    """No answer: the network, a proxy or the server is at fault."""


class RequestCancelled(CnmError):
    """The user stopped waiting for the answer."""


class NotRecorded(CnmError):
    """The recording holds no answer to the query."""

    def __init__(self, message: str, *, question: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.question = question
        """The part of the message that names the question; empty if there is none."""


class NameNotResolved(Unreachable):
    """The host name has no address here."""


class ConnectionRefused(Unreachable):
    """Nothing listens on that port, or a firewall refuses connections."""


class TimedOut(Unreachable):
    """No answer came within the timeout."""


class TlsFailed(Unreachable):
    """The server's certificate or protocol is not trusted."""


class ProxyFailed(Unreachable):
    """The proxy did not pass the request on."""


class UnexpectedReply(CnmError):
    """A reply that does not come from the endpoint, or breaks its contract."""


class ReplyTruncated(UnexpectedReply):
    """The reply ended too early."""


class ReplyUndecodable(UnexpectedReply):
    """The reply cannot be decompressed."""


class ReplyTooLarge(UnexpectedReply):
    """The reply exceeds the size limit; reading stopped there."""


class ReplyNotJson(UnexpectedReply):
    """The reply is not the endpoint's JSON document."""


class StoreFailed(CnmError):
    """The disk or the keyring failed."""
