"""Test the copying of rows and queries, without a Textual app. A fake terminal records the copied texts."""

import base64

from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.settings import NOTHING_SET
from cnm_tui.core.sign_in import OfferedProfile
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.tui.dialogs.copy_by_hand import CopyByHand
from cnm_tui.tui.dialogs.copy_picker import CopyPicker
from cnm_tui.tui.features.copying import CopyingFeature
from cnm_tui.tui.services import Services
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.fake_profiles import FakeProfiles
from tests.tui.fake_view import FakeView, a_sitting, no_keys
from tests.tui.scheduling import until

ONE = a_snapshot(a_connection("client_service:web"))


async def copying(answer: Snapshot = ONE, clipboard: str = "osc52") -> tuple[FakeView, CopyingFeature]:
    """Return the fake screen and the copy feature. The cursor is in the first row, and the profile is `prod-eu`."""
    profiles = FakeProfiles(OfferedProfile("prod-eu", "datadoghq.eu", "a command"))
    profiles.options_of_start = ["--no-keyring"]
    session, view, _ = a_sitting(
        Exploration(answer.query, refresh_seconds=None), Services(no_keys, no_keys, profiles=profiles)
    )
    view.settings = NOTHING_SET._replace(clipboard=clipboard)
    view.row = next(iter(answer.connections), None)
    source = FakeSource(answer)
    source.site = "datadoghq.eu"
    session.profile = "prod-eu"
    session.connect(source)
    await until(lambda: session.exploration.snapshot)
    return view, CopyingFeature(session, view)


def sent(view: FakeView) -> list[str]:
    """Return all texts that were sent to the terminal's clipboard."""
    return [base64.b64decode(one.split(";")[2].rstrip("\x07\x1b\\")).decode() for one in view.terminal.sent]


async def chosen(view: FakeView, feature: CopyingFeature, form: str) -> None:
    """Open the dialog "Copy as", and choose this format."""
    feature.choose()
    picker = view.dialogs[-1]
    assert isinstance(picker, CopyPicker)
    await view.answer(next(one for one in picker.forms if one.name == form))


async def test_the_id_of_the_row_is_copied() -> None:
    view, feature = await copying()

    feature.ids()
    await until(lambda: view.said)

    assert sent(view) == ["client_service:web"]
    assert view.said == ["1 id sent to the terminal's clipboard."]


async def test_without_a_row_there_is_nothing_to_copy() -> None:
    view, feature = await copying(a_snapshot())

    feature.ids()

    assert (view.said, view.terminal.sent) == (["There is no row to copy."], [])


async def test_before_anybody_can_be_asked_no_command_is_offered_that_would_ask_somebody_else() -> None:
    session, view, _ = a_sitting()

    CopyingFeature(session, view).choose()

    assert (view.dialogs, view.said) == ([], ["Not connected yet."])


async def test_nothing_is_copied_when_the_dialog_is_left() -> None:
    view, feature = await copying()
    feature.choose()

    await view.answer(None)

    assert (view.said, view.terminal.sent) == ([], [])


async def test_the_command_for_elsewhere_names_the_profile_in_use_its_site_and_the_options_of_the_start() -> None:
    view, feature = await copying()

    await chosen(view, feature, "command")
    await until(lambda: view.said)

    assert sent(view)[0].endswith(" --site datadoghq.eu --profile prod-eu --no-keyring")


async def test_a_value_that_only_looks_like_a_key_is_copied() -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    view, feature = await copying(a_snapshot(a_connection(id=f"client_version:{commit}")))

    feature.ids()
    await until(lambda: view.said)

    assert sent(view) == [f"client_version:{commit}"]


async def test_what_no_clipboard_takes_is_shown_with_the_mouse_in_the_hands_of_the_terminal() -> None:
    view, feature = await copying(clipboard="off")

    feature.ids()
    await until(lambda: view.dialogs)
    had_mouse = view.terminal.has_mouse
    await view.answer(None)

    assert isinstance(view.dialogs[0], CopyByHand)
    assert (had_mouse, view.terminal.has_mouse) == (True, False)
