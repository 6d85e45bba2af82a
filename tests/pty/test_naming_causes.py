"""Test that a few key presses lead from the first screen to the named cause of each incident of the demo."""

import time

import pytest

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.findings.rule import short_word
from cnm_tui.demo.incidents import INCIDENTS, Incident
from tests.demo.test_findings import CODES
from tests.demo.test_incidents import QUARTER
from tests.pty.conftest import Start
from tests.pty.reading import detail, digit_of, rows

pytestmark = pytest.mark.pty

MOST_KEYS = 6


def last_window(incident: Incident) -> tuple[str, str]:
    """Return the start and end of the last 15 minutes of the incident, for its latest occurrence that is over.

    Both are texts with the seconds since 1970.
    """
    recurrence = incident.recurrence
    end = recurrence.last_beginning(time.time() - recurrence.lasting) + recurrence.lasting
    return str(end - QUARTER), str(end)


@pytest.mark.parametrize("incident", INCIDENTS, ids=lambda incident: incident.name)
def test_the_cause_of_each_incident_is_on_the_first_screen_and_its_evidence_a_few_keys_away(
    start: Start, incident: Incident
) -> None:
    code = CODES[incident.name]
    begin, end = last_window(incident)

    terminal = start("--demo", "--from", begin, "--to", end)
    terminal.wait_until(lambda: rows(terminal) and " rows · " in terminal.text())

    # Named without a key: sign and words of the row.
    named = [at for at, row in enumerate(rows(terminal)) if f" {short_word(code)} " in row]
    assert named, f"{short_word(code)} is not in sight:\n{terminal.text()}"
    if named[0] < MOST_KEYS:
        terminal.press(*["down"] * named[0], "a")
    else:
        title = CONNECTIONS.findings().by_code[code].title
        terminal.press("x")
        terminal.wait_for("A digit chooses another finding")
        terminal.press(digit_of(terminal, title))
        terminal.wait_until(lambda: "1 to " in terminal.text())
        # In one write they would be alt+a.
        terminal.press("esc")
        terminal.wait_until(lambda: "Which tag explains it" not in terminal.text())
        terminal.press("a")

    terminal.wait_until(lambda: CONNECTIONS.findings().by_code[code].title in detail(terminal))
    terminal.wait_until(lambda: "evidence" in detail(terminal))
