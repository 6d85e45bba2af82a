"""Emulate the screen of a terminal, on which a program draws, with the library pyte."""

import codecs
import re
from collections import defaultdict
from typing import Any, Final

import pyte

_TOKEN: Final = re.compile(
    r"(?P<text>[^\x00-\x1f\x7f-\x9f]+)"
    r"|\x1b\[(?P<prefix>[<-?]*)(?P<numbers>[0-9;:]*)(?P<middle>[ -/]*)(?P<final>[@-~])"
    r"|\x1b[\]P_^X](?:[^\x07\x1b]|\x1b(?!\\))*(?:\x07|\x1b\\)"
    r"|\x1b(?P<between>[ -/]*)(?P<escape>[0-OQ-WYZ\\`-~])"
    r"|(?P<control>[\x00-\x1a\x1c-\x1f\x7f-\x9f])"
    r"|(?P<cut>\x1b)"
)
"""Match text, a control sequence, a string (OSC, DCS, APC …), a short escape, a control, or an incomplete one.
"""
_BEGUN: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|[ -/]*|[\]P_^X](?:[^\x07\x1b]|\x1b(?!\\))*)?\Z")
_COLOUR_WITH_COLONS: Final = re.compile(r"\b([34]8):(2:(?:\d*:(?=\d*:\d*:\d))?|5:)([\d:]+)")
_UNDERLINE_COLOUR: Final = re.compile(r";?\b58(?:[;:]5[;:]\d+|[;:]2[;:]+\d+[;:]\d+[;:]\d+)")
_ALTERNATE_SCREEN: Final = {47, 1047, 1049}
_SYNCHRONIZED: Final = 2026
_KNOWN_TO_PYTE: Final = {6, 7, 25}
_MOST: Final = 9_999

Cell = tuple[Any, ...]
"""A character and its style."""


class Emulator:
    """An emulated terminal screen. It uses the screen of pyte, but splits the output with a tokenizer of its own.

    pyte's own tokenizer would draw some control sequences as text: sequences with the prefixes `>`, `<` and `=`,
    and strings (DCS, APC). It treats parameters with colons as errors. It also does not support repeated
    characters, scrolling, the alternate screen and synchronized updates.
    """

    def __init__(self, columns: int, rows: int) -> None:
        self._screen: Any = pyte.Screen(columns, rows)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._begun = ""
        self._last_character = " "
        self._main_screen: tuple[Any, int, int] | None = None
        self._lines: list[str] = []
        self.updating = False
        """True during a synchronized update: nobody sees the screen as it is now."""

    @property
    def cursor(self) -> tuple[int, int]:
        """Return the column and the row of the cursor, counted from 0."""
        return self._screen.cursor.x, self._screen.cursor.y

    def lines(self) -> list[str]:
        """Return the lines of the screen as text, without blanks at the end of a line."""
        rows = self._screen.lines
        fresh = len(self._lines) == rows
        self._lines = [
            self._lines[y] if fresh and y not in self._screen.dirty else self._line(y).rstrip() for y in range(rows)
        ]
        self._screen.dirty.clear()
        return self._lines

    def _line(self, y: int) -> str:
        row = self._screen.buffer[y]
        return "".join(row[x].data for x in range(self._screen.columns))

    def cells(self, y: int) -> list[Cell]:
        """Return the visible cells of screen line `y`, counted from 0 at the top.

        For a blank, the foreground colour is left out, because it is invisible.
        """
        row = self._screen.buffer[y]
        cells = [row[x] for x in range(self._screen.columns)]
        return [
            cell if cell.data != " " or cell.reverse or cell.underscore or cell.strikethrough else (" ", cell.bg)
            for cell in cells
        ]

    def resize(self, columns: int, rows: int) -> None:
        """Resize the screen. Content outside the new size is lost."""
        self._screen.resize(rows, columns)
        self._lines = []

    def feed(self, written: bytes) -> None:
        """Draw the output of the program on the screen."""
        text = self._begun + self._decoder.decode(written)
        self._begun = ""
        for token in _TOKEN.finditer(text):
            if token["text"]:
                self._screen.draw(token["text"])
                self._last_character = token["text"][-1]
            elif token["final"]:
                self._control(token["prefix"], token["numbers"], token["middle"], token["final"])
            elif token["cut"]:
                if _BEGUN.match(text, token.start()):
                    self._begun = text[token.start() :]
                    return
            elif token["between"] in ("(", ")"):
                self._screen.define_charset(token["escape"], token["between"])
            else:
                self._short(token["control"], token["between"], token["escape"])

    def _short(self, control: str | None, between: str | None, escape: str | None) -> None:
        called = pyte.Stream.basic.get(control or "") or (None if between else pyte.Stream.escape.get(escape or ""))
        if called:
            getattr(self._screen, called)()

    def _control(self, prefix: str, parameters: str, middle: str, final: str) -> None:
        if final == "m" and not prefix and not middle:
            self._screen.select_graphic_rendition(*_rendition(parameters))
            return
        numbers = [min(int(part.split(":")[0] or 0), _MOST) for part in parameters.split(";")] if parameters else []
        if prefix == "?" and final in "hl":
            self._private_modes(set(numbers), final == "h")
        elif not prefix and not middle:
            self._plain(final, numbers)

    def _plain(self, final: str, numbers: list[int]) -> None:
        screen = self._screen
        often = max(1, numbers[0]) if numbers else 1
        if final == "b":
            screen.draw(self._last_character * min(often, screen.columns * screen.lines))
        elif final in "ST":
            row, screen.cursor.y = screen.cursor.y, screen.margins.top if screen.margins else 0
            (screen.delete_lines if final == "S" else screen.insert_lines)(min(often, screen.lines))
            screen.cursor.y = row
        elif final in "su" and not numbers:
            (screen.save_cursor if final == "s" else screen.restore_cursor)()
        elif final in pyte.Stream.csi and final not in "cn":
            getattr(screen, pyte.Stream.csi[final])(*numbers)

    def _private_modes(self, modes: set[int], on: bool) -> None:
        if _SYNCHRONIZED in modes:
            self.updating = on
        if modes & _ALTERNATE_SCREEN:
            self._switch_screen(on)
        (self._screen.set_mode if on else self._screen.reset_mode)(*modes & _KNOWN_TO_PYTE, private=True)

    def _switch_screen(self, alternate: bool) -> None:
        screen = self._screen
        if alternate and self._main_screen is None:
            self._main_screen = screen.buffer, screen.cursor.x, screen.cursor.y
            screen.buffer = defaultdict(screen.buffer.default_factory)
        elif not alternate and self._main_screen is not None:
            screen.buffer, screen.cursor.x, screen.cursor.y = self._main_screen
            self._main_screen = None
        screen.dirty.update(range(screen.lines))


def _rendition(parameters: str) -> list[int]:
    """Return the parameters of a colour sequence in the form that pyte understands: numbers of colours and
    attributes.

    Underline colours are removed, because pyte does not support them.
    """
    parameters = _COLOUR_WITH_COLONS.sub(lambda m: f"{m[1]};{m[2][0]};{m[3].replace(':', ';')}", parameters)
    parameters = _UNDERLINE_COLOUR.sub("", parameters)
    return [int(part.split(":")[0] or 0) for part in parameters.split(";")]
