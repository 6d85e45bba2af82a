"""Define the checks of the `doctor` command, which finds out why queries fail.

The check of a cause runs before the checks of its effects. The results are printed immediately, or as one
JSON object at the end.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any, Final

import click

from cnm_tui import __version__, wiring
from cnm_tui.api.access_checks import ALL, TIMEOUTS, AccessChecks
from cnm_tui.api.http_connection import HttpConnection
from cnm_tui.api.reachability import STEPS, reachability_findings
from cnm_tui.core.errors import CnmError, CredentialsRefused
from cnm_tui.core.finding import ASCII_SIGNS, SIGNS, Finding, State, as_object, failed, finding_lines, skipped, waiting
from cnm_tui.core.settings import DEFAULT_PROFILE, NOT_DRAWN_ON, takes_utf8, wants_no_colour
from cnm_tui.core.text import clean
from cnm_tui.demo_process import DemoProcess
from cnm_tui.environment_checks import environment_findings
from cnm_tui.options import SourceOptions
from cnm_tui.store.checks import file_findings, keyring_finding
from cnm_tui.store.key_names import checked_profile
from cnm_tui.streams import write_to_stderr, write_with_verdict

_COLUMNS_OF_A_FILE: Final = 100
_MOST_COLUMNS: Final = 10_000
_COLOURS: Final = {State.OK: "green", State.WARNING: "yellow", State.FAILED: "red", State.SKIPPED: "bright_black"}


class Checkup:
    """Runs all checks of the `doctor` command for one Datadog site or server."""

    def __init__(self, options: SourceOptions, environ: Mapping[str, str]) -> None:
        """Prepare the checks. No check runs yet.

        Raises:
            InvalidQuery: The profile's name is invalid.
        """
        checked_profile(options.profile)
        self._options = options
        self._environ = environ
        self.problem: CnmError | None = None
        """The error that prevents queries; set after all checks."""

    def findings(self) -> Iterator[Finding]:
        """Yield the result of each check as soon as it is known. Skip checks that depend on a failed check."""
        yield from environment_findings(self._environ)
        yield from file_findings()
        if self._options.demo:
            yield from self._of_demo()
        else:
            yield from self._of_service()

    def answers(self, asked: wiring.Target) -> Iterator[Finding]:
        """Check only the API keys and one real query, and yield the results. With `--demo`, check the demo
        instead.
        """
        if self._options.demo:
            yield from self._of_demo()
            return
        service = asked.service(TIMEOUTS)
        with closing(HttpConnection(service, keeps_json=False)) as connection:
            self.problem = yield from AccessChecks(service, connection).findings()

    def _of_demo(self) -> Iterator[Finding]:
        yield from skipped(["keyring", "keys", "site"], "The demo needs none.")
        process = DemoProcess()
        try:
            asked = wiring.demo_target(process)
        except CnmError as problem:
            self.problem = problem
            yield from waiting([*STEPS, *(name for name in ALL if name != "question")], "question")
            yield failed("question", problem)
        else:
            yield from self._asked(asked, keys_wanted=False)
        finally:
            process.stop()

    def _of_service(self) -> Iterator[Finding]:
        found = wiring.key_status(self._options, self._environ)
        asked = wiring.target_with_keys(self._options, found)
        why = found.outcome if isinstance(found.outcome, CnmError) else None
        yield keyring_finding(found)
        yield failed("keys", why) if why is not None else Finding("keys", State.OK, self._origins(asked.origins))
        if found.misplaced_by:
            self.problem = why
            yield from waiting(["site", *STEPS, *ALL], "keys")
            return
        yield Finding("site", State.OK, f"{asked.where}, by {asked.origins['site'] or 'the default'}.")
        yield from self._asked(asked)
        # Missing keys are the first cause, whatever else failed.
        self.problem = why or self.problem

    def _asked(self, asked: wiring.Target, *, keys_wanted: bool = True) -> Iterator[Finding]:
        service = asked.service(TIMEOUTS)
        with closing(HttpConnection(service, keeps_json=False)) as connection:
            blocked = yield from reachability_findings(service, connection)
            if blocked is not None:
                self.problem = blocked.problem
                yield from waiting(ALL, blocked.check)
                return
            checks = AccessChecks(service, connection, keys_wanted=keys_wanted)
            self.problem = yield from checks.findings()

    def _origins(self, origins: Mapping[str, str]) -> str:
        whose = "" if self._options.profile == DEFAULT_PROFILE else f" The profile is {self._options.profile}."
        return f"{', '.join(f'{what}: {origin}' for what, origin in origins.items() if what != 'site')}.{whose}"


def write_page(findings: Iterator[Finding], environ: Mapping[str, str], *, to_stderr: bool = False) -> list[Finding]:
    """Print the result of each check for people as soon as it is known, and return all results at the end."""
    known = []
    write = write_to_stderr if to_stderr else write_with_verdict
    signs = SIGNS if takes_utf8(environ) else ASCII_SIGNS
    # Colour repeats sign and word; click leaves it out without a terminal.
    coloured = not wants_no_colour(environ) and environ.get("TERM", "") not in NOT_DRAWN_ON
    columns = _columns(environ, to_stderr=to_stderr)
    for finding in findings:
        known.append(finding)
        first, *others = finding_lines(finding, columns, signs)
        sign = signs.states[finding.state]
        drawn = click.style(sign, fg=_COLOURS[finding.state]) if coloured else sign
        write(drawn + _plain(first[len(sign) :], environ))
        for line in others:
            write(_plain(line, environ))
    return known


def _columns(environ: Mapping[str, str], *, to_stderr: bool) -> int:
    """Return the width of the terminal in columns.

    Without a terminal, return the value of the environment variable COLUMNS. If it is not valid, return 100.
    """
    try:
        return os.get_terminal_size((sys.stderr if to_stderr else sys.stdout).fileno()).columns or _COLUMNS_OF_A_FILE
    except (AttributeError, OSError, ValueError):
        said = environ.get("COLUMNS", "")
        return int(said) if said.isdecimal() and 0 < int(said[:9]) <= _MOST_COLUMNS else _COLUMNS_OF_A_FILE


def written_object(findings: list[Finding], *, could_ask: bool) -> str:
    """Return the results of all checks as the text of one JSON object. `could_ask` is True if queries are
    possible.
    """
    cause = first_failure(findings)
    whole: dict[str, Any] = {
        "version": __version__,
        "could_ask": could_ask,
        "cause": None if could_ask or cause is None else cause.name,
        "findings": as_object(findings),
    }
    return json.dumps(whole, indent=2)


def examine(options: SourceOptions, environ: Mapping[str, str], *, as_json: bool) -> CnmError | None:
    """Run all checks and print the results. If an error prevents queries, return the error. Otherwise return None.

    Raises:
        InvalidQuery: The profile's name is invalid.
    """
    checkup = Checkup(options, environ)
    if as_json:
        watched = sys.stderr is not None and sys.stderr.isatty()
        found = write_page(checkup.findings(), environ, to_stderr=True) if watched else list(checkup.findings())
        write_with_verdict(written_object(found, could_ask=checkup.problem is None))
        return checkup.problem
    cause = first_failure(write_page(checkup.findings(), environ))
    if checkup.problem is None:
        write_with_verdict("\nA question could be asked.")
    else:
        write_with_verdict(f"\nNo question could be asked.{'' if cause is None else f' Begin with: {cause.label}.'}")
    return checkup.problem


def tried(options: SourceOptions, environ: Mapping[str, str], asked: wiring.Target) -> str:
    """Send one query for one row to the configured Datadog site, or to the demo. Return a sentence about the result.

    Raises:
        CnmError: The query failed. The error describes the cause.
    """
    checkup = Checkup(options, environ)
    found = list(checkup.answers(asked))
    if checkup.problem is None:
        return found[-1].proof
    cause = first_failure(found)
    if isinstance(checkup.problem, CredentialsRefused) and cause is not None:
        raise CredentialsRefused(cause.proof, hint=cause.next_step)
    raise checkup.problem


def first_failure(findings: list[Finding]) -> Finding | None:
    """Return the result of the first failed check, which causes later failures. Return None if no check failed."""
    return next((finding for finding in findings if finding.state is State.FAILED), None)


def _plain(line: str, environ: Mapping[str, str]) -> str:
    """Return a line of text without control characters. If the terminal does not use UTF-8, non-ASCII characters
    become `?`.
    """
    line = clean(line)
    return line if takes_utf8(environ) else line.encode("ascii", "replace").decode("ascii")
