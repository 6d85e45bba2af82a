import pytest

from cnm_tui.core.errors import NameNotResolved
from cnm_tui.core.finding import ASCII_SIGNS, Finding, State, as_object, failed, finding_lines, waiting

PROOF = "api.datadoghq.eu is 203.0.113.7, 203.0.113.8, 2001:db8::1 (12 ms)."


def test_a_finding_is_told_by_a_sign_and_a_word_and_not_by_either_alone() -> None:
    lines = [finding_lines(Finding("clock", state, "x"), 80)[0] for state in State]

    assert [line.split()[:2] for line in lines] == [
        ["✓", "ok"],
        ["!", "warning"],
        ["✗", "failed"],
        ["–", "skipped"],
    ]


@pytest.mark.parametrize("columns", [50, 80, 200])
def test_no_line_is_wider_than_the_terminal_and_no_word_is_lost(columns: int) -> None:
    finding = Finding("name_resolution", State.FAILED, PROOF, "Check the network (DNS) and the site.")

    lines = finding_lines(finding, columns)

    assert max(map(len, lines)) <= columns
    said = " ".join(" ".join(lines).split())
    assert said == f"✗ failed name resolution {PROOF} → Check the network (DNS) and the site."


def test_what_to_do_stands_below_what_was_found() -> None:
    lines = finding_lines(Finding("tls", State.FAILED, "It has expired.", "Renew it."), 80)

    assert lines == [
        "✗ failed  TLS             It has expired.",
        "                          → Renew it.",
    ]


def test_where_there_is_no_room_beside_the_labels_the_text_goes_below_them() -> None:
    lines = finding_lines(Finding("tls", State.OK, "TLSv1.3, issued by Example Root."), 40)

    assert lines == ["✓ ok      TLS", "  TLSv1.3, issued by Example Root."]


def test_where_the_locale_is_not_utf_8_the_signs_are_ascii() -> None:
    for state in State:
        assert "\n".join(finding_lines(Finding("x", state, "y", "z"), 80, ASCII_SIGNS)).isascii()


def test_a_failure_is_a_finding_with_its_hint_as_the_next_step() -> None:
    finding = failed("name_resolution", NameNotResolved("Nowhere.", hint="Check the network."))

    assert finding == Finding("name_resolution", State.FAILED, "Nowhere.", "Check the network.")


def test_a_check_that_waits_says_for_which_one() -> None:
    assert [finding.proof for finding in waiting(["tls", "clock"], "name_resolution")] == [
        "Waits for name resolution."
    ] * 2


def test_programs_find_each_check_by_its_name() -> None:
    assert as_object([Finding("tls", State.OK, "TLSv1.3.")]) == {
        "tls": {"state": "ok", "proof": "TLSv1.3.", "next_step": ""}
    }
