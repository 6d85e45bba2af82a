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
├─ GivenUp                    the user waited no longer
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
    """A foreseen failure: `str(error)` says what and where, `hint` what to do.

    Both are single lines, safe to show: whoever quotes outside text in them cleans it first.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    @property
    def sentence(self) -> str:
        """What happened and what to do, on one line."""
        return f"{self} {self.hint}".strip()


class InvalidQuery(CnmError):
    """What was asked cannot be answered; nothing was sent."""


class CredentialsMissing(CnmError):
    """There are no keys to ask with."""


class KeyringShut(CredentialsMissing):
    """There are no keys, unless in a keyring that cannot be looked into; the hint says what would open it."""


class CredentialsMalformed(CnmError):
    """What was given as a key cannot be one; nothing was sent."""


class CredentialsRefused(CnmError):
    """The service refused the keys (401) or what they may do (403)."""


class ProductDisabled(CnmError):
    """The organisation has no Cloud Network Monitoring."""


class QueryRefused(CnmError):
    """The service would not answer this query and said why (400)."""


class RateLimited(CnmError):
    """Too many calls (429); nothing may be asked for `retry_after_seconds`."""

    def __init__(self, message: str, *, retry_after_seconds: float, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.retry_after_seconds = retry_after_seconds


class ServiceFailed(CnmError):
    """The service answered that it failed (5xx)."""


class Unreachable(CnmError):
    """No answer: the network, a proxy or the other end is at fault."""


class GivenUp(CnmError):
    """The user waited no longer for an answer."""


class NameNotResolved(Unreachable):
    """The host name has no address here."""


class ConnectionRefused(Unreachable):
    """Nothing listens there, or a firewall says no."""


class TimedOut(Unreachable):
    """Nothing came within the time-out."""


class TlsFailed(Unreachable):
    """The other end's certificate or protocol is not to be trusted."""


class ProxyFailed(Unreachable):
    """The proxy on the way did not let the request through."""


class UnexpectedReply(CnmError):
    """Something answered, but not as the endpoint does."""


class ReplyTruncated(UnexpectedReply):
    """The reply ended too early."""


class ReplyUndecodable(UnexpectedReply):
    """The reply's compression cannot be undone."""


class ReplyTooLarge(UnexpectedReply):
    """The reply is over the bound; reading stopped there."""


class ReplyNotJson(UnexpectedReply):
    """The reply is not the JSON document that the endpoint sends."""


class StoreFailed(CnmError):
    """The disk or the keyring did not do what was asked."""
