"""Test that a keyboard key that the user has changed works wherever its command works, and is displayed in every
hint.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.binding import Binding, BindingsMap
from textual.dom import DOMNode
from textual.screen import Screen

import cnm_tui
from cnm_tui.core.errors import CredentialsRefused
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.query import Query
from cnm_tui.core.sign_in import OfferedProfile
from cnm_tui.core.time.time_range import last
from cnm_tui.tui.commands import COMMANDS, usual_key
from cnm_tui.tui.dialogs.help import HelpScreen
from cnm_tui.tui.dialogs.limit_picker import LimitPicker
from cnm_tui.tui.dialogs.profile_picker import ProfilePicker
from cnm_tui.tui.dialogs.sign_in import SignInScreen
from cnm_tui.tui.terminal.keys import import_dialogs, keys_in_force
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.conftest import exploring
from tests.tui.fake_profiles import FakeProfiles


def one_row() -> FakeSource:
    return FakeSource(a_snapshot(a_connection()))


async def test_a_chosen_key_does_it_and_the_usual_one_does_not() -> None:
    async with exploring(one_row(), keys={"pick_limit": "f6,Q"}) as user:
        await user.sees("1 row")

        await user.press("n")
        await user.pilot.pause()
        assert user.app.screen is user.main
        await user.press("Q")

        await user.sees("Rows to ask for")


async def test_a_chosen_key_works_in_a_dialog_once_dialogs_are_known() -> None:
    async with exploring(one_row(), keys={"limit.cancel": "f9"}) as user:
        await user.sees("1 row")
        await user.until(lambda: "limit.cancel" in user.app._keymap)
        await user.press("n")
        await user.until(lambda: isinstance(user.app.screen, LimitPicker) and user.app.screen.focused is not None)

        await user.press("f9")

        await user.until(lambda: user.app.screen is user.main)


async def test_a_chosen_key_for_the_rows_moves_them() -> None:
    rows = [a_connection(groups=((name,), ("store",))) for name in ("web", "mail")]
    async with exploring(FakeSource(a_snapshot(*rows)), keys={"grid.down": "n", "pick_limit": "Q"}) as user:
        await user.sees("2 rows")
        first = user.highlighted

        await user.press("n")

        await user.until(lambda: user.highlighted != first)


async def test_help_palette_and_last_line_name_the_keys_in_force() -> None:
    keys = {"help": "f2", "pick_limit": "Q", "app.palette": "f8"}
    async with exploring(one_row(), keys=keys, size=(120, 70)) as user:
        await user.sees("1 row")
        await user.sees("f2 help")

        offered = {command.title: command.help for command in user.app.get_system_commands(user.main)}
        await user.press("f2")
        await user.until(lambda: isinstance(user.app.screen, HelpScreen))

        assert (offered["Row limit …"], offered["Help"]) == ("Q", "f2")
        await user.sees("Row limit")
        assert user.line_with("Row limit").split()[1] == "Q"
        assert "f8" in user.line_with("Command palette")


CHOSEN = {
    "ask_now": "f3",
    "close": "f4",
    "compare": "f5",
    "flip_changes": "f6",
    "flip_sort": "f7",
    "sort": "f8",
    "toggle_live": "f9",
    "pick_time_range": "f10",
    "app.mouse": "f11",
}


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        (["f7"], "f7 flips; f8 elsewhere keeps it for ties."),
        (["f9"], "f9 resumes, f3 asks once."),
        (["f6"], "Nothing is compared; f5 compares."),
        (["slash", "x", "enter"], "No row matches the filter x: f4 clears it."),
        (["slash", "n", "e", "w", "enter"], "Nothing is compared; f5"),
        (["plus", "backspace"], "f3 asks again."),
        (["f11"], "select text with it; f11 takes it back."),
        (["d"], "f4 closes"),
    ],
    ids=str,
)
async def test_sentences_name_the_keys_in_force(keys: list[str], sentence: str) -> None:
    hour = Exploration(Query(time_range=last(3_600)), refresh_seconds=60)
    async with exploring(
        FakeSource(a_snapshot(a_connection(), query=hour.query)), exploration=hour, keys=CHOSEN
    ) as user:
        await user.sees("1 row")

        for key in keys:
            await user.press(key)

        await user.sees(sentence)


async def test_the_builder_beside_the_rows_names_the_keys_in_force() -> None:
    async with exploring(one_row(), keys=CHOSEN, size=(200, 50)) as user:
        await user.sees("1 row")

        assert user.line_with("TIME RANGE").split()[:3] == ["TIME", "RANGE", "f10"]
        assert user.line_with("LIMIT").split()[:2] == ["LIMIT", "n"]


async def test_what_completes_the_search_is_named_by_the_key_in_force() -> None:
    async with exploring(one_row(), keys={"search.complete": "f7"}) as user:
        await user.sees("1 row")
        await user.until(lambda: "search.complete" in user.app._keymap)

        await user.press("e", *"server_s")

        await user.sees("f7 server_service")


def keys_that_sentences_name() -> Iterator[tuple[str, str]]:
    """Yield the id and the default key of each command that a message in the source code mentions."""
    for path in sorted(Path(cnm_tui.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func, [ast.Constant(str(name)), ast.Constant(str(key))]) if (
                    ast.unparse(func) in NAMING_CALLS
                ):
                    yield name, key


NAMING_CALLS = {"key", "keys.get"}


def test_the_usual_keys_of_sentences_are_those_of_the_commands() -> None:
    named = set(keys_that_sentences_name())

    assert len(named) > 10
    assert [(name, key) for name, key in named if usual_key(name) != key] == []


async def test_the_hints_of_a_dialog_name_the_keys_in_force() -> None:
    keys = {"limit.cancel": "f9", "limit.more": "f7", "columns.later": "f6", "columns.only": "f5"}
    async with exploring(one_row(), keys=keys) as user:
        await user.sees("1 row")
        await user.until(lambda: "limit.cancel" in user.app._keymap)

        await user.press("n")

        await user.sees("enter asks · tab other box · f7/down step · f9")
        await user.press("f9", "c")
        await user.sees("ctrl+up/f6/ctrl+left/ctrl+right move, widen")
        await user.sees("f5 only this")


@pytest.mark.parametrize(
    ("name", "opens", "named"),
    [
        ("time.presets", "t", "f7 presets"),
        ("copy.cancel", "Y", "enter copies · arrows choose · f7 cancels"),
        ("group_by.drop_all", "b", "chosen · f7 clears"),
        ("sign_in.keep", "K", "f7: save in the keyring"),
        ("app.palette", "question_mark", "f7 lists every action"),
    ],
)
async def test_wherever_a_dialog_names_a_key_it_is_the_one_in_force(name: str, opens: str, named: str) -> None:
    profiles = FakeProfiles(OfferedProfile("default", "datadoghq.eu", "a command"))
    async with exploring(one_row(), keys={name: "f7"}, profiles=profiles) as user:
        await user.sees("1 row")
        await user.until(lambda: name in user.app._keymap)

        await user.press(opens)

        await user.sees(named)


async def test_the_key_that_asks_for_other_keys_is_named_as_it_is_in_force() -> None:
    async with exploring(FakeSource(CredentialsRefused("No.")), keys={"sign_in": "f4"}) as user:
        await user.sees("f4 signs in with others.")


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({"sort": "d"}, "sort cannot have d, which is for Detail pane (toggle_detail)"),
        ({"srot": "x"}, "there is no action 'srot'"),
        ({"limit.cancel": "up"}, "limit.cancel cannot have up, which is for More (limit.more)"),
        ({"sort": "ctrl+q"}, "ctrl+q always quits, so sort cannot have it"),
        ({"sort": "ctlr+s"}, "'ctlr+s' is no key for sort"),
    ],
)
async def test_what_cannot_be_had_is_said_at_the_start(keys: dict[str, str], sentence: str) -> None:
    async with exploring(one_row(), keys=keys, size=(200, 24)) as user:
        await user.sees(sentence)
        await user.sees("1 row")


async def test_ctrl_q_quits_whatever_key_was_chosen_for_it() -> None:
    async with exploring(one_row(), keys={"app.quit": "f10"}) as user:
        await user.sees("1 row")

        await user.press("ctrl+q")

        await user.until(lambda: not user.app.is_running)


def test_keys_may_be_written_as_they_are_shown() -> None:
    import_dialogs()

    found = keys_in_force({"grid.first": "PgUp,?", "grid.page_up": "f3", "help": "F1", "sort": "é, ctrl+E"})

    assert found.problem == ""
    assert found.keys == {
        "grid.first": ("pageup", "question_mark"),
        "grid.page_up": ("f3",),
        "help": ("f1",),
        "sort": ("é", "ctrl+e"),
    }


def test_each_command_and_each_key_of_a_dialog_can_be_given_another_key() -> None:
    import_dialogs()

    ids = [one.id for one in COMMANDS if one.heard_by != "textual" and one.id != "app.quit"]
    ids += [str(getattr(binding, "id", None)) for binding in (*SignInScreen.BINDINGS, *ProfilePicker.BINDINGS)]
    assert [name for name in ids if keys_in_force({name: "f24"}).keys != {name: ("f24",)}] == []


def test_textual_keeps_bindings_and_the_key_map_where_they_are_looked_for() -> None:
    class Plain(Screen[None]):
        BINDINGS = [Binding("a,b", "bell", "Ring", id="ring"), Binding("c", "close", "Close", id="close")]

    merged: BindingsMap = Plain._merge_bindings()
    applied = merged.copy()
    applied.apply_keymap({"ring": "f5"})

    assert issubclass(Plain, DOMNode)
    assert [binding.id for binding in applied.key_to_bindings["f5"]][:1] == ["ring"]
    assert {"a", "b"}.isdisjoint(applied.key_to_bindings)
    assert "a" in merged.key_to_bindings
