"""Define fixtures for the tests of the HTTP client.

They remove proxy and certificate variables from the environment, and make test certificates.
"""

import asyncio
import datetime
import ssl
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cnm_tui.api.client import CnmClient
from cnm_tui.api.http_connection import HttpConnection
from cnm_tui.api.service import Service
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot
from tests.api.scripted_server import ScriptedServer


async def asked_at_once(service: Service, query: Query, clock: Callable[[], float] = time.time) -> Snapshot:
    """Send the query with the blocking HTTP connection that the command `query` uses, and return the answer.

    The query is sent in a separate thread, because the test server runs in the event loop of the test.
    """

    def ask() -> Snapshot:
        with closing(HttpConnection(service, clock, keeps_json=False)) as connection:
            return connection.answer(query)

    return await asyncio.to_thread(ask)


async def fetch_cancelled_once_heard(client: CnmClient, server: ScriptedServer) -> None:
    """Start a fetch with the HTTP client, and cancel it as soon as the server has received its request."""
    heard = len(server.heard)
    fetching = asyncio.create_task(client.fetch(Query()))
    while len(server.heard) == heard:
        await asyncio.sleep(0)
    fetching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetching


MakeTls = Callable[..., tuple[ssl.SSLContext, Path]]


@pytest.fixture(autouse=True)
def nothing_on_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def make_tls(tmp_path: Path) -> MakeTls:
    """Return a function that makes a self-signed certificate.

    The returned function returns the SSL context for a server and the path of a file with the certificate. An
    HTTP client can use the file to trust the server.
    """

    def made(name: str = "localhost", days: int = 1) -> tuple[ssl.SSLContext, Path]:
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.datetime.now(datetime.UTC)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=10))
            .not_valid_after(now + datetime.timedelta(days=days))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        trusted = tmp_path / f"{name}.pem"
        trusted.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        private = tmp_path / f"{name}.key"
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(trusted, private)
        return context, trusted

    return made
