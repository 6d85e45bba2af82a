"""Run the demo's endpoint in a child process."""

import os
import select
import sys
from pathlib import Path
from typing import Final

import cnm_tui
from cnm_tui.core.errors import Unreachable
from cnm_tui.core.service import without_keys

_START_SECONDS: Final = 20.0


class DemoProcess:
    """The demo in a child process, so that its work never delays a key press.

    It ends when its stdin is closed, so even a killed explorer does not leave it running.
    """

    def __init__(self) -> None:
        """Start the process.

        Raises:
            Unreachable: The system could not start it.
        """
        # Imported here: most runs start no process.
        import subprocess

        environ = without_keys(os.environ)
        environ["PYTHONPATH"] = os.pathsep.join(
            filter(None, (str(Path(cnm_tui.__file__).parent.parent), environ.get("PYTHONPATH")))
        )
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "cnm_tui.demo"],
                env=environ,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError as error:
            # Too many processes, too little memory, or a Python interpreter that is not executable.
            raise Unreachable(
                f"The demo did not start: {error.strerror}.", hint="Try `cnm-tui demo` by itself, or ask a site."
            ) from error

    def url(self) -> str:
        """Return the URL of the demo's endpoint.

        Raises:
            Unreachable: It did not start.
        """
        stdout = self._process.stdout
        ready = stdout is not None and select.select([stdout], [], [], _START_SECONDS)[0]
        line = stdout.readline().decode("ascii", "replace").strip() if stdout is not None and ready else ""
        if not line.startswith("http://"):
            self.stop()
            raise Unreachable("The demo did not start.", hint="Try `cnm-tui demo` by itself to see why.")
        return line

    def stop(self) -> None:
        """Kill the process."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        # Kill it at once: it has no data to lose, and a stopped process ignores other signals.
        self._process.kill()
        self._process.wait()
