"""Run the HTTP server of the demo in a child process."""

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
    """A child process that serves the demo's API. Its work therefore never delays the reaction to a key press.

    The child process ends when its stdin is closed. Therefore it does not continue to run if cnm-tui is killed.
    """

    def __init__(self) -> None:
        """Start the child process.

        Raises:
            Unreachable: The system could not start the child process.
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
        """Wait until the child process prints the URL of the demo's API, and return it.

        Raises:
            Unreachable: The child process did not print a URL within 20 seconds, or ended.
        """
        stdout = self._process.stdout
        ready = stdout is not None and select.select([stdout], [], [], _START_SECONDS)[0]
        line = stdout.readline().decode("ascii", "replace").strip() if stdout is not None and ready else ""
        if not line.startswith("http://"):
            self.stop()
            raise Unreachable("The demo did not start.", hint="Try `cnm-tui demo` by itself to see why.")
        return line

    def stop(self) -> None:
        """Kill the child process."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        # Kill it at once: it has no data to lose, and a stopped process ignores other signals.
        self._process.kill()
        self._process.wait()
