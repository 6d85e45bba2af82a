"""Use the operating system's keyring in a way that it cannot block the screen or the exit of the program.

A call can wait forever, for example if the keyring is locked or its service does not answer. Some keyring
backends are not secure storage. For example, one backend stores nothing, and others write secrets into
files.
"""

import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, TypeVar

from cnm_tui.core.errors import StoreFailed
from cnm_tui.core.redaction import NOTHING_SECRET, Redaction, without_lookalikes
from cnm_tui.core.service import Secret
from cnm_tui.core.text import clean
from cnm_tui.core.units import seconds_text
from cnm_tui.store.files import NoHome, home_directory

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE: Final = "cnm-tui"
CALL_SECONDS: Final = 3.0
"""Timeout of one call, and of the checks that the keyring is usable."""
_MOMENT_SECONDS: Final = 0.1
_FILE_BACKENDS: Final = ("keyrings.alt.", "keyrings.cryptfile.", "keyring_pass")
_OVER_SECRET_SERVICE: Final = ("keyring.backends.SecretService", "keyring.backends.libsecret")
_NO_BUS: Final = ("Unable to initialize SecretService", "neither running nor activatable")

Answer = TypeVar("Answer")


class Fault(Enum):
    """The reason why the keyring cannot be used."""

    MISSING = "there is none"
    LOCKED = "it is locked"
    SILENT = "it does not answer"
    MISCONFIGURED = "it cannot be loaded, or failed"
    SWITCHED_OFF = "the null backend"
    IN_A_FILE = "a file in disguise"


HELD_BY_NOBODY: Final = (Fault.MISSING, Fault.SWITCHED_OFF, Fault.IN_A_FILE)
"""Faults of a keyring that cannot hold any of our keys."""


class KeyringUnusable(StoreFailed):
    """Raised when the keyring cannot be used now. The message says why."""

    def __init__(self, message: str, fault: Fault, *, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.fault = fault


class OsKeyring:
    """The operating system's keyring. An object of this class exists only if the keyring passed all checks."""

    def __init__(self, backend: "KeyringBackend", seconds: float) -> None:
        self._backend = backend
        self._seconds = seconds

    @property
    def name(self) -> str:
        """Return the name of the keyring backend, in the form that the environment variable
        PYTHON_KEYRING_BACKEND has.
        """
        return _name(self._backend)

    def read(self, username: str) -> Secret | None:
        """Return the secret that is stored under this username. Return None if there is none.

        Raises:
            KeyringUnusable: The keyring failed, or did not answer in time.
        """
        return _answer(lambda: _hidden(self._backend.get_password(SERVICE, username)), self._seconds)

    def write(self, username: str, secret: Secret) -> None:
        """Store a secret, and read it back as a check.

        Raises:
            KeyringUnusable: The secret was not stored.
        """
        hiding = Redaction([secret])
        _answer(lambda: self._backend.set_password(SERVICE, username, secret.reveal()), self._seconds, hiding=hiding)
        if self.read(username) != secret:
            raise KeyringUnusable(
                f"The keyring {self.name} took the key and did not keep it.",
                Fault.SWITCHED_OFF,
                hint=_WITHOUT_KEYRING,
            )

    def remove(self, username: str) -> bool:
        """Remove the secret that is stored under this username. Return True if there was one.

        Raises:
            KeyringUnusable: The keyring failed, or did not answer in time.
        """
        if self.read(username) is None:
            return False
        _answer(lambda: self._backend.delete_password(SERVICE, username), self._seconds)
        return True


def opened(environ: Mapping[str, str], *, seconds: float = CALL_SECONDS) -> OsKeyring:
    """Return the keyring, if it works without a prompt.

    The package `keyring` is imported here, because its import takes 70 ms and most runs do not need it.

    Raises:
        KeyringUnusable: There is no usable keyring.
    """
    try:
        home_directory()
    except NoHome as problem:
        # keyring looks for its configuration in the home directory, and fails without one.
        raise _missing("it needs a home directory") from problem
    end = time.monotonic() + seconds
    backend = _answer(_loaded, seconds, environ.get("PYTHON_KEYRING_BACKEND", ""))
    kind = type(backend).__module__
    if kind == "keyring.backends.fail":
        raise _missing(_answer(_why_missing, _until(end)))
    if kind == "keyring.backends.null":
        raise KeyringUnusable(
            "The keyring is switched off (null backend): nothing would be stored.",
            Fault.SWITCHED_OFF,
            hint=_WITHOUT_KEYRING,
        )
    for part in _parts(backend):
        # Installing one of these packages is enough to activate it; some prompt on the terminal, over the screen.
        if type(part).__module__.startswith(_FILE_BACKENDS):
            raise KeyringUnusable(
                f"The keyring backend {_name(part)} stores secrets in a file; it is not used.",
                Fault.IN_A_FILE,
                hint=f"{_WITHOUT_KEYRING} A file of our own: cnm-tui auth login --insecure-storage.",
            )
    if any(type(part).__module__ in _OVER_SECRET_SERVICE for part in _parts(backend)):
        _refuse_if_locked(_until(end))
    return OsKeyring(backend, seconds)


_WITHOUT_KEYRING: Final = (
    "Set DD_API_KEY and DD_APP_KEY, or api_key_command and app_key_command in settings.toml, as in "
    '"pass show datadog/api".'
)
_UNLOCK: Final = (
    "Unlock it: gnome-keyring-daemon --replace --unlock --components=secrets (password on stdin, no newline), "
    "or set DD_API_KEY and DD_APP_KEY."
)


def _until(end: float) -> float:
    """Return the seconds from now until the time `end`, but at least 0.1, which is enough for a working backend."""
    return max(_MOMENT_SECONDS, end - time.monotonic())


def _hidden(text: str | None) -> Secret | None:
    return Secret(text) if text else None


def _loaded() -> "KeyringBackend":
    import keyring

    return keyring.get_keyring()


def _parts(backend: Any) -> list[Any]:
    """Return the keyring backends that a backend consists of.

    For a chain of backends, these are the members of the chain. Otherwise the list contains only the backend.
    """
    chained = getattr(backend, "backends", None) if type(backend).__module__ == "keyring.backends.chainer" else None
    return [part for link in chained for part in _parts(link)] if chained else [backend]


def _name(backend: object) -> str:
    return f"{type(backend).__module__}.{type(backend).__name__}"


def _why_missing() -> str:
    if not sys.platform.startswith("linux"):
        return "no backend"
    from keyring.backends.SecretService import Keyring

    try:
        # Reading the priority connects to the service, and raises with what is missing.
        return f"priority {Keyring.priority}, but not chosen"
    except RuntimeError as error:
        return str(error)


def _refuse_if_locked(seconds: float) -> None:
    locked = _answer(_default_collection_locked, seconds)
    if locked is None:
        raise _missing("the Secret Service has no default collection")
    if locked:
        raise _locked()


def _default_collection_locked() -> bool | None:
    """Return True if the keyring's default collection is locked. Return None if there is no default collection.

    Unlike the library's function `get_default_collection`, this function never opens a prompt.
    """
    import secretstorage

    with closing(secretstorage.dbus_init()) as connection:
        try:
            return bool(secretstorage.Collection(connection).is_locked())
        except secretstorage.exceptions.ItemNotFoundException:
            return None


def _answer(
    call: Callable[[], Answer], seconds: float, backend_wanted: str = "", hiding: Redaction = NOTHING_SECRET
) -> Answer:
    """Return the result of the function `call`. Raise an error if it takes longer than `seconds`.

    The function runs in a daemon thread. In another kind of thread, a prompt that waits for the user would
    prevent the program from ending.
    """
    answers: list[Answer] = []
    failures: list[Exception] = []

    def run() -> None:
        try:
            answers.append(call())
        # Backends are plug-ins and may raise anything; an exception in a thread would be lost.
        except Exception as error:
            # Its frames hold the secret and open connections.
            failures.append(error.with_traceback(None))

    thread = threading.Thread(target=run, daemon=True, name="keyring")
    thread.start()
    thread.join(seconds)
    if answers:
        return answers[0]
    raise _unusable(failures[0], backend_wanted, hiding) if failures else _silent(seconds)


def _unusable(error: Exception, backend_wanted: str, hiding: Redaction) -> KeyringUnusable:
    text = without_lookalikes(hiding.hide(str(error)))
    said = clean(f"{type(error).__name__}: {text}", 200).rstrip(".")
    if any(sign in said for sign in _NO_BUS):
        return _missing(text)
    if isinstance(error, OSError) and error.filename is None:
        # An OSError without a file name comes from a socket: of an ended session, or in a container.
        return _missing(f"nothing answers at the address of D-Bus: {clean(error.strerror or said, 100)}")
    if type(error).__name__ in ("KeyringLocked", "InitError", "LockedException"):
        return _locked()
    if backend_wanted:
        return KeyringUnusable(
            f"PYTHON_KEYRING_BACKEND={clean(backend_wanted, 100)} cannot be loaded: {said}.",
            Fault.MISCONFIGURED,
            hint=_WITHOUT_KEYRING,
        )
    return KeyringUnusable(f"The keyring failed: {said}.", Fault.MISCONFIGURED, hint=_WITHOUT_KEYRING)


def _missing(why: str) -> KeyringUnusable:
    return KeyringUnusable(
        f"There is no keyring on this machine ({clean(why, 200)}).", Fault.MISSING, hint=_WITHOUT_KEYRING
    )


def _locked() -> KeyringUnusable:
    return KeyringUnusable("The keyring is locked and cannot be unlocked from here.", Fault.LOCKED, hint=_UNLOCK)


def _silent(seconds: float) -> KeyringUnusable:
    return KeyringUnusable(
        f"The keyring did not answer in {seconds_text(max(1, seconds))}; "
        "it may be showing a prompt on the machine's own screen.",
        Fault.SILENT,
        hint=f"--no-keyring leaves it alone. {_WITHOUT_KEYRING}",
    )
