"""Test that pasted text is always read as one text, whatever bytes it contains.

Each test fails if a new version of Textual reads keyboard input in another way.
"""

from collections.abc import Sequence

import pytest
import textual.drivers.linux_driver as linux_driver
from hypothesis import given, settings
from hypothesis import strategies as st
from textual import events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.message import Message

from cnm_tui.tui.terminal.pasting import MOST_PASTED, REST_SECONDS, PasteCut, PastingParser
from cnm_tui.tui.terminal.terminal_app import TerminalApp
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.conftest import exploring

BEGIN, END = "\x1b[200~", "\x1b[201~"
ODD = "web\x1b]52;c;RVZJTA==\x07q\x1b[A\x1b[48;9999;9999;1;1t\x1bOP\x1b\x1b[200~ store"
ODD_SHOWN = ODD.replace("\x1b", "␛")


def told(*pieces: str, parser: XTermParser | None = None) -> list[Message]:
    """Return the Textual messages that the parser creates when the keyboard input arrives in these pieces."""
    parser = parser or PastingParser()
    return [message for piece in pieces if piece for message in parser.feed(piece)]


def without_request(parser: PastingParser) -> list[Message]:
    """Return the Textual messages that the parser creates from incomplete keyboard input after its timeout."""
    parser._deadline = 0.0
    return list(parser.tick())


def in_words(messages: Sequence[Message]) -> list[str | int]:
    """Return a description of each message: a key's name, a paste's text, or the length of a shortened paste in
    characters.
    """
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
    sent = "aé東\r\t\x7f\x03\x1b[A\x1bOP\x1b[1;5C\x1b[97;5u\x1b[<0;3;4M\x1b[I\x1b[O\x1b[?2026;2$y\x1b[[A\x1b[23$\x1bf"

    ours, textual_s = told(sent), told(sent, parser=XTermParser())

    assert [repr(message) for message in ours] == [repr(message) for message in textual_s]
    assert len(ours) > 10


def test_an_esc_that_nothing_followed_in_time_is_the_key_and_begins_no_paste() -> None:
    parser = PastingParser()

    messages = told("\x1b", parser=parser)
    messages += without_request(parser)
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


# Reports of the terminal, requested or not

REPLIES = {
    "foreground colour": "\x1b]10;rgb:e0e0/e0e0/e0e0\x07",
    "background colour": "\x1b]11;rgb:1212/1212/1212\x1b\\",
    "a title": "\x1b]lq]r[b?\x1b\\",
    "primary attributes": "\x1b[?62;22c",
    "secondary attributes": "\x1b[>41;388;0c",
    "tertiary attributes": "\x1bP!|00000000\x1b\\",
    "a setting": "\x1bP1$r0m\x1b\\",
    "the name": "\x1bP>|XTerm(379)\x1b\\",
    "graphics": "\x1b_Gi=31;OK\x1b\\",
    "privacy": "\x1b^q?b\x07q\x1b\\",
    "start of string": "\x1bXqqq\x1b\\",
    "status": "\x1b[0n",
    "light or dark": "\x1b[?997;1n",
    "size in characters": "\x1b[8;24;80t",
    "keyboard flags": "\x1b[?25u",
    "an unknown key": "\x1b[57~",
    "a letter as a key of another kind": "\x1b[98A",
    "a code without a character": "\x1b[60000u",
    "an endless sequence": "\x1b[" + "1;" * 5_000 + "q",
    "an endless string": "\x1b]52;c;" + "q" * 100_000 + "\x07",
    "eight bits": "\x9d11;rgb:1/2/3\x9c\x9b?62c",
    "a mouse of old": "\x1b[M q!",
    "a window that would take gigabytes": "\x1b[48;90000;90000;1;1t",
    "a second end of a paste": END,
    "an end of nothing": "\x1b\\",
    "a string that is cancelled": "\x1bPq\x18",
    "a string that another sequence cuts": "\x1b]11;q\x1b[?62c",
}


@pytest.mark.parametrize("size", [1, 2, 3, 100_000])
@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES)
def test_what_nobody_asked_for_presses_nothing_in_whatever_pieces_it_comes(reply: str, size: int) -> None:
    sent = f"a{reply}b"

    messages = told(*(sent[start : start + size] for start in range(0, len(sent), size)))

    assert in_words(messages) == ["a", "b"]


@pytest.mark.parametrize("sent", ["\x1b]11;rgb:1", "\x1b[?62;2", "\x1bPq", "\x1b]11;x\x1b", "\x1bO5"])
def test_a_reply_that_breaks_off_presses_nothing_and_the_next_key_is_one(sent: str) -> None:
    parser = PastingParser()

    messages = told(sent, parser=parser)
    messages += without_request(parser)
    messages += told("q", parser=parser)

    assert in_words(messages) == ["q"]


def test_the_rest_of_a_reply_is_waited_for_longer_than_that_of_a_key() -> None:
    parser = PastingParser()

    told("\x1b", parser=parser)
    of_a_key = parser._deadline
    told("]11", parser=parser)
    of_a_reply = parser._deadline
    told(";rgb:1/1/1\x07", parser=parser)

    assert of_a_key is not None
    assert of_a_reply is not None
    assert of_a_reply - of_a_key > REST_SECONDS / 2
    assert parser._deadline is None


@pytest.mark.parametrize("key", ["x", "q", "X", "[", "]", "O", "P", "_", ";:", "\r", "é", " "])
def test_a_key_with_alt_is_never_the_key_alone(key: str) -> None:
    parser = PastingParser()

    messages = told(*(f"\x1b{character}" for character in key * 2), parser=parser)
    messages += without_request(parser)

    assert not {"x", "q", "X", "O", "P", "enter", "escape"} & set(in_words(messages))
    assert all(isinstance(message, events.Key) and message.character is None for message in messages)


def test_esc_is_a_key_and_alt_with_one_that_textual_knows_is_that() -> None:
    parser = PastingParser()

    messages = told("\x1b\x1b", parser=parser)
    messages += without_request(parser)
    messages += told("\x1bf\x1b\x7f\x1bx\x1bY", parser=parser)

    assert in_words(messages) == ["escape", "escape", "ctrl+right", "ctrl+w", "alt+x", "alt+shift+y"]


def test_a_mouse_that_is_told_of_in_no_pixels_does_nothing() -> None:
    assert in_words(told("\x1b[48;24;80;0;0t\x1b[<0;3;4M", "q")[1:]) == ["q"]


KNOWN_KEYS = {
    key.value for keys in ANSI_SEQUENCES_KEYS.values() if isinstance(keys, tuple) for key in keys if len(key.value) > 1
}
PIECES = st.one_of(
    st.builds(
        "\x1b[{}{}{}".format,
        st.text("0123456789;:<=>?", max_size=12),
        st.text(" !\"#%&'()*+,-./", max_size=2),
        st.sampled_from("@GIJKLNOTUVWXYZ\\]^_`abcdefghijklnopqrstvwxyz{|}"),
    ),
    st.builds("\x1b]{}{}".format, st.text(st.characters(min_codepoint=32)), st.sampled_from(["\x07", "\x1b\\"])),
    st.builds("\x1b{}{}\x1b\\".format, st.sampled_from("P_^X"), st.text(st.characters(min_codepoint=32))),
)


@settings(deadline=None)
@given(st.lists(PIECES), st.lists(st.integers(1, 7)))
def test_no_reply_at_all_makes_a_key(replies: list[str], sizes: list[int]) -> None:
    sent = "".join(replies).replace("\x9c", "")
    parser = PastingParser()
    messages = []

    for size in sizes:
        messages += told(sent[:size], parser=parser)
        sent = sent[size:]
    messages += told(sent + "q", parser=parser)

    keys = [message.key for message in messages if isinstance(message, events.Key)]
    # Keys that Textual knows are allowed.
    assert [key for key in keys if key not in KNOWN_KEYS] == ["q"]


# A paste whose end was lost


@pytest.mark.parametrize("lost", ["", "\x1b", "\x1b[20", "\x1b[201"])
def test_a_paste_that_nothing_follows_is_taken_as_ended(lost: str) -> None:
    parser = PastingParser()

    messages = told(f"{BEGIN}store q", lost, parser=parser)
    messages += without_request(parser)
    messages += told(END.removeprefix(lost) + "q", parser=parser)

    assert in_words(messages) == ["pasted store q", "q"]


def test_a_late_end_of_it_presses_nothing() -> None:
    parser = PastingParser()

    messages = told(f"{BEGIN}store", parser=parser)
    messages += without_request(parser)
    messages += told(f"{END}q{BEGIN}x{END}", parser=parser)

    assert in_words(messages) == ["pasted store", "q", "pasted x"]
