"""The lines of a dialog that tell what is chosen, or why something cannot be."""

from textual.widgets import Static


class Told(Static):
    """Both in one place, so that nothing moves."""

    DEFAULT_CSS = """
    Told { color: $text-muted; }
    Told.-refusal { color: $error; }
    """

    def __init__(self) -> None:
        super().__init__(markup=False)

    def tell(self, sentence: str) -> None:
        """What is chosen means this."""
        self._say(sentence, refusal=False)

    def refuse(self, sentence: str) -> None:
        """It cannot be, for this reason; a sign says so, too."""
        self._say(f"! {sentence}", refusal=True)

    def _say(self, sentence: str, *, refusal: bool) -> None:
        self.update(sentence)
        self.set_class(refusal, "-refusal")
