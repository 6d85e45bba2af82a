"""Run long checks of recordings: `python -m tests.recording_trials kills`, or with the argument `large`.

`kills` starts a process that writes a recording, and kills it with SIGKILL at a random moment. It repeats
this 300 times and counts the lost answers. `large` makes a recording of 10,000 answers and 1 GB. It measures
the memory, and the time to open the recording and to step through it.
"""

import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from cnm_tui.core.errors import CnmError
from cnm_tui.core.exploration.baselines import query_for
from cnm_tui.core.query import Query
from cnm_tui.core.time.time_range import Window
from cnm_tui.replay import ReplaySource
from cnm_tui.store.recording import Recorder, Recording, written
from tests.builders import MOMENT
from tests.recordings import a_body, an_exchange

KILLS: Final = 300
ANSWERS: Final = 10_000
ANSWER_BYTES: Final = 104_000
LONGEST_OPEN_SECONDS: Final = 1.0
LONGEST_STEP_SECONDS: Final = 0.1
MOST_MEGABYTES: Final = 250
_WRITER: Final = """
import os, sys
from pathlib import Path
from cnm_tui.store.recording import Recorder, written
from tests.recordings import an_exchange
recorder = Recorder(Path(sys.argv[1]))
while True:
    exchange = an_exchange(body=os.urandom(200_000))
    print(recorder.add(written(exchange, "DEMO")), flush=True)
"""


def kills() -> int:
    """Many times, start a process that writes a recording, and kill the process at a random moment.

    Return how often an answer was lost or the recording could not be read.
    """
    dice, faults, lost, kept = random.Random(), 0, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.cnm"
        for number in range(KILLS):
            # Every tenth time a new file, otherwise the one that was cut before.
            if number % 10 == 0:
                path.unlink(missing_ok=True)
                for beside in Path(folder).glob("a.cnm-*"):
                    beside.unlink()
            before = 0 if not path.exists() else _count(path)
            with subprocess.Popen([sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE) as process:
                assert process.stdout is not None
                if number % 3:
                    process.stdout.readline()
                time.sleep(dice.uniform(0, 0.25))
                process.kill()
                told = before + (1 if number % 3 else 0) + len(process.stdout.read().splitlines())
            try:
                found = _count(path) if path.exists() else 0
            except CnmError as problem:
                print(f"kill {number}: {problem.sentence}")
                faults += 1
                path.unlink()
                continue
            # An answer that was written and not told yet is not lost.
            if found not in (told, told + 1):
                print(f"kill {number}: {found} answers, {told} were told")
                faults += 1
            kept, lost = kept + found - before, lost + max(0, told - found)
    print(f"{KILLS} kills: {faults} faults, {kept} answers kept, {lost} lost that had been told")
    return faults


def _count(path: Path) -> int:
    """Return the number of answers in a recording. Read the bodies of the last three answers, which must be
    complete.
    """
    with closing(Recording(path)) as recording:
        for one in recording.answers.all[-3:]:
            recording.body(one.id)
        return len(recording.answers)


def large() -> int:
    """Measure a recording of 1 GB, and return the number of measurements that exceed their limit."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.cnm"
        _make(path)
        print(f"{path.stat().st_size / 1e9:.2f} GB")
        began = time.perf_counter()
        source = ReplaySource(path)
        opened = time.perf_counter() - began
        question = source.answers.first.replayed_query
        steps = []
        for _ in range(200):
            # By the processor: waiting while other programs run is not measured.
            began = time.process_time()
            found = source.answers.beside(question, source.moment, 1)
            assert found is not None
            # As on the screen, which shows the place of the answer as well.
            source.moment = found.moment
            source.answer(question)
            source.answers.place(question, source.moment)
            steps.append(time.process_time() - began)
        megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024
    slowest = max(steps)
    usual = sorted(steps)[len(steps) // 2]
    print(
        f"opened in {opened:.2f} s; {len(steps)} steps: median {usual * 1_000:.0f} ms, slowest {slowest * 1_000:.0f} ms"
    )
    print(f"{megabytes:.0f} MB of memory")
    limits = ((opened, LONGEST_OPEN_SECONDS), (slowest, LONGEST_STEP_SECONDS), (megabytes, MOST_MEGABYTES))
    return sum(measured > limit for measured, limit in limits)


def _make(path: Path) -> None:
    rows = [{"client": f"client-{n}", "bytes_sent_by_client": n} for n in range(200)]
    with closing(Recorder(path)) as recorder:
        # Only for the making: each answer would be synced to the disk.
        recorder._connection.execute("PRAGMA synchronous = OFF")
        for number in range(ANSWERS):
            window = Window(MOMENT + 300 * number, MOMENT + 300 * number + 300)
            # Bytes that cannot be compressed stand where a reply has what the program does not read.
            filler = os.urandom(ANSWER_BYTES).hex().encode()
            body = a_body(*rows)[:-1] + b', "meta": "' + filler + b'"}'
            recorder.add(
                written(an_exchange(query_for(Query(), window), window.end + 1.0, body, window=window), "DEMO")
            )


if __name__ == "__main__":
    sys.exit({"kills": kills, "large": large}[sys.argv[1]]())
