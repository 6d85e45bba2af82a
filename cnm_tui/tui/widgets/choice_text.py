"""The lines of a dialog that explain the choice, or why it is invalid."""

from textual.widgets import Static


class ChoiceText(Static):
    """An explanation or an error in one place, so that nothing moves."""

    DEFAULT_CSS = """
    ChoiceText { color: $text-muted; }
    ChoiceText.-refusal { color: $error; }
    """

    def __init__(self) -> None:
        super().__init__(markup=False)

    def show(self, sentence: str) -> None:
        """Explain the choice."""
        self._say(sentence, refusal=False)

    def refuse(self, sentence: str) -> None:
        """Show why the choice is invalid, with a sign."""
        self._say(f"! {sentence}", refusal=True)

    def _say(self, sentence: str, *, refusal: bool) -> None:
        self.update(sentence)
        self.set_class(refusal, "-refusal")
