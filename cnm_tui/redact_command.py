"""Define the `redact` command, which copies a recording or an export and replaces real names by invented
aliases.
"""

import os
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

import click

from cnm_tui.core.aliases.aliases import LEFT_IN_CLEAR
from cnm_tui.core.errors import CnmError, InvalidQuery, StoreFailed
from cnm_tui.core.export.redacted_export import ENDINGS, redacted_export
from cnm_tui.core.service import INSIGHTS_PATH, Exchange
from cnm_tui.core.text import clean
from cnm_tui.core.units import plural
from cnm_tui.file_options import RecordingFile
from cnm_tui.store.export_file import write_export
from cnm_tui.store.files import beginning_of, path_text
from cnm_tui.store.recording import RECORDING_SUFFIX, Recorder, Recording, written
from cnm_tui.store.redaction import Redaction
from cnm_tui.streams import say

_NOT_READ_BACK: Final = (".md", ".markdown", ".html", ".dot", ".gv", ".mmd", ".graphml", ".parquet", ".txt")
"""Endings of exports from which names cannot be taken any more."""
_MOST_EXPORT_BYTES: Final = 512 * 1024 * 1024
# Not in a docstring: `python -OO` removes those.
_REDACT: Final = f"""\
Write a recording or an export again, with aliases in place of names.

IN is a recording ({RECORDING_SUFFIX}) or an export ({", ".join(ENDINGS)}). Left in clear: {"; ".join(LEFT_IN_CLEAR)}.
"""


@click.command(help=_REDACT)
@click.argument("source", metavar="IN", type=RecordingFile())
@click.argument("target", metavar="OUT", type=RecordingFile())
@click.option("--redact-key", type=RecordingFile(), help="Keep the key in FILE: the same aliases in other files.")
@click.option("--keep-subnets", is_flag=True, help="Aliases of addresses keep their networks' relations.")
def redact(source: Path, target: Path, redact_key: Path | None, *, keep_subnets: bool) -> None:
    """Write a recording or an export again, with aliases in place of names."""
    if os.path.lexists(target):
        raise StoreFailed(f"{path_text(target)} is there already.", hint="Name another file.")
    redaction = Redaction(redact_key, keeps_subnets=keep_subnets)
    ending = source.suffix.lower()
    if ending in _NOT_READ_BACK or source.is_dir():
        raise InvalidQuery(
            f"In {clean(source.name, 100)} a name cannot be told from other text.",
            hint="Write it again with --redact, or redact the recording: cnm-tui redact IN.cnm OUT.cnm.",
        )
    if ending in ENDINGS:
        done = _redact_export(source, target, ending, redaction)
    else:
        done = _redact_recording(source, target, redaction)
    redaction.save()
    say(f"cnm-tui: {done} with aliases in {path_text(target)}.")
    say(f"cnm-tui: left in clear: {'; '.join(LEFT_IN_CLEAR)}.")


def _redact_export(source: Path, target: Path, ending: str, redaction: Redaction) -> str:
    content = beginning_of(source, _MOST_EXPORT_BYTES)
    if content is None:
        raise StoreFailed(f"There is no file {path_text(source)}.", hint="Check its name.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeError as error:
        raise InvalidQuery(f"{clean(source.name, 100)} is no text in UTF-8.", hint="Name an export.") from error
    changed = redacted_export(text, ending, redaction.redacting)
    if changed == text:
        say(f"cnm-tui: {clean(source.name, 100)} has no names, or has aliases already; they stay.")
    write_export(target, changed.encode(), overwriting=False)
    return "Written"


def _redact_recording(source: Path, target: Path, redaction: Redaction) -> str:
    skipped = 0
    with closing(Recording(source)) as recording:
        if recording.has_aliases:
            raise InvalidQuery(f"{path_text(source)} has aliases already.", hint="Share it as it is.")
        try:
            with closing(Recorder(target)) as recorder:
                recorder.claim(redaction.fingerprint)
                for recorded in (*recording.answers.all, *recording.answers.insights):
                    try:
                        query = None if recorded.endpoint == INSIGHTS_PATH else recorded.query
                        body = recording.body(recorded.id)
                    except CnmError:
                        # A damaged answer cannot be redacted, so it must not be in the copy.
                        skipped += 1
                        continue
                    limits = recording.limits(recorded.id)
                    exchange = Exchange(
                        query, recorded.window, recorded.asked_at, recorded.answered_at, recorded.status, limits, body
                    )
                    recorder.add(redaction.of_written(written(exchange, recorded.label)))
        except BaseException:
            with suppress(OSError):
                target.unlink(missing_ok=True)
            raise
    if skipped:
        say(f"cnm-tui: {plural(skipped, 'damaged answer')} left out.")
    return plural(len(recording.answers) + len(recording.answers.insights) - skipped, "answer")
