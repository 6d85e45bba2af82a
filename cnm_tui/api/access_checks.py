"""Check if Datadog accepts the API keys.

Each key is validated, and a real query for one row is sent. Each cause of a failure is reported separately.
"""

import time
from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import Final

from cnm_tui.api.failures import SCOPE
from cnm_tui.api.http_connection import VALIDATE_KEYS, HttpConnection
from cnm_tui.api.insights import ask_insights
from cnm_tui.api.service import Service, Timeouts
from cnm_tui.core.endpoint import CONNECTIONS, Endpoint
from cnm_tui.core.endpoints.known import KNOWN, endpoint_called
from cnm_tui.core.errors import CnmError, CredentialsMissing, CredentialsRefused, ProductDisabled, RateLimited
from cnm_tui.core.finding import Finding, State, failed, skipped, waiting
from cnm_tui.core.insights.insight import SCOPE as INSIGHTS_SCOPE
from cnm_tui.core.query import DEFAULT_TIME_RANGE, usual_query
from cnm_tui.core.service import Budget
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.units import plural, seconds_text

TIMEOUTS: Final = Timeouts(connect=4.0, read=6.0, whole=6.0)
"""Timeouts of each request of a check; all checks together take at most half a minute."""
_VALIDATE: Final = "/api/v1/validate"
_REFUSED: Final = (401, 403)
_FIND_SITE: Final = "The address of your pages of Datadog has yours; name it by DD_SITE or --site."
_KEY_CHECKS: Final = ("api_key", "application_key")
_ANSWER_CHECKS: Final = ("scope", "product", "data", "rate_limit")
_OTHER_ENDPOINTS: Final = tuple(name for name in KNOWN if name != CONNECTIONS.name)
_BESIDE: Final = (*_OTHER_ENDPOINTS, "insights")
ALL: Final = (*_KEY_CHECKS, *_ANSWER_CHECKS, *_BESIDE, "question")
_FOR_INSIGHTS: Final = "H and `cnm-tui insights`"
_NEED_INSIGHTS: Final = f"Only {_FOR_INSIGHTS} need them."

Findings = Generator[Finding, None, CnmError | None]


class AccessChecks:
    """The checks of the `doctor` command that need a response from Datadog.

    For example, one check tests whether the API key is valid.
    """

    def __init__(self, service: Service, connection: HttpConnection, *, keys_wanted: bool = True) -> None:
        self._service = service
        self._connection = connection
        self._keys_wanted = keys_wanted

    def findings(self) -> Findings:
        """Yield the result of each check as soon as the check ends.

        The return value of the generator is the error that prevents queries, or None if queries work.
        """
        if not self._keys_wanted:
            yield from skipped(_KEY_CHECKS, "Asked without keys.")
            return (yield from self._answer(""))
        if not self._service.keys:
            yield from waiting(ALL, "keys")
            return CredentialsMissing("There are no keys to ask with.")
        if self._service.peer.by_token:
            yield from skipped(_KEY_CHECKS, "Asked with an access token, which only a question can try.")
            return (yield from self._answer(""))
        return (yield from self._pair())

    def _pair(self) -> Findings:
        try:
            key_findings = self._key_findings()
        except CnmError as problem:
            silence = problem
        else:
            yield from key_findings
            # Ask even if the key checks failed: only an answer proves that the keys work.
            failed_check = next((finding.name for finding in key_findings if finding.state is State.FAILED), "")
            return (yield from self._answer(failed_check))
        yield from skipped((*_KEY_CHECKS, *_ANSWER_CHECKS, *_BESIDE), "Waits for any answer.")
        yield failed("question", silence)
        return silence

    def _key_findings(self) -> tuple[Finding, ...]:
        """Ask Datadog whether the API key and the application key are valid, and return a finding for each key.

        Raises:
            CnmError: Datadog does not respond.
        """
        where = self._service.peer.site or self._service.peer.name
        api_key = self._validated("api_key", _VALIDATE, f"{where} knows it.")
        if api_key is None:
            refused = Finding(
                "api_key",
                State.FAILED,
                f"{where} does not know the API key.",
                f"It is wrong, or of another site: keys of one are unknown at all others. {_FIND_SITE}",
            )
            return (refused, *waiting(["application_key"], "api_key"))
        application_key = self._validated("application_key", VALIDATE_KEYS, f"{where} knows it, and both are a pair.")
        return api_key, application_key or Finding(
            "application_key",
            State.FAILED,
            f"{where} knows the API key, and not the application key.",
            "It is wrong, revoked, or of another organisation: make one in its Organization Settings.",
        )

    def _validated(self, name: str, path: str, good: str) -> Finding | None:
        """Send a validation request to Datadog, and return a finding about the key called `name`.

        If Datadog accepts the keys, the finding contains the text in the argument `good`. Return None if Datadog
        refuses the keys.

        Raises:
            CnmError: Datadog does not respond, or a gateway on the network path responds in place of Datadog.
        """
        service = self._service
        reply = self._connection.get(path, service.keys if path == VALIDATE_KEYS else service.keys.api_key_alone())
        if stranger := service.stranger(*reply, time.time()):
            raise stranger
        if reply.status in _REFUSED:
            return None
        if reply.status == 200:
            return Finding(name, State.OK, good)
        problem = service.refusal(*reply, time.time())
        return Finding(name, State.WARNING, str(problem), problem.hint)

    def _answer(self, failed_check: str) -> Findings:
        """Send a real query for one row, and yield findings about the response.

        `failed_check` is the name of the key check that failed, or an empty string if none failed.
        """
        asked = time.time()
        try:
            answer = self._connection.answer(replace(usual_query(CONNECTIONS), limit=1), explain=False)
        except CnmError as problem:
            refusal = problem
        else:
            yield from self._answered(answer)
            yield from self._beside()
            took = seconds_text(max(0.0, time.time() - asked))
            rows = plural(len(answer.connections), "row")
            yield Finding("question", State.OK, f"{self._service.peer.name} answered with {rows} after {took}.")
            return None
        yield from self._unanswered(refusal, self._connection.budget, failed_check)
        if isinstance(refusal, CredentialsRefused | ProductDisabled) and not failed_check:
            yield from self._beside()
        else:
            yield from waiting(_BESIDE, "question")
        yield failed("question", refusal)
        return refusal

    def _beside(self) -> Iterator[Finding]:
        """Send a test query to every other API endpoint than the one for connections, and yield a finding for each.

        Every endpoint is tested separately, because Datadog may allow one endpoint and refuse another.
        """
        for name in _OTHER_ENDPOINTS:
            yield self._endpoint(endpoint_called(name))
        yield self._insights()

    def _endpoint(self, endpoint: Endpoint) -> Finding:
        """Send a query for one row to another API endpoint, and return a finding about the response.

        The keys may lack the permission for this endpoint although they have the permission for connections.
        """
        try:
            self._connection.answer(replace(usual_query(endpoint), limit=1), explain=False)
        except CnmError as problem:
            scope = f" Its scope is {SCOPE}." if isinstance(problem, CredentialsRefused) else ""
            return Finding(endpoint.name, State.WARNING, str(problem), f"Only {endpoint.needed_by} need it.{scope}")
        return Finding(
            endpoint.name, State.OK, f"{SCOPE}: the keys may read {endpoint.label}, for {endpoint.needed_by}."
        )

    def _insights(self) -> Finding:
        """Request network health insights, and return a finding about the response.

        This API is a preview, and it needs its own permission (scope).
        """
        try:
            found = ask_insights(self._service, self._connection, DEFAULT_TIME_RANGE.window(time.time()))
        except CnmError as problem:
            return Finding("insights", State.WARNING, str(problem), f"{problem.hint} {_NEED_INSIGHTS}".strip())
        return Finding(
            "insights",
            State.OK,
            f"{INSIGHTS_SCOPE}: {plural(len(found.found), 'insight')} can be read, for {_FOR_INSIGHTS}.",
        )

    def _answered(self, answer: Snapshot) -> Iterator[Finding]:
        yield Finding("scope", State.OK, f"{SCOPE}: connections may be asked for. All but {_FOR_INSIGHTS} need it.")
        yield Finding("product", State.OK, "Cloud Network Monitoring is enabled.")
        if answer.connections:
            yield Finding("data", State.OK, f"There are connections in the {answer.query.time_range}.")
        else:
            yield Finding(
                "data",
                State.WARNING,
                f"The answer is empty: no connections in the {answer.query.time_range}.",
                "Ask for a longer time, for example --last 1d; see that an Agent with the network module runs.",
            )
        yield _rate_limit(answer.budget, time.time())

    def _unanswered(self, problem: CnmError, budget: Budget, failed_check: str) -> Iterator[Finding]:
        now = time.time()
        if isinstance(problem, CredentialsRefused):
            if failed_check:
                yield from waiting(["scope"], failed_check)
            elif self._service.peer.by_token:
                yield failed("scope", problem)
            else:
                yield Finding(
                    "scope",
                    State.FAILED,
                    "Both keys are known, but may not ask for connections.",
                    f"Give the application key, and the role of who made it, the scope {SCOPE}.",
                )
            yield from waiting(["product", "data"], "scope")
            yield _rate_limit(budget, now)
        elif isinstance(problem, ProductDisabled):
            yield Finding("scope", State.OK, "The keys were not refused.")
            yield failed("product", problem)
            yield from waiting(["data"], "product")
            yield _rate_limit(budget, now)
        elif isinstance(problem, RateLimited):
            yield from waiting(["scope", "product", "data"], "rate_limit")
            yield failed("rate_limit", problem)
        else:
            yield from waiting(_ANSWER_CHECKS, "question")


def _rate_limit(budget: Budget, now: float) -> Finding:
    if budget.limit is None and budget.remaining is None:
        return Finding("rate_limit", State.SKIPPED, "The reply says nothing of one.")
    period = "" if budget.period_seconds is None else f" in {seconds_text(budget.period_seconds)}"
    limit = "" if budget.limit is None else f" of {budget.limit:,} calls{period}"
    left = "an unknown number" if budget.remaining is None else f"{budget.remaining:,}"
    reset = "" if budget.reset_at is None else f", all again in {seconds_text(max(0.0, budget.reset_at - now))}"
    proof = f"{left}{limit} left{reset}.".capitalize()
    if budget.remaining == 0:
        return Finding("rate_limit", State.WARNING, proof, "Wait for the reset, or ask less often: --refresh.")
    return Finding("rate_limit", State.OK, proof)
