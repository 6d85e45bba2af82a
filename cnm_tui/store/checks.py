"""Check the files of cnm-tui and the keyring, for the `doctor` command.

The checks find files that cannot be read, and files that other users can read or change.
"""

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from cnm_tui.core.errors import CnmError
from cnm_tui.core.finding import Finding, State, failed
from cnm_tui.core.text import clean
from cnm_tui.core.units import plural
from cnm_tui.store.files import NoHome, config_directory, path_text, reason_text, state_directory
from cnm_tui.store.keychain import Status
from cnm_tui.store.private_file import ANOTHER_PLACE
from cnm_tui.store.saved_views import ViewsFile
from cnm_tui.store.settings import load

_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
_OTHERS_AT_ALL: Final = stat.S_IRWXG | stat.S_IRWXO


def file_findings() -> Iterator[Finding]:
    """Yield one result for each file that is checked. Yield a warning if there is no home directory."""
    checks: tuple[tuple[str, Callable[[], Finding]], ...] = (
        ("settings_file", lambda: settings_finding(config_directory() / "settings.toml")),
        ("views_file", lambda: views_finding(config_directory() / "views.toml")),
        ("state_files", lambda: state_finding(state_directory())),
    )
    reported = False
    for name, check in checks:
        try:
            yield check()
        except NoHome as problem:
            state, hint = (State.SKIPPED, "") if reported else (State.WARNING, problem.hint)
            yield Finding(name, state, str(problem), hint)
            reported = True


def settings_finding(path: Path) -> Finding:
    """Check settings.toml and return the result. A missing file is not an error."""
    settings = load(path)
    if settings.unreadable:
        return Finding("settings_file", State.FAILED, settings.unreadable, "Until then nothing of it counts.")
    if not path.exists():
        return Finding("settings_file", State.OK, f"{path_text(path)} is not there: all is as it comes.")
    if settings.problems:
        more = f" ({len(settings.problems) - 1} more)" if len(settings.problems) > 1 else ""
        return Finding("settings_file", State.WARNING, f"{settings.problems[0]}{more}", "Correct it; the rest counts.")
    return _written_by_people("settings_file", path, "is read")


def views_finding(path: Path) -> Finding:
    """Check views.toml and return the result. A missing file is not an error."""
    try:
        kept = ViewsFile(path).load()
    except CnmError as problem:
        return failed("views_file", problem)
    if not path.exists():
        return Finding("views_file", State.OK, f"{path_text(path)} is not there: no view is saved yet.")
    if kept.broken:
        more = f" ({len(kept.broken) - 1} more)" if len(kept.broken) > 1 else ""
        return Finding(
            "views_file", State.WARNING, f"{kept.broken[0]}{more}", "Correct it there; the others are shown."
        )
    return _written_by_people("views_file", path, f"holds {plural(len(kept.views), 'view')}")


def state_finding(directory: Path) -> Finding:
    """Check that only this user can access the directory with the state files of cnm-tui, and return the result."""
    try:
        status = directory.lstat()
    except FileNotFoundError:
        return Finding("state_files", State.OK, f"{path_text(directory)} is not there: nothing is remembered yet.")
    except OSError as error:
        return _not_looked_into(directory, error)
    if stat.S_ISLNK(status.st_mode) or status.st_uid != os.getuid():
        proof = f"{path_text(directory)} {'is a link' if stat.S_ISLNK(status.st_mode) else 'belongs to another user'}."
        return Finding("state_files", State.WARNING, f"{proof} Nothing is remembered there.", ANOTHER_PLACE)
    try:
        kept = sorted(path for path in directory.iterdir() if path.is_file())
        open_to_others = [path for path in (directory, *kept) if _mode(path) & _OTHERS_AT_ALL]
    except OSError as error:
        return _not_looked_into(directory, error)
    # If other users cannot enter the directory, the modes of its files do not matter.
    if directory in open_to_others and (readable := [path for path in open_to_others if path != directory]):
        modes = ", ".join(f"{clean(path.name, 60)} ({_mode(path):04o})" for path in readable[:3])
        more = f" and {len(readable) - 3} more" if len(readable) > 3 else ""
        proof = f"Others can read in {path_text(directory)}: {modes}{more}."
        return Finding("state_files", State.WARNING, proof, f"chmod -R go= {path_text(directory)}")
    if not os.access(directory, os.W_OK | os.X_OK):
        proof = f"{path_text(directory)} ({_mode(directory):04o}) cannot be written."
        return Finding("state_files", State.WARNING, proof, "Nothing is remembered until it can: see whose it is.")
    return Finding(
        "state_files", State.OK, f"{path_text(directory)} ({_mode(directory):04o}) holds {plural(len(kept), 'file')}."
    )


def keyring_finding(status: Status) -> Finding:
    """Return a result that names the keyring in use, or the reason why no keyring can be used.

    An unusable keyring causes only a warning, because the keys may be stored elsewhere.
    """
    if status.unusable is not None:
        needed = isinstance(status.outcome, CnmError)
        step = status.unusable.hint if needed else "It is not needed: the keys come from elsewhere."
        return Finding("keyring", State.WARNING, str(status.unusable), step)
    if not status.keyring:
        return Finding("keyring", State.SKIPPED, "Left alone, by --no-keyring.")
    return Finding("keyring", State.OK, f"{status.keyring}.")


def _not_looked_into(directory: Path, error: OSError) -> Finding:
    why = f"{path_text(directory)} cannot be looked into: {reason_text(error)}."
    return Finding("state_files", State.FAILED, why, "See whose it is: ls -ld, and chown.")


def _written_by_people(name: str, path: Path, what: str) -> Finding:
    try:
        mode = _mode(path)
    except OSError as error:
        return Finding(name, State.FAILED, f"{path_text(path)}: {reason_text(error)}.", "See whose it is.")
    if mode & _OTHERS_WRITE:
        proof = f"{path_text(path)} {what}, and others can change it ({mode:04o})."
        return Finding(name, State.WARNING, proof, f"chmod go-w {path_text(path)}")
    return Finding(name, State.OK, f"{path_text(path)} ({mode:04o}) {what}.")


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
