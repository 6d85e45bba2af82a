"""Replace error messages by fixed sentences, so that an error reveals no names of hosts or services.

It is not enough to search for known names in the original message. The message may contain unknown names or
incomplete names.
"""

from typing import Final

from cnm_tui.core.aliases.aliases import Aliases
from cnm_tui.core.errors import (
    CnmError,
    ConnectionRefused,
    CredentialsMalformed,
    CredentialsMissing,
    CredentialsRefused,
    InvalidQuery,
    NameNotResolved,
    NotRecorded,
    ProductDisabled,
    ProxyFailed,
    QueryRefused,
    RateLimited,
    ReplyNotJson,
    ReplyTooLarge,
    ReplyTruncated,
    RequestCancelled,
    ServiceFailed,
    StoreFailed,
    TimedOut,
    TlsFailed,
    UnexpectedReply,
    Unreachable,
)
from cnm_tui.core.query import Query
from cnm_tui.core.units import seconds_text

_AGAIN: Final = "Ask again."
_SENTENCES: Final = (
    (CredentialsMissing, "There are no keys for {name}", ""),
    (CredentialsMalformed, "A key for {name} has an invalid form", ""),
    (CredentialsRefused, "{name} refused the keys or their permissions", "cnm-tui doctor finds out why."),
    (ProductDisabled, "{name} seems to have no Cloud Network Monitoring", ""),
    (QueryRefused, "{name} would not answer the query", "Change the query."),
    (ServiceFailed, "{name} failed", _AGAIN),
    (NameNotResolved, "The host of {name} has no address here", "Check the network (DNS)."),
    (ConnectionRefused, "{name} refused the connection", "Check the network."),
    (TimedOut, "{name} did not answer in time", "Ask again, for a shorter time range or fewer rows."),
    (TlsFailed, "There is no secure connection to {name}", "cnm-tui doctor finds out why."),
    (ProxyFailed, "The proxy did not let the request through", "cnm-tui doctor finds out why."),
    (Unreachable, "{name} cannot be reached", "Check the network."),
    (ReplyTruncated, "The reply of {name} ended too early", _AGAIN),
    (ReplyTooLarge, "The reply of {name} is too large", "Ask for fewer rows or group-bys."),
    (ReplyNotJson, "{name} answered with something else", "cnm-tui doctor finds out why."),
    (UnexpectedReply, "The reply of {name} could not be read", _AGAIN),
    (StoreFailed, "A file could not be read or written", ""),
)
"""Kinds of errors, more special ones first, with what is said of each."""


def redacted_problem(problem: CnmError, query: Query, label: str, aliases: Aliases) -> CnmError:
    """Return the error with a text that contains no names.

    For most errors, the text is a fixed sentence of this program, followed by an alias for the original text.
    """
    text = str(problem)
    hint = ""
    if isinstance(problem, NotRecorded) and problem.question:
        # Before names are replaced: a long question was cut in the middle of a name.
        said, hint = text.replace(problem.question, _question(query)), problem.hint
    elif isinstance(problem, InvalidQuery | RequestCancelled | NotRecorded):
        # Sentences of this program about a time or a recording.
        said, hint = aliases.in_text(text), aliases.in_text(problem.hint)
    elif isinstance(problem, RateLimited):
        said = f"Too many calls: {label} wants a pause of {seconds_text(problem.retry_after_seconds)}."
    else:
        kinds = (words for kind, *words in _SENTENCES if isinstance(problem, kind))
        sentence, hint = next(kinds, ("{name} failed", ""))
        said = f"{sentence.format(name=label)} ({aliases.alias('error', text)})."
    problem.args, problem.hint = (said,), hint
    return problem


def _question(query: Query) -> str:
    parts = [f"grouped by {', '.join(query.group_bys) or 'nothing'}"]
    parts += [f"query {query.search}"] if query.search else []
    parts += [f"tags {', '.join(query.tags)}"] if query.tags else []
    return "; ".join((*parts, f"limit {query.limit}"))
