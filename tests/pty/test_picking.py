"""Test a dialog with a list when typed text and a key such as Enter arrive in one packet.

The text must filter the list first, and the key must then act on the filtered list.
"""

import pytest

from tests.pty.conftest import Start
from tests.pty.reading import rows

pytestmark = pytest.mark.pty


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("b2", "client_pod_name ▸ server_pod_name"),
        ("bhost \r", "client_service, client_host ▸ server_service"),
        ("b\x18zone\x0f\r", "client_availability-zone ▸ server_availability-zone"),
        ("bclient_k8s2\r", "client_service, client_k8s2 ▸ server_service"),
    ],
    ids=["a preset", "typed, space, enter", "both sides", "a digit within a name"],
)
def test_fields_are_chosen_as_fast_as_they_are_typed(start: Start, typed: str, asked: str) -> None:
    with start("--demo") as terminal:
        terminal.wait_until(lambda: rows(terminal))

        terminal.type(typed)

        terminal.wait_for(asked)
        terminal.wait_until(lambda: "Group by" not in terminal.text())
