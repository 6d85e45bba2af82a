"""Define a widget for dialogs that explains the current choice, or says why the choice is invalid."""

from textual.widgets import Static


class ChoiceText(Static):
    """Shows either an explanation or an error at the same place, so that other widgets do not move."""

    DEFAULT_CSS = """
    ChoiceText { color: $text-muted; }
    ChoiceText.-refusal { color: $error; }
    """

    def __init__(self) -> None:
        super().__init__(markup=False)

    def show(self, sentence: str) -> None:
        """Show a sentence that explains the current choice."""
        self._say(sentence, refusal=False)

    def refuse(self, sentence: str) -> None:
        """Show a sentence that explains why the current choice is invalid, after an exclamation mark."""
        self._say(f"! {sentence}", refusal=True)

    def _say(self, sentence: str, *, refusal: bool) -> None:
        self.update(sentence)
        self.set_class(refusal, "-refusal")
