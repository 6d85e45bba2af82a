"""Keys that people choose: what they can have, and the one sentence about the rest."""

from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.settings.key_map import Action, key_map

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
