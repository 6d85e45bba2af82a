"""Test the checks of settings and state files for the command `doctor`, with real files and real file
permissions.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cnm_tui.core.finding import Finding, State
from cnm_tui.store.checks import settings_finding, state_finding, views_finding
from tests.store.forked import forked

Check = Callable[[Path], Finding]

A_VIEW = '[[view]]\nname = "Mine"\n'


def written(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def test_files_that_are_not_there_are_nothing_to_worry_about(tmp_path: Path) -> None:
    found = [check(tmp_path / "missing") for check in (settings_finding, views_finding, state_finding)]

    assert [finding.state for finding in found] == [State.OK] * 3
    assert all("is not there" in finding.proof for finding in found)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("check", [settings_finding, views_finding, state_finding])
def test_what_may_not_be_looked_at_is_not_said_to_be_missing(tmp_path: Path, check: Check) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o700)
    written(folder / "file", "")

    def as_somebody() -> None:
        os.setuid(65_534)
        finding = check(folder / "file")
        assert finding.state is State.FAILED
        assert "Permission denied" in finding.proof

    assert os.waitstatus_to_exitcode(os.waitpid(forked(as_somebody), 0)[1]) == 0


@pytest.mark.parametrize("check", [settings_finding, views_finding])
@pytest.mark.parametrize("broken", ["file", "folder"])
def test_a_link_to_nothing_is_not_taken_for_a_missing_file(tmp_path: Path, check: Check, broken: str) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "nothing")

    finding = check(link if broken == "file" else link / "settings.toml")

    assert finding.state is State.FAILED
    assert f"{'it' if broken == 'file' else link} is a link to nothing" in finding.proof


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (settings_finding, 'theme = "dark"\n[profiles.prod]\naccent = "KEY"\n'),
        (settings_finding, "KEY = 1\n"),
        (settings_finding, '[profiles."KEY"]\nsite = 1\n'),
        (views_finding, f'{A_VIEW}sort = "KEY"\n'),
        (views_finding, '[[view]]\nname = "KEY"\n[[view]]\nname = "KEY"\n'),
    ],
)
def test_a_key_in_the_wrong_place_is_not_repeated(tmp_path: Path, check: Check, text: str) -> None:
    key = "0123456789abcdef0123456789abcdef"

    finding = check(written(tmp_path / "file.toml", text.replace("KEY", key)))

    assert finding.state is State.WARNING
    assert "***" in finding.proof
    assert key not in finding.sentence


def test_a_state_folder_that_is_not_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)

    finding = state_finding(tmp_path / "link")

    assert (finding.state, finding.proof) == (
        State.WARNING, f"{tmp_path / 'link'} is a link. Nothing is remembered there."
    )  # fmt: skip
    assert "XDG_STATE_HOME" in finding.next_step


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder away")
def test_a_state_folder_of_somebody_else_is_told(tmp_path: Path) -> None:
    os.chown(tmp_path, 65_534, 65_534)

    assert "belongs to another user. Nothing is remembered there." in state_finding(tmp_path).proof


def test_settings_that_are_no_toml_are_told_with_the_line(tmp_path: Path) -> None:
    finding = settings_finding(written(tmp_path / "settings.toml", "theme = \n"))

    assert finding.state is State.FAILED
    assert "line 1" in finding.proof


@pytest.mark.parametrize(("mode", "state"), [(0o600, State.OK), (0o644, State.OK), (0o664, State.WARNING)])
def test_settings_that_others_can_change_are_warned_of(tmp_path: Path, mode: int, state: State) -> None:
    path = written(tmp_path / "settings.toml", 'theme = "light"\n', mode)

    finding = settings_finding(path)

    assert finding.state is state
    assert f"({mode:04o})" in finding.proof
    assert finding.next_step == (f"chmod go-w {path}" if state is State.WARNING else "")


def test_views_are_counted_and_a_broken_one_is_told_by_its_line(tmp_path: Path) -> None:
    sound = views_finding(written(tmp_path / "sound.toml", A_VIEW))
    broken = views_finding(written(tmp_path / "broken.toml", f"{A_VIEW}[[view]]\nname = 3\n"))
    unreadable = views_finding(written(tmp_path / "unreadable.toml", "[[view"))

    assert (sound.state, "holds 1 view." in sound.proof) == (State.OK, True)
    assert (broken.state, "broken.toml, line 4" in broken.proof) == (State.WARNING, True)
    assert unreadable.state is State.FAILED


def test_state_that_others_can_read_is_told_with_the_command_that_helps(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    written(tmp_path / "searches.jsonl", "", 0o644)
    written(tmp_path / "last-question.json", "", 0o600)

    finding = state_finding(tmp_path)

    assert finding.state is State.WARNING
    assert "searches.jsonl (0644)" in finding.proof
    assert "last-question.json" not in finding.proof
    assert finding.next_step == f"chmod -R go= {tmp_path}"


def test_a_directory_that_nobody_else_may_enter_keeps_what_is_in_it(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    written(tmp_path / "searches.jsonl", "", 0o644)

    finding = state_finding(tmp_path)

    assert finding.state is State.OK
    assert finding.proof.endswith("(0700) holds 1 file.")


def test_a_name_with_control_characters_is_cleaned(tmp_path: Path) -> None:
    written(tmp_path / "a\x1b[2Jb", "", 0o644)
    tmp_path.chmod(0o755)

    assert state_finding(tmp_path).sentence.isprintable()
