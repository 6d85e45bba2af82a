"""Test the settings of the user: keyboard keys, themes and colours of profiles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.settings import (
    Action,
    checked_accent,
    color_system,
    is_remote,
    key_map,
    readable_on,
    takes_utf8,
    theme_for,
    wants_no_colour,
)
from tests.contrast import contrast

MAIN, GRID, DIALOG = frozenset({"Main", "Grid"}), frozenset({"Grid"}), frozenset({"Dialog"})
SORT = Action("sort", "Sort", ("s",), MAIN)
DETAIL = Action("toggle_detail", "Detail pane", ("d", "enter"), MAIN)
NEXT_ROW = Action("grid.down", "Next row", ("down", "j"), GRID)
CANCEL = Action("limit.cancel", "Cancel", ("escape",), DIALOG)
QUIT = Action("app.quit", "Quit", ("ctrl+q",), MAIN | DIALOG)
ACTIONS = (SORT, DETAIL, NEXT_ROW, CANCEL, QUIT)


def test_an_action_has_the_keys_that_were_chosen_for_it() -> None:
    found = key_map({"sort": ["f5", "x"], "limit.cancel": ["f9"]}, ACTIONS)

    assert found.keys == {"sort": ("f5", "x"), "limit.cancel": ("f9",)}
    assert found.problem == ""


def test_an_unknown_action_is_named_and_cleaned() -> None:
    found = key_map({"sirt\x1b": ["x"]}, ACTIONS)

    assert found.keys == {}
    assert "there is no action 'sirt" in found.problem
    assert found.problem.isprintable()


def test_a_key_of_another_action_is_not_taken_from_it() -> None:
    found = key_map({"sort": ["d"]}, ACTIONS)

    assert found.keys == {}
    assert found.problem == (
        "Keys of the settings that are not in force: sort cannot have d, which is for Detail pane (toggle_detail)."
    )


def test_a_key_that_the_rows_have_is_not_taken_by_the_screen() -> None:
    assert "sort cannot have j, which is for Next row" in key_map({"sort": ["j"]}, ACTIONS).problem


def test_a_key_is_free_in_a_dialog_that_is_only_used_elsewhere() -> None:
    assert key_map({"limit.cancel": ["d"]}, ACTIONS).keys == {"limit.cancel": ("d",)}


def test_two_actions_may_change_places() -> None:
    found = key_map({"sort": ["d"], "toggle_detail": ["s"]}, ACTIONS)

    assert found.keys == {"sort": ("d",), "toggle_detail": ("s",)}
    assert found.problem == ""


def test_of_two_that_want_the_same_key_the_first_has_it() -> None:
    found = key_map({"sort": ["x"], "toggle_detail": ["x"]}, ACTIONS)

    assert found.keys == {"sort": ("x",)}
    assert "toggle_detail cannot have x, which is for Sort (sort)" in found.problem


def test_whoever_loses_a_wish_gets_its_usual_key_back_from_whom_it_was_given_to() -> None:
    found = key_map({"sort": ["d"], "toggle_detail": ["j"]}, ACTIONS)

    assert found.keys == {}
    assert "toggle_detail cannot have j" in found.problem
    assert "sort cannot have d" in found.problem


def test_ctrl_q_quits_whatever_is_wished_for() -> None:
    assert key_map({"app.quit": ["x"]}, ACTIONS).keys == {"app.quit": ("x", "ctrl+q")}
    assert key_map({"sort": ["ctrl+q"]}, ACTIONS).keys == {}


def test_no_key_and_what_is_none_are_refused() -> None:
    found = key_map({"sort": [], "toggle_detail": ["f99"]}, ACTIONS, is_key=lambda key: key != "f99")

    assert found.keys == {}
    assert "sort is given no key" in found.problem
    assert "'f99' is no key for toggle_detail" in found.problem


def test_of_many_problems_the_first_are_told_in_one_sentence() -> None:
    found = key_map({f"no_{number}": ["x"] for number in range(9)}, ACTIONS)

    assert found.problem.endswith("'no_2'; and 6 more.")


@given(
    st.dictionaries(
        st.sampled_from([action.id for action in ACTIONS]),
        st.lists(st.sampled_from(["s", "d", "j", "x", "escape", "ctrl+q", "f5"]), max_size=3),
    )
)
def test_no_two_actions_ever_share_a_key_where_both_are_heard(wanted: dict[str, list[str]]) -> None:
    found = key_map(wanted, ACTIONS)

    in_force = {action.id: found.keys.get(action.id, action.keys) for action in ACTIONS}
    for one in ACTIONS:
        assert in_force[one.id]
        for other in ACTIONS:
            if one.id != other.id and not one.heard_in.isdisjoint(other.heard_in):
                assert not set(in_force[one.id]) & set(in_force[other.id])
    assert "ctrl+q" in in_force["app.quit"]
    assert bool(found.problem) == any(name not in found.keys for name in wanted)


@pytest.mark.parametrize(
    ("chosen", "color_system", "no_colour", "drawn_with"),
    [
        ("", "256", False, "dark"),
        ("", "truecolor", False, "dark"),
        ("light", "256", False, "light"),
        ("ansi", "truecolor", False, "ansi"),
        ("", "standard", False, "ansi"),
        ("light", "standard", False, "ansi"),
        ("light", "truecolor", True, "ansi"),
        ("", None, False, "dark"),
    ],
)
def test_the_theme_is_the_one_chosen_where_there_are_colours_for_it(
    chosen: str, color_system: str | None, no_colour: bool, drawn_with: str
) -> None:
    assert theme_for(chosen, color_system, no_colour=no_colour) == drawn_with


@pytest.mark.parametrize(("environ", "wanted"), [({}, False), ({"NO_COLOR": ""}, False), ({"NO_COLOR": "0"}, True)])
def test_no_color_counts_when_it_is_not_empty(environ: dict[str, str], wanted: bool) -> None:
    assert wants_no_colour(environ) is wanted


@pytest.mark.parametrize(
    ("environ", "remote"),
    [
        ({}, False),
        ({"SSH_CONNECTION": "10.0.0.1 5 10.0.0.2 22"}, True),
        ({"SSH_TTY": "/dev/pts/1"}, True),
        ({"SSH_CLIENT": "10.0.0.1 5 22"}, True),
        ({"SSH_TTY": "", "SSH_AUTH_SOCK": "/agent"}, False),
    ],
)
def test_ssh_is_known_by_what_it_sets(environ: dict[str, str], remote: bool) -> None:
    assert is_remote(environ) is remote


@pytest.mark.parametrize(
    ("environ", "is_coerced", "takes"),
    [
        ({"LANG": "en_US.UTF-8"}, False, True),
        ({"LANG": "de_DE.utf8@euro"}, False, True),
        ({"LC_CTYPE": "UTF-8"}, False, True),
        ({"LC_CTYPE": "C.UTF-8"}, False, True),
        ({"LANG": "C"}, False, False),
        ({"LANG": "en_US"}, False, False),
        ({"LANG": "en_US.ISO-8859-1"}, False, False),
        ({}, False, False),
        ({"LC_ALL": "C", "LANG": "en_US.UTF-8"}, False, False),
        ({"LC_ALL": "", "LC_CTYPE": "", "LANG": "en_US.UTF-8"}, False, True),
        ({"LC_CTYPE": "POSIX", "LANG": "en_US.UTF-8"}, False, False),
        # Python sets C.UTF-8 for an unset locale, for C, and for one that is not installed.
        ({"LC_CTYPE": "C.UTF-8"}, True, False),
        ({"LC_CTYPE": "C.UTF-8", "LANG": "C"}, True, False),
        ({"LC_CTYPE": "C.UTF-8", "LANG": "en_US.UTF-8"}, True, True),
        ({"LC_CTYPE": "en_US.UTF-8"}, True, True),
    ],
)
def test_the_name_of_the_locale_says_whether_the_terminal_takes_utf8(
    environ: dict[str, str], is_coerced: bool, takes: bool
) -> None:
    assert takes_utf8(environ, is_coerced=is_coerced) is takes


TERMS = ["", "xterm", "xterm-256color", "XTERM-256COLOR", "xterm-kitty", "kitty", "xterm-ghostty", "xterm-direct"]


@pytest.mark.parametrize("term", [*TERMS, "rxvt-16color", "xterm-256color-italic", " tmux-256color "])
@pytest.mark.parametrize("color_term", ["", "truecolor", " 24BIT ", "yes"])
def test_the_colours_are_those_that_rich_draws(term: str, color_term: str) -> None:
    environ = {"TERM": term, "COLORTERM": color_term}
    drawing = Console(force_terminal=True, legacy_windows=False, _environ=environ)

    assert color_system(environ)[0] == drawing.color_system


@pytest.mark.parametrize(("written", "read"), [("#D70000", "#d70000"), (" #00ff7f ", "#00ff7f"), ("", "")])
def test_an_accent_is_six_digits_in_small_letters_or_none(written: str, read: str) -> None:
    assert checked_accent(written) == read


@pytest.mark.parametrize("written", ["red", "#f00", "#d70000ff", "d70000", "#gggggg", "#d70000\n#", "\x1b[31m"])
def test_another_text_is_refused_with_the_form_and_cleaned(written: str) -> None:
    with pytest.raises(InvalidQuery, match="is no accent colour") as refusal:
        checked_accent(written)

    assert "#rrggbb" in refusal.value.hint
    assert refusal.value.sentence.isprintable()


@pytest.mark.parametrize(
    ("colour", "letters"),
    [("#ffffff", "#000000"), ("#000000", "#ffffff"), ("#d70000", "#ffffff"), ("#ffd700", "#000000")],
)
def test_letters_are_black_or_white(colour: str, letters: str) -> None:
    assert readable_on(colour) == letters


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_letters_can_be_read_on_any_colour(parts: tuple[int, ...]) -> None:
    colour = "#" + "".join(f"{part:02x}" for part in parts)

    # The minimum contrast of WCAG 2.2 for text of normal size.
    assert contrast(parts_of(colour), parts_of(readable_on(colour))) >= 4.5


def parts_of(colour: str) -> list[float]:
    return [part / 255 for part in bytes.fromhex(colour.removeprefix("#"))]
