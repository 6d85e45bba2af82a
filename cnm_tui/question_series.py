"""Send several queries one after the other, without exceeding the rate limit of the API.

Commands that need more than one answer use this module.
"""

import time
from collections.abc import Callable
from typing import Final

from cnm_tui.core.errors import RateLimited
from cnm_tui.core.query import Query
from cnm_tui.core.service import Budget, background_wait_seconds
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.units import seconds_text

_MOST_REFUSALS: Final = 3
"""A question that the rate limit refuses more often fails."""


class QuestionSeries:
    """Sends several queries one after the other. It leaves the last API calls of each rate limit period unused.

    These calls remain for people who use the same API keys at the same time.
    """

    def __init__(
        self,
        label: str,
        answer: Callable[[Query], Snapshot],
        say: Callable[[str], None],
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Prepare the series. No query is sent yet.

        Args:
            label: The name of the Datadog site or server.
            answer: A function that sends one query, and waits for the answer.
            say: A function that is called with a sentence before each pause.
            clock: A function that returns the current time in epoch seconds.
            sleep: A function that waits for this number of seconds.
        """
        self.label = label
        self.budget = Budget()
        """The rate limit, as stated by the last answer."""
        self.asked = 0
        self._answer = answer
        self._say = say
        self._clock = clock
        self._sleep = sleep
        self._not_before: float | None = None

    def ask(self, query: Query) -> Snapshot:
        """Wait until the rate limit allows another request, send the query, and return the answer.

        Raises:
            CnmError: The query failed for any expected reason.
        """
        for _ in range(_MOST_REFUSALS):
            self._wait()
            try:
                answer = self._sent(query)
            except RateLimited as refused:
                self._not_before = self._clock() + refused.retry_after_seconds
                continue
            return answer
        return self._sent(query)

    def _sent(self, query: Query) -> Snapshot:
        self.asked += 1
        answer = self._answer(query)
        self.budget, self._not_before = answer.budget, None
        return answer

    def _wait(self) -> None:
        seconds = background_wait_seconds(self._not_before, self.budget, 0, self._clock())
        if seconds > 0:
            self._say(f"The rate limit allows the next request in {seconds_text(seconds)}; waiting.")
            self._sleep(seconds)
