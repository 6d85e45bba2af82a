"""How the screen is to look, by what was chosen and what the environment says."""

import pytest
from rich.console import Console

from cnm_tui.core.settings.looks import color_system, is_remote, takes_utf8, theme_for, wants_no_colour


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
        # What Python makes of an unset locale, of C, and of one whose files are not on this machine.
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
