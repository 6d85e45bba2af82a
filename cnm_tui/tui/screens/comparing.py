"""The part of the screen that compares: with what, how changes are told, and when a comparison ends."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from textual import work

from cnm_tui.core.errors import CnmError
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.metrics.metric import ChangeForm
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot, Source
from cnm_tui.tui.screens.mirroring import MirroringScreen

if TYPE_CHECKING:
    from cnm_tui.tui.dialogs.compare_picker import PickedBaseline

_TOLD: Final = {
    ChangeForm.PERCENT: "Changes in percent beside the figures.",
    ChangeForm.CHANGE: "Changes beside the figures, in their units.",
    ChangeForm.ALONE: "Changes in percent, in place of the figures.",
    ChangeForm.UNTOLD: "Figures alone, without changes.",
}


class ComparingScreen(MirroringScreen):
    """Puts an earlier answer beside the one that is shown. It stays the same one while the other is refreshed."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__(clock)
        self._baseline_query: Query | None = None
        """On its way."""

    def action_compare(self) -> None:
        """Choose what to compare with."""
        shown = self.exploration.snapshot
        if shown is None or self.exploration.answers_another_query:
            self.say("There is no answer to compare yet.")
            return
        from cnm_tui.core.exploration.baselines import candidates
        from cnm_tui.tui.dialogs.compare_picker import ComparePicker

        offered = candidates(self.exploration, self._clock())
        self.app.push_screen(ComparePicker(offered, shown.window, self.exploration.baseline), self._compare)

    def _compare(self, picked: "PickedBaseline | None") -> None:
        if picked is None:
            return
        if picked.candidate is None:
            self.workers.cancel_group(self, "baseline")
            self.exploration = self.exploration.comparing_no_more()
            self.say("Nothing is compared any more.")
        elif picked.candidate.answer is not None:
            self._show_compared(picked.candidate.answer)
        elif self.exploration.snapshot is not None:
            from cnm_tui.core.exploration.baselines import query_for

            self._ask_baseline(query_for(self.exploration.snapshot.query, picked.candidate.window))

    def _ask_baseline(self, query: Query) -> None:
        if query == self._baseline_query:
            self.say("Already asking for it.")
        elif (source := self.source_besides(self.key_for("compare", "m"))) is not None:
            self.say("Asking for what to compare with …")
            self._fetch_baseline(source, query)

    # Not in the group of the refreshes: neither is to cancel the other.
    @work(exclusive=True, group="baseline")
    async def _fetch_baseline(self, source: Source, query: Query) -> None:
        self._baseline_query = query
        try:
            baseline = await source.fetch(query)
        except CnmError as problem:
            self.exploration = self.exploration.held_up(problem, self._clock(), source.budget)
            self.say(f"Not compared. {problem.sentence}")
            return
        finally:
            if self._baseline_query == query:
                self._baseline_query = None
        self.exploration = self.exploration.told(source.budget)
        await self._beside(baseline, keep=True)

    @work(exclusive=True, group="baseline")
    async def _show_compared(self, baseline: Snapshot) -> None:
        await self._beside(baseline, keep=False)

    async def _beside(self, baseline: Snapshot, *, keep: bool) -> None:
        from cnm_tui.core.compare.change_words import comparison_sentence

        before = await self.become(partial(Exploration.comparing_with, baseline=baseline, keep=keep))
        shown = self.exploration.snapshot
        if shown is None or shown is before.snapshot:
            self.say("Not compared: another question was asked meanwhile; the answer is at hand.")
        else:
            self.say(f"{comparison_sentence(shown)} {self.key_for('flip_changes', 'M')} flips changes.")

    def action_flip_changes(self) -> None:
        """Tell changes in percent or in figures, alone, or not at all."""
        if self.exploration.baseline is None:
            self.say(f"Nothing is compared; {self.key_for('compare', 'm')} compares.")
            return
        forms = list(ChangeForm)
        form = forms[(forms.index(self.exploration.arrangement.change_form) + 1) % len(forms)]
        self.exploration = self.exploration.telling_changes(form)
        self.say(_TOLD[form])

    async def become(self, change: Callable[[Exploration], Exploration]) -> Exploration:
        """Show other rows, and say if they cannot be compared as those before were."""
        before = await super().become(change)
        if before.baseline is not None and self.exploration.baseline is None:
            # What is known of the question that was asked is still news.
            compares = f"{self.key_for('compare', 'm')} compares"
            self.say(f"{self.notice} No longer compared: this question has other rows; {compares}.".lstrip())
        return before

    def _show(self, found: Exploration, nothing: str) -> None:
        was_compared = self.exploration.baseline is not None
        super()._show(found, nothing)
        if was_compared and found.baseline is None:
            self.say(f"{self.notice} It is not compared, as it was left.")
