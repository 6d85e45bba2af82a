"""Check the environment in which cnm-tui runs: installed libraries, terminal, tmux and SSH."""

import os
import platform
import ssl
import sys
from collections.abc import Iterator, Mapping
from importlib import metadata
from typing import Final

from cnm_tui import __version__
from cnm_tui.core.finding import Finding, State
from cnm_tui.core.settings import (
    ANSI,
    NOT_DRAWN_ON,
    SMALLEST_COLUMNS,
    SMALLEST_LINES,
    color_system,
    deciding_locale,
    is_remote,
    takes_utf8,
    wants_no_colour,
)
from cnm_tui.core.text import clean
from cnm_tui.tmux import LETS_THROUGH, clipboard_of_tmux, tmux_says

_LIBRARIES: Final = ("textual", "httpx", "truststore", "keyring", "msgspec", "click")


def environment_findings(environ: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """Yield the result of each check of the environment as soon as it is known."""
    yield _versions()
    yield _terminal(environ)
    yield _colours(environ)
    yield _utf_8(environ)
    yield _tmux(environ)
    yield _ssh(environ)


def _versions() -> Finding:
    missing = []
    found = [f"cnm-tui {__version__}", f"Python {platform.python_version()}"]
    for library in _LIBRARIES:
        try:
            found.append(f"{library} {metadata.version(library)}")
        except metadata.PackageNotFoundError:
            missing.append(library)
    found += [ssl.OPENSSL_VERSION.rpartition(" ")[0].rsplit(" ", 2)[0], f"{platform.system()} {platform.release()}"]
    proof = clean(f"{', '.join(found)}.", 500)
    if missing:
        return Finding("versions", State.FAILED, f"Not installed: {', '.join(missing)}. {proof}", "Install it anew.")
    return Finding("versions", State.OK, proof)


def _terminal(environ: Mapping[str, str]) -> Finding:
    term = clean(environ.get("TERM", ""), 60)
    screenless = "Without a screen there is `cnm-tui query`."
    if not (sys.__stdin__ and sys.__stdin__.isatty() and sys.__stderr__ and sys.__stderr__.isatty()):
        proof = f"stdin or stderr is no terminal here (TERM={term!r})."
        return Finding("terminal", State.SKIPPED, proof, "Run it on the terminal in question to have that looked at.")
    columns, rows = os.get_terminal_size(sys.__stderr__.fileno())
    if term in NOT_DRAWN_ON:
        return Finding("terminal", State.WARNING, f"It cannot be drawn on (TERM={term!r}).", f"Set TERM. {screenless}")
    proof = f"TERM={term}, {columns} columns and {rows} rows."
    if columns < SMALLEST_COLUMNS or rows < SMALLEST_LINES:
        step = f"The screen needs {SMALLEST_COLUMNS}x{SMALLEST_LINES}: make it larger. {screenless}"
        return Finding("terminal", State.WARNING, proof, step)
    return Finding("terminal", State.OK, proof)


def _colours(environ: Mapping[str, str]) -> Finding:
    if wants_no_colour(environ):
        return Finding("colours", State.OK, "None, as NO_COLOR asks.")
    system, variable = color_system(environ)
    by = f"{variable}={clean(environ.get(variable, ''), 60)}"
    if system == "truecolor":
        return Finding("colours", State.OK, f"16 million ({by}).")
    if system == "256":
        return Finding("colours", State.OK, f"256 ({by}); over a slow line that is the better choice.")
    step = "" if variable != "TERM" else "If the terminal has more, set COLORTERM=truecolor."
    return Finding("colours", State.OK, f"16, the terminal's own, in the theme {ANSI} ({by}).", step)


def _utf_8(environ: Mapping[str, str]) -> Finding:
    variable, value = deciding_locale(environ)
    if takes_utf8(environ):
        return Finding("utf_8", State.OK, f"{variable}={clean(value, 60)}.")
    proof = f"{variable}={clean(value, 60)} is no UTF-8 locale." if value else "Neither LC_ALL nor LANG is set."
    step = "If the terminal takes UTF-8, set LANG=C.UTF-8; in tmux start it as tmux -u."
    return Finding("utf_8", State.WARNING, proof, step)


def _tmux(environ: Mapping[str, str]) -> Finding:
    if not environ.get("TMUX"):
        if environ.get("STY"):
            return Finding("tmux", State.OK, "GNU screen: what is copied goes to the terminal in pieces.")
        return Finding("tmux", State.SKIPPED, "Not in tmux.")
    version, clipboard = tmux_says(environ, "-V"), clipboard_of_tmux(environ)
    if not clipboard.set_clipboard:
        step = "See by hand: tmux show-options -s set-clipboard. It should be on."
        return Finding("tmux", State.WARNING, "In tmux, which does not say what its set-clipboard is.", step)
    proof = f"{version or 'tmux'}, set-clipboard {clipboard.set_clipboard}."
    if clipboard.drops:
        return Finding("tmux", State.WARNING, f"{proof} It drops what is copied.", LETS_THROUGH)
    if clipboard.set_clipboard == "on":
        return Finding("tmux", State.OK, f"{proof} What is copied reaches the terminal.")
    return Finding("tmux", State.OK, f"{proof} What is copied reaches the terminal, as it is wrapped for tmux.")


def _ssh(environ: Mapping[str, str]) -> Finding:
    if not is_remote(environ):
        return Finding("ssh", State.SKIPPED, "Not over SSH, or it is not said (SSH_CONNECTION).")
    # sshd does not tell if the connection is compressed: no variable and no file of the session says so.
    return Finding(
        "ssh",
        State.OK,
        "Over SSH. Whether it compresses cannot be known from here: sshd tells no program.",
        "In ~/.ssh/config of the machine in front of you, under this Host: Compression yes (a tenth of the bytes).",
    )
