"""Copying rows and what was asked for them, without an app; the terminal's clipboard takes what it is sent."""

import base64
from dataclasses import replace

import pytest

from cnm_tui.core.errors import CredentialsMissing
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.export.copy_forms import CopyForm
from cnm_tui.core.query import Query
from cnm_tui.core.settings.settings import NOTHING_SET
from cnm_tui.core.sign_in import Offered
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.tui.dialogs.copy_by_hand import CopyByHand
from cnm_tui.tui.dialogs.copy_picker import CopyPicker
from cnm_tui.tui.features.copying import CopyingFeature
from cnm_tui.tui.services import Services
from tests.builders import KEY, FakeSource, a_connection, a_snapshot
from tests.tui.fake_desk import FakeDesk
from tests.tui.fake_view import FakeView, a_sitting, no_keys
from tests.tui.scheduling import until

ROW = a_connection("client_service:web")


async def copying(
    answer: Snapshot | None = None, clipboard: str = "osc52", services: Services | None = None
) -> tuple[FakeView, CopyingFeature]:
    """A sitting with the cursor in the first row of an answer."""
    answer = answer or a_snapshot(ROW)
    asked = Exploration(answer.query, refresh_seconds=None).received(answer)
    session, view, _ = a_sitting(asked, services)
    view.settings = replace_clipboard(clipboard)
    view.row = next(iter(answer.connections), None)
    source = FakeSource(answer)
    source.site = "datadoghq.eu"
    session.profile = "prod-eu"
    session.connect(source)
    await until(lambda: session.exploration.snapshot is not None and not session.exploration.fetching)
    return view, CopyingFeature(session, view)
