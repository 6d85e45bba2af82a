"""Test user-defined commands whose arguments contain tag values of a row. No tag value may cause harm."""

import shlex
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.query import Query
from cnm_tui.core.row_commands import RowCommand, built_in, checked_command, filled, offers
from cnm_tui.core.row_values import values_of
from cnm_tui.core.text import unseen
from tests.builders import a_connection
from tests.odd_text import ODD

SHELL_TRICKS = (
    "$(id)",
    "`id`",
    "a;id",
    "a|id",
    "a&id",
    "a\nid",
    "'",
    '"',
    "a b",
    "~",
    "*",
    "a>b",
    "{x,y}",
    "!id",
    "=id",
)
ROW = {"server_ip": ("10.0.0.1",), "server_port": ("443",), "client_team": ("web", "store")}


def asking(*run: str, needs: tuple[str, ...] = ()) -> RowCommand:
    """Return a user-defined command with this program and these arguments."""
    return RowCommand(run, needs=needs)


def outcome(command: RowCommand, values: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return the words of the command line to run. If the command is refused, return only the error message."""
    try:
        return filled(command, values)
    except InvalidQuery as refusal:
        return (refusal.sentence,)


@pytest.mark.parametrize(
    ("run", "words"),
    [
        (("ping", "{server_ip}"), ("ping", "10.0.0.1")),
        (("nc", "{server_ip}:{server_port}"), ("nc", "10.0.0.1:443")),
        (("show", "--ip={server_ip}"), ("show", "--ip=10.0.0.1")),
        (("show", "{{server_ip}}", "{}", "{ x }"), ("show", "{server_ip}", "{}", "{ x }")),
    ],
)
def test_placeholders_are_filled_with_the_values_of_the_row(run: tuple[str, ...], words: tuple[str, ...]) -> None:
    assert filled(asking(*run), ROW) == words


@pytest.mark.parametrize(
    ("command", "values", "said"),
    [
        (asking("ping", "{client_ip}"), ROW, "This row has no client_ip."),
        (asking("ping", "{server_ip}", needs=("server_host",)), ROW, "This row has no server_host."),
        (asking("ping", "{client_team}"), ROW, "This row has 2 values of client_team"),
        (asking("ping", "{x}"), {"x": ("-f",)}, "'-f' begins with '-'"),
        (asking("ping", "{x}{y}"), {"x": ("-",), "y": ("f",)}, "'-f' begins with '-'"),
        (asking("ping", "{x}"), {"x": (" ",)}, "The value of x holds characters that cannot be shown."),
        (asking("ping", "{x}"), {"x": ("y" * 1_001,)}, "The value of x is longer than 1,000 characters."),
        (asking("ssh", "--", "{x}"), {"x": ("-oProxyCommand=id",)}, "'-oProxyCommand=id' holds characters"),
    ],
)
def test_a_row_that_does_not_fit_is_refused(command: RowCommand, values: dict[str, tuple[str, ...]], said: str) -> None:
    with pytest.raises(InvalidQuery) as refused:
        filled(command, values)

    assert refused.value.sentence.startswith(said)


def test_a_value_that_begins_with_a_hyphen_is_passed_behind_two_hyphens() -> None:
    assert filled(asking("ping", "--", "{x}"), {"x": ("-f",)}) == ("ping", "--", "-f")


@pytest.mark.parametrize("trick", SHELL_TRICKS)
@pytest.mark.parametrize(
    "run",
    [
        ("sh", "-c", "echo {x}"),
        ("env", "bash", "-c", "{x}"),
        ("ssh", "jump", "ping {x}"),
        ("/usr/bin/python3", "-c", "{x}"),
        ("watch", "{x}"),
        ("sudo", "-u", "me", "zsh", "-c", "{x}"),
        ("kubectl", "exec", "pod", "--", "sh", "-c", "{x}"),
        ("xargs", "-I", "_", "sh -c {x}"),
    ],
)
def test_no_value_that_a_shell_reads_reaches_a_program_that_may_run_one(run: tuple[str, ...], trick: str) -> None:
    with pytest.raises(InvalidQuery):
        filled(asking(*run), {"x": (trick,)})


@pytest.mark.parametrize(("run", "said"), [(("{x}",), "the program itself"), (("ls", "-{x}"), "'-{x}' lets a value")])
def test_a_command_in_which_a_value_decides_what_runs_is_refused(run: tuple[str, ...], said: str) -> None:
    with pytest.raises(InvalidQuery, match=said):
        checked_command(asking(*run))


@pytest.mark.parametrize("hostile", ODD.values(), ids=ODD)
def test_a_hostile_value_is_one_clean_argument_or_refused(hostile: str) -> None:
    row = a_connection(groups=((hostile,), ("store",)))
    values = values_of(row, Query())

    words = outcome(asking("show", "{client_service}", "end"), values)

    assert [unseen(word) for word in words] == [""] * len(words)
    assert len(words) == 1 or (len(words), words[0], words[2]) == (3, "show", "end")


ANY_TEXT = st.text(st.one_of(st.sampled_from("-$;'\"` \n\x1b\\"), st.characters()), max_size=30)


@given(st.lists(ANY_TEXT, min_size=1, max_size=2), st.sampled_from(["show", "sh"]), st.booleans())
def test_whatever_the_value_it_decides_nothing_but_one_argument(several: list[str], program: str, behind: bool) -> None:
    command = asking(program, *(["--"] if behind else []), "{x}", "of:{x}")

    words = outcome(command, {"x": tuple(several)})

    assert [unseen(word) for word in words] == [""] * len(words)
    if len(words) == 1:
        return
    value = words[-1].removeprefix("of:")
    assert words == (program, *(["--"] if behind else []), value, f"of:{value}")
    assert behind or not value.startswith("-")
    assert program == "show" or shlex.split(value) == [value]


def test_the_commands_that_come_with_it_pass_their_own_check() -> None:
    assert all(checked_command(one) for one in built_in().values())


def test_built_in_commands_are_offered_only_where_installed_and_can_be_replaced() -> None:
    own = {"ping-server": asking("fping", "{server_ip}"), "other": asking("nothere")}

    found = offers(own, ROW, lambda program: program in ("mtr", "fping"))

    assert [(one.name, one.line or one.why_not) for one in found if one.name in own or not one.why_not] == [
        ("ping-server", "fping 10.0.0.1"),
        ("mtr-server", "mtr -rwc 5 -- 10.0.0.1"),
        ("other", "There is no program nothere here."),
    ]


def test_values_are_those_of_resolved_ends_by_all_their_names() -> None:
    query = Query(group_bys=("client_service", "network.server.ip"))

    assert values_of(a_connection(groups=(("N/A",), ("10.0.0.1",))), query) == {
        "network.server.ip": ("10.0.0.1",),
        "server_ip": ("10.0.0.1",),
    }
