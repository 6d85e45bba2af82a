import gc
import socket
import subprocess
import sys
import traceback
from pathlib import Path

import keyring
import keyring.backends.chainer
import keyring.backends.null
import pytest

from cnm_tui.core.service import Secret
from cnm_tui.store.os_keyring import Fault, KeyringUnusable, OsKeyring, opened
from tests.store.conftest import MemoryKeyring, SecretService

KEY = Secret("0123api")


def test_a_kept_secret_is_read_back_until_it_is_removed(secret_service: SecretService) -> None:
    kept = opened({})
    kept.write("p/api_key", Secret("a kéy"))

    assert kept.read("p/api_key") == Secret("a kéy")
    assert kept.remove("p/api_key")
    assert kept.read("p/api_key") is None
    assert not kept.remove("p/api_key")


def test_a_locked_keyring_is_told_at_once_and_without_a_prompt(secret_service: SecretService) -> None:
    secret_service.lock()

    fault = fault_of(lambda: opened({}))

    assert fault.fault is Fault.LOCKED
    assert "gnome-keyring-daemon --replace --unlock" in fault.hint


# keyring leaves its connection to the bus open where it finds a locked collection.
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
def test_a_keyring_locked_meanwhile_is_told_too(secret_service: SecretService) -> None:
    kept = opened({})
    secret_service.lock()

    fault = fault_of(lambda: kept.read("p/api_key"))
    gc.collect()

    assert fault.fault is Fault.LOCKED


def test_a_service_that_never_answers_is_given_up(silent_service: None) -> None:
    fault = fault_of(lambda: opened({}, seconds=0.5))

    assert fault.fault is Fault.SILENT


def test_a_service_that_never_answers_does_not_hold_up_the_exit(silent_service: None) -> None:
    program = (
        "from cnm_tui.store.os_keyring import KeyringUnusable, opened\n"
        "try: opened({}, seconds=0.5)\n"
        "except KeyringUnusable as unusable: print(unusable.fault.name)"
    )

    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60, check=True)

    assert ended.stdout == b"SILENT\n"


def test_no_session_bus_means_no_keyring(no_keyring: None) -> None:
    fault = fault_of(lambda: opened({}))

    assert fault.fault is Fault.MISSING
    assert "DBUS_SESSION_BUS_ADDRESS is unset" in str(fault)
    assert "DD_API_KEY" in fault.hint


@pytest.mark.parametrize("is_left", [True, False], ids=["nobody listens", "no socket"])
def test_the_socket_of_a_session_that_ended_means_no_keyring(
    is_left: bool, no_keyring: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if is_left:
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(str(tmp_path / "bus"))
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path / 'bus'}")

    fault = fault_of(lambda: opened({}))

    assert fault.fault is Fault.MISSING
    assert "There is no keyring on this machine" in str(fault)


def test_a_bus_without_the_service_means_no_keyring(bus_without_service: None) -> None:
    assert fault_of(lambda: opened({})).fault is Fault.MISSING


@pytest.mark.parametrize("backend", ["no.such.module", "keyring.backends.nothing.Keyring"])
def test_a_backend_that_cannot_be_loaded_is_named(
    no_keyring: None, monkeypatch: pytest.MonkeyPatch, backend: str
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", backend)

    fault = fault_of(lambda: opened({"PYTHON_KEYRING_BACKEND": backend}))

    assert fault.fault is Fault.MISCONFIGURED
    assert f"PYTHON_KEYRING_BACKEND={backend} cannot be loaded: ModuleNotFoundError" in str(fault)


def test_the_service_asked_for_by_name_and_not_there_is_missing(
    no_keyring: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.SecretService.Keyring")

    assert fault_of(lambda: opened({})).fault is Fault.MISSING


def test_the_null_backend_is_not_used_because_it_drops_what_it_takes(
    no_keyring: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")

    assert fault_of(lambda: opened({})).fault is Fault.SWITCHED_OFF


def test_a_keyring_that_does_not_keep_is_found_out() -> None:
    forgetful = OsKeyring(keyring.backends.null.Keyring(), seconds=3)  # type: ignore[no-untyped-call]

    fault = fault_of(lambda: forgetful.write("p/api_key", KEY))

    assert fault.fault is Fault.SWITCHED_OFF


def test_a_file_in_disguise_is_refused_within_a_chain_too(
    memory_keyring: MemoryKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MemoryKeyring, "__module__", "keyrings.alt.file")
    chain = keyring.backends.chainer.ChainerBackend()  # type: ignore[no-untyped-call]
    monkeypatch.setattr(keyring.backends.chainer.ChainerBackend, "backends", [memory_keyring])

    alone = fault_of(lambda: opened({}))
    keyring.set_keyring(chain)
    chained = fault_of(lambda: opened({}))

    assert (alone.fault, chained.fault) == (Fault.IN_A_FILE, Fault.IN_A_FILE)
    assert "keyrings.alt.file.MemoryKeyring" in str(chained)


def test_what_a_backend_raises_becomes_ours_without_the_secret(memory_keyring: MemoryKeyring) -> None:
    def fails(service: str, username: str, password: str) -> None:
        raise ValueError(f"no room on the token for {username}")

    memory_keyring.set_password = fails  # type: ignore[method-assign]

    fault = fault_of(lambda: opened({}).write("p/api_key", KEY))

    assert str(fault) == "The keyring failed: ValueError: no room on the token for p/api_key."
    assert KEY.reveal() not in "".join(traceback.TracebackException.from_exception(fault, capture_locals=True).format())


def test_a_backend_that_repeats_the_secret_gets_no_chance_to_show_it(memory_keyring: MemoryKeyring) -> None:
    def fails(service: str, username: str, password: str) -> None:
        raise ValueError(f"refused: {service} {username} {password}")

    memory_keyring.set_password = fails  # type: ignore[method-assign]

    fault = fault_of(lambda: opened({}).write("p/api_key", Secret("any-key-of-another-server")))

    assert str(fault) == "The keyring failed: ValueError: refused: cnm-tui p/api_key ***."


def fault_of(call: object) -> KeyringUnusable:
    """Call the function, and return the `KeyringUnusable` error that it raises."""
    assert callable(call)
    with pytest.raises(KeyringUnusable) as caught:
        call()
    return caught.value
