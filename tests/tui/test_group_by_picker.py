"""Test the dialog for group-bys.

The tests check the search by letters, pairs of client and server tags, typed lists, presets, and the order of
group-bys.
"""

import threading
from pathlib import Path

import pytest
from textual import events
from textual.content import Content
from textual.widgets import Input, OptionList

from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.fields.group_by import PRESETS
from cnm_tui.core.query import Query
from cnm_tui.store.recent_fields import RecentFields
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.conftest import PATIENCE_SECONDS, User, asking, exploring, one_row

SMALLEST = (60, 15)
NARROW = (80, 24)
WIDE = (200, 50)
SERVICES = ("client_service", "server_service")
TEN = tuple(f"client_tag{number}" for number in range(10))


def grouped_by(*group_bys: str) -> Exploration:
    """Return an exploration whose query is grouped by these tags."""
    return asking(Query(group_bys=group_bys))


async def picking(user: User) -> None:
    """Open the dialog for group-bys."""
    await user.sees("1 row")
    await user.press("b")
    await user.sees("/10 chosen")


async def paste(user: User, text: str) -> None:
    """Paste a text in the same way as a terminal does."""
    user.app.post_message(events.Paste(text))
    await user.pilot.pause()


async def asked(user: User) -> tuple[str, ...]:
    """Wait for the second query that the app sends, and return its group-bys."""
    await user.until(lambda: len(user.source.asked) == 2)
    return user.source.asked[1].group_bys


def kept(user: User) -> str:
    """Return the text in the text input of the dialog."""
    return user.app.screen.query_one(Input).value


# Finding


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_a_field_is_found_by_typing_and_chosen_with_enter(size: tuple[int, int]) -> None:
    async with exploring(one_row(), size=size) as user:
        await picking(user)

        await user.type("pod")
        await user.press("enter")

        assert await asked(user) == (*SERVICES, "client_pod_name")


async def test_what_is_found_only_on_another_side_is_brought_to_the_front() -> None:
    async with exploring(one_row()) as user:
        await picking(user)

        await user.type("domain")
        await user.sees("[server] 1")
        await user.press("enter")

        assert await asked(user) == (*SERVICES, "server_domain")


async def test_with_nothing_typed_any_more_the_side_is_the_one_before() -> None:
    async with exploring(one_row()) as user:
        await picking(user)
        await user.type("domain")
        await user.sees("[server]")

        await user.press(*["backspace"] * len("domain"))

        await user.sees("[client]")


@pytest.mark.parametrize("typed", ["kubernetes dep", "KUBE dep"])
async def test_a_field_is_found_by_its_meaning_however_the_letters_are_written(typed: str) -> None:
    async with exploring(one_row()) as user:
        await picking(user)

        await paste(user, typed)

        await user.sees("client_kube_deployment")
        await user.until(lambda: "client_host" not in user.screen())


async def test_the_typed_letters_are_bold_and_underlined_in_what_is_found() -> None:
    async with exploring(one_row()) as user:
        await picking(user)

        await user.type("kdep")
        await user.sees("client_kube_deployment")

        prompt = user.app.screen.query_one("#client_fields", OptionList).get_option_at_index(0).prompt
        assert isinstance(prompt, Content)
        marked = {at for span in prompt.spans if span.style == "bold underline" for at in range(span.start, span.end)}
        assert "".join(prompt.plain[at] for at in sorted(marked)) == "kdep"


async def test_the_highlighted_field_is_explained_in_a_line() -> None:
    async with exploring(one_row()) as user:
        await picking(user)
        await user.sees("the service, from its unified service tag")

        await user.press("down")

        await user.sees("the Kubernetes deployment")


# Three lists


async def test_the_lists_are_named_and_counted_and_one_key_apart() -> None:
    async with exploring(one_row()) as user:
        await picking(user)
        assert "[client] 64" in user.screen()
        assert "server  72" in user.screen()
        assert "whole flow  21" in user.screen()

        await user.press("tab")
        await user.sees("server_kube_deployment")
        await user.press("tab")

        await user.sees("network.transport")
        assert "server_kube_deployment" not in user.screen()


async def test_in_the_smallest_window_every_list_is_named_and_counted() -> None:
    async with exploring(one_row(), size=SMALLEST) as user:
        await picking(user)

        assert "[client] 64   server  72   whole flow  21 2/10 chosen" in user.screen()


async def test_with_room_the_lists_stand_beside_each_other() -> None:
    async with exploring(one_row(), size=(120, 30)) as user:
        await picking(user)

        line = user.line_with("client_kube_deployment")

        assert "server_kube_deployment" in line
        assert "network.server.ip" in line


async def test_a_click_on_a_title_brings_its_list_to_the_front() -> None:
    async with exploring(one_row()) as user:
        await picking(user)

        await user.pilot.click("#flow_title")

        await user.sees("[whole flow]")
        await user.sees("network.transport")


async def test_a_click_on_a_field_chooses_it() -> None:
    async with exploring(one_row(), size=WIDE) as user:
        await picking(user)

        await user.pilot.click("#server_fields", offset=(5, 3))
        await user.sees("3/10 chosen")
        await user.press("enter")

        assert await asked(user) == (*SERVICES, "server_pod_name")


async def test_a_part_of_the_query_opens_the_list_of_its_side() -> None:
    async with exploring(one_row()) as user:
        await user.sees("1 row")
        y, line = next((y, line) for y, line in enumerate(user.screen().splitlines()) if "▸ server_service" in line)

        await user.pilot.click(offset=(line.index("server_service"), y))

        await user.sees("[server]")


# Choosing, dropping, moving


async def test_enter_takes_nothing_along_once_space_has_chosen() -> None:
    async with exploring(one_row()) as user:
        await picking(user)
        await user.press("ctrl+x")
        await user.type("client_h")
        await user.sees("[client] 2")

        await user.press("space", "down", "enter")

        assert await asked(user) == ("client_host",)


async def test_enter_leaves_dropped_what_space_has_dropped() -> None:
    async with exploring(one_row()) as user:
        await picking(user)
        await user.type("client_service")
        await user.sees("✓ client_service")

        await user.press("space", "enter")

        assert await asked(user) == ("server_service",)


async def test_enter_takes_along_what_was_typed_after_space() -> None:
    async with exploring(one_row()) as user:
        await picking(user)
        await user.type("client_env")
        await user.press("space", *["backspace"] * len("env"))

        await user.type("team")
        await user.press("enter")

        assert (await asked(user))[2:] == ("client_env", "client_team")


@pytest.mark.parametrize("key", ["greater_than_sign", "ctrl+down"])
async def test_the_highlighted_field_is_moved_among_the_chosen_ones(key: str) -> None:
    async with exploring(one_row()) as user:
        await picking(user)
        await user.sees("› 1 client_service")

        await user.press(key)
        await user.sees("› 2 client_service")
        await user.press("enter")

        assert await asked(user) == ("server_service", "client_service")


async def test_only_what_is_chosen_is_moved() -> None:
    async with exploring(one_row()) as user:
        await picking(user)

        await user.press("down", "less_than_sign")

        await user.sees("Only a chosen field can be moved; space chooses it.")


async def test_a_chosen_custom_tag_is_listed_and_can_be_dropped() -> None:
    async with exploring(one_row(), exploration=grouped_by("client_tier", "team")) as user:
        await picking(user)
        await user.sees("✓ client_tier")

        await user.press("space", "enter")

        assert await asked(user) == ("team",)


async def test_a_field_that_is_chosen_or_dropped_keeps_its_place_in_the_list() -> None:
    async with exploring(one_row()) as user:
        await picking(user)
        await user.press("down", "down", "down")
        before = [line.find("client_pod_name") for line in user.screen().splitlines()]

        await user.press("space")
        await user.sees("✓ client_pod_name")

        after = [line.find("client_pod_name") for line in user.screen().splitlines() if "3 client_pod" not in line]
        assert max(before) == max(after)


@pytest.mark.parametrize("size", [(60, 15), (120, 30), (200, 50)], ids=str)
async def test_how_to_leave_is_said_wherever_there_is_room(size: tuple[int, int]) -> None:
    async with exploring(FakeSource(a_snapshot()), size=size) as user:
        await user.press("b")

        await user.sees("esc cancels")


async def test_both_sides_of_a_field_are_chosen_with_one_key() -> None:
    async with exploring(one_row()) as user:
        await picking(user)
        await user.press("ctrl+x")
        await user.type("pod")

        await user.press("ctrl+o", "enter")

        assert await asked(user) == ("client_pod_name", "server_pod_name")


async def test_a_field_without_another_side_says_so() -> None:
    async with exploring(one_row()) as user:
        await picking(user)
        await user.type("domain")
        await user.sees("[server]")

        await user.press("ctrl+o")

        await user.sees("server_domain is of the server only; the client has no such field.")
        assert kept(user) == "domain"


async def test_where_not_all_chosen_have_room_the_one_that_is_moved_is_in_sight() -> None:
    async with exploring(one_row(), exploration=grouped_by(*TEN[:8]), size=SMALLEST) as user:
        await user.sees("1 row")
        await user.press("b")
        await user.sees("› 1 client_tag0")

        await user.press(*["greater_than_sign"] * 7)
        await user.sees("› 8 client_tag0")
        await user.press("tab")

        await user.sees("  8 client_tag0")


# Custom tags and lists


@pytest.mark.parametrize("tag", ["server_tier", "squad", "client_k8s-zone", "k8s.io/name"])
async def test_a_custom_tag_is_taken_as_it_is_typed(tag: str) -> None:
    async with exploring(one_row()) as user:
        await picking(user)

        await user.press(*(_key(character) for character in tag))
        await user.sees("a custom tag, taken as it is")
        await user.press("enter")

        assert (await asked(user))[-1] == tag


def _key(character: str) -> str:
    return {"_": "underscore", "-": "minus", ".": "full_stop", "/": "slash"}.get(character, character)


@pytest.mark.parametrize(
    "text",
    [
        "client_pod_name,server_tier",
        "client_pod_name, server_tier\n",
        "client_pod_name server_tier",
        "client_pod_name\r\nserver_tier\r\n",
        "\n  client_pod_name,\n\n  server_tier,\n",
    ],
)
async def test_a_pasted_list_is_taken_as_several_fields(text: str) -> None:
    async with exploring(one_row()) as user:
        await picking(user)

        await paste(user, text)
        await user.sees("2 fields listed")
        await user.press("enter")

        assert await asked(user) == (*SERVICES, "client_pod_name", "server_tier")


async def test_space_chooses_all_of_a_list_and_drops_it_again() -> None:
    async with exploring(one_row()) as user:
        await picking(user)
        await paste(user, "client_env,client_service,server_env")

        await user.press("space")
        await user.sees("4/10 chosen")
        await user.press("space")

        await user.sees("1/10 chosen")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("zebra crossing", "'zebra crossing' cannot be a group-by."),
        (",".join(TEN), "12 group-bys chosen; the endpoint takes at most 10. Remove 2."),
        ("x" * 201, "cannot be a group-by. A field has no spaces, commas or"),
        (",\n".join(f"tag{number}" for number in range(50_000)), "the endpoint takes at most 10. Remove "),
    ],
    ids=["two words", "too many", "too long", "a flood"],
)
async def test_what_cannot_be_grouped_by_is_refused_with_a_sentence_and_kept(text: str, sentence: str) -> None:
    async with exploring(one_row(), size=WIDE) as user:
        await picking(user)
        await paste(user, text)
        typed = kept(user)

        await user.press("enter")

        await user.sees(sentence)
        assert kept(user) == typed != ""
        assert len(user.source.asked) == 1


@pytest.mark.parametrize("size", [SMALLEST, NARROW])
async def test_a_refusal_of_several_lines_leaves_the_keys_in_sight_and_the_box_where_it_was(
    size: tuple[int, int],
) -> None:
    async with exploring(one_row(), size=size) as user:
        await picking(user)
        await paste(user, "zebra crossing")
        box = user.app.screen.query_one(Input).region

        await user.press("enter")
        await user.sees("at most 200")

        assert "enter asks" in user.screen()
        assert user.app.screen.query_one(Input).region == box


async def test_what_is_hidden_in_pasted_fields_stands_in_the_box_as_it_is_seen() -> None:
    async with exploring(one_row(), size=WIDE) as user:
        await picking(user)

        await paste(user, "a\x1b[2Jb\nwe\u200bb")

        assert kept(user) == "a␛[2Jb,we�b"


@pytest.mark.parametrize(("size", "full"), [(SMALLEST, "10/10, full"), (NARROW, "10/10 chosen, full")])
async def test_the_picker_says_when_it_is_full_and_takes_no_more(size: tuple[int, int], full: str) -> None:
    async with exploring(one_row(), exploration=grouped_by(*TEN), size=size) as user:
        await user.sees("1 row")
        await user.press("b")
        await user.sees(full)

        await user.press("tab", "space")

        await user.sees("11 group-bys chosen; the endpoint takes at most 10.")
        assert "10/10" in user.screen()


# Presets


@pytest.mark.parametrize("digit", range(1, 8))
async def test_a_preset_is_asked_with_its_digit(digit: int) -> None:
    async with exploring(one_row(), exploration=grouped_by("team")) as user:
        await user.sees("1 row")

        await user.press("b", str(digit))

        assert await asked(user) == PRESETS[digit - 1].group_bys


async def test_presets_stand_there_with_their_digits() -> None:
    async with exploring(one_row(), size=WIDE) as user:
        await picking(user)

        assert (
            "1 service to service  2 pod to pod  3 namespace  4 host  5 availability zone  6 IP and port  7 domain"
        ) in user.screen()


@pytest.mark.parametrize("size", [SMALLEST, (60, 40), (79, 24), NARROW])
async def test_every_preset_can_be_read_where_there_is_little_room(size: tuple[int, int]) -> None:
    async with exploring(one_row(), size=size) as user:
        await picking(user)

        for number, preset in enumerate(PRESETS, 1):
            await user.sees(f" {number} {preset.short_name} ")


async def test_a_click_on_a_preset_in_the_second_line_asks_it() -> None:
    async with exploring(one_row(), size=SMALLEST) as user:
        await picking(user)

        await user.pilot.click("#preset_7")

        assert await asked(user) == PRESETS[6].group_bys


async def test_a_click_on_a_preset_asks_it() -> None:
    async with exploring(one_row()) as user:
        await picking(user)

        await user.pilot.click("#preset_4")

        assert await asked(user) == ("client_host", "server_host")


async def test_a_digit_within_a_name_is_typed() -> None:
    async with exploring(one_row()) as user:
        await picking(user)

        await user.type("tier2")

        assert kept(user) == "tier2"
        assert len(user.source.asked) == 1


# Used last


async def test_what_was_used_in_earlier_sittings_comes_after_the_chosen_ones_and_is_marked() -> None:
    async with exploring(one_row(), recall_fields=lambda: ("client_team", "server_env", "client_tier")) as user:
        await picking(user)
        await user.sees("· client_team")

        lines = user.screen().splitlines()
        first = next(place for place, line in enumerate(lines) if "✓ client_service" in line)
        assert "· client_team" in lines[first + 1]
        assert "· client_tier" in lines[first + 2]
        await user.press("down")
        await user.sees("the owning team · used lately")
        await user.press("space")
        await user.until(lambda: "used lately" not in user.screen())


async def test_what_was_asked_is_remembered_for_the_next_sitting(tmp_path: Path) -> None:
    fields = RecentFields(tmp_path / "recent-fields.txt")
    recall, remember = fields.recall, fields.remember
    async with exploring(one_row(), recall_fields=recall, remember_fields=remember) as user:
        await picking(user)
        await user.type("client_tier")
        await user.press("enter")
        assert await asked(user) == (*SERVICES, "client_tier")
        await user.until(recall)

    async with exploring(one_row(), recall_fields=recall, remember_fields=remember) as user:
        await picking(user)

        await user.sees("· client_tier")


async def test_a_disk_that_takes_its_time_holds_up_no_key() -> None:
    released = threading.Event()
    in_time: list[bool] = []

    def recall() -> tuple[str, ...]:
        in_time.append(released.wait(PATIENCE_SECONDS))
        return ("client_team",)

    async with exploring(one_row(), recall_fields=recall) as user:
        try:
            await picking(user)
            await user.type("zone")
            await user.sees("the cloud availability zone")
            assert not in_time
        finally:
            released.set()
        await user.press(*["backspace"] * 4)

        await user.sees("· client_team")


async def test_a_key_pasted_as_a_field_is_asked_and_not_remembered(tmp_path: Path) -> None:
    fields = RecentFields(tmp_path / "recent-fields.txt")
    async with exploring(one_row(), remember_fields=fields.remember) as user:
        await picking(user)
        await paste(user, "0123456789abcdef0123456789abcdef")
        await user.press("enter")
        await asked(user)

        await user.until(fields.recall)

    assert fields.recall() == SERVICES


async def test_the_columns_follow_the_order_of_the_fields() -> None:
    rows = a_snapshot(
        a_connection(groups=(("store",), ("web",))), query=Query(group_bys=("server_service", "client_service"))
    )
    async with exploring(FakeSource(a_snapshot(a_connection()), rows)) as user:
        await picking(user)

        await user.press("greater_than_sign", "enter")

        await user.until(lambda: user.main.exploration.snapshot is rows)
        assert await asked(user) == rows.query.group_bys
        heading = user.line_with("RETRANS")
        assert heading.index("server_service") < heading.index("client_service")
