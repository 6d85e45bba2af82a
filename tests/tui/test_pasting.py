"""Pasted text comes as one text, whatever bytes are in it; each of these fails when Textual reads keys otherwise."""

from collections.abc import Sequence

import pytest
import textual.drivers.linux_driver as linux_driver
from textual import events
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.message import Message

from cnm_tui.tui.pasting import MOST_PASTED, PasteCut, PastingParser
from cnm_tui.tui.terminal import TerminalApp
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.conftest import exploring

BEGIN, END = "\x1b[200~", "\x1b[201~"
ODD = "web\x1b]52;c;RVZJTA==\x07q\x1b[A\x1b[48;9999;9999;1;1t\x1bOP\x1b\x1b[200~ store"
ODD_SHOWN = ODD.replace("\x1b", "␛")


def told(*pieces: str, parser: XTermParser | None = None) -> list[Message]:
    """What is made of pieces as the terminal sends them."""
    parser = parser or PastingParser()
    return [message for piece in pieces for message in parser.feed(piece)]


def in_words(messages: Sequence[Message]) -> list[str | int]:
    """Keys by name, pastes by text, cuts by length."""
    words: list[str | int] = []
    for message in messages:
        if isinstance(message, PasteCut):
            words.append(message.characters)
        else:
            assert isinstance(message, events.Key | events.Paste)
            words.append(message.key if isinstance(message, events.Key) else f"pasted {message.text}")
    return words


def test_the_terminal_s_driver_reads_with_it() -> None:
    assert issubclass(TerminalApp, App)
    assert linux_driver.XTermParser is PastingParser  # type: ignore[attr-defined]


def test_textual_s_own_would_take_the_rest_of_such_a_paste_for_keys() -> None:
    messages = told(f"{BEGIN}{ODD}{END}", parser=XTermParser())

    assert any(not isinstance(message, events.Paste) for message in messages)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 4_096])
def test_a_paste_is_one_text_with_its_esc_in_sight_in_whatever_pieces_it_comes(size: int) -> None:
    sent = f"a{BEGIN}{ODD}{END}b{BEGIN}x\ny{END}\x1b[B"

    messages = told(*(sent[start : start + size] for start in range(0, len(sent), size)))

    assert in_words(messages) == ["a", f"pasted {ODD_SHOWN}", "b", "pasted x\ny", "down"]


def test_an_empty_paste_presses_nothing() -> None:
    assert in_words(told(BEGIN + END, "q")) in (["q"], ["pasted ", "q"])


def test_keys_and_mouse_are_read_as_by_textual() -> None:
    sent = "aé東\r\t\x7f\x03\x1b[A\x1bOP\x1b[1;5C\x1b[97;5u\x1b[<0;3;4M\x1b[I\x1b[O\x1b[?2026;2$p\x1b[?2026;2$y\x1bx"

    ours, textual_s = told(sent), told(sent, parser=XTermParser())

    assert [repr(message) for message in ours] == [repr(message) for message in textual_s]
    assert len(ours) > 10


def test_an_esc_that_nothing_followed_in_time_is_the_key_and_begins_no_paste() -> None:
    parser = PastingParser()

    messages = told("\x1b", parser=parser)
    parser._timeout_time = 0.0
    messages += parser.tick()
    messages += told("[200~a", parser=parser)

    assert in_words(messages) == ["escape", "left_square_bracket", "2", "0", "0", "tilde", "a"]


def test_of_a_megabyte_the_beginning_is_taken_and_told_how_much_there_was() -> None:
    sent = f"{BEGIN}{'x' * 1_000_000}{END}q"

    messages = told(*(sent[start : start + 4_096] for start in range(0, len(sent), 4_096)))

    assert in_words(messages) == [f"pasted {'x' * MOST_PASTED}", 1_000_000, "q"]


@pytest.mark.parametrize("sequence", ["\x1b[1114112u", "\x1b[97:65;2u", "\x1b[1;1;9999999999u"])
def test_a_key_that_names_no_character_is_none(sequence: str) -> None:
    with pytest.raises((ValueError, OverflowError)):
        told(sequence, parser=XTermParser())

    assert in_words(told(sequence, "q")) == ["q"]


async def test_what_a_paste_lost_is_said() -> None:
    async with exploring(FakeSource(a_snapshot(a_connection()))) as user:
        await user.sees("1 row")
        await user.press("slash")

        user.app.post_message(events.Paste("x" * MOST_PASTED))
        user.app.post_message(PasteCut(1_000_000))

        await user.sees("Of 1,000,000 pasted characters the first 10,000 are taken.")


async def test_a_paste_right_behind_the_key_of_a_box_goes_into_it() -> None:
    async with exploring(FakeSource(a_snapshot(a_connection()))) as user:
        await user.sees("1 row")

        user.app.post_message(events.Key("n", "n"))
        user.app.post_message(events.Paste("77"))

        await user.sees("│  77")
