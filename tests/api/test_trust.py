"""Test which TLS certificates of servers are trusted, and the error message about a certificate that is not
trusted.
"""

import ssl
from pathlib import Path

import pytest
import truststore

from cnm_tui.api.service import Service
from cnm_tui.api.trust import SYSTEM_STORE, TrustStore, chosen_trust_store
from cnm_tui.core.errors import CnmError, TlsFailed
from cnm_tui.core.query import Query
from cnm_tui.core.service import KeyPair, Secret
from tests.api.conftest import asked_at_once
from tests.api.scripted_server import reply, serving
from tests.certificates import Authority

PAIR = KeyPair(Secret("0123api"), Secret("4567app"))


async def failure(tls: ssl.SSLContext, bundle: Path | None) -> CnmError:
    async with serving(tls=tls) as server:
        with pytest.raises(CnmError) as caught:
            await asked_at_once(
                Service(f"https://localhost:{server.port}", PAIR, called="the service", ca_bundle=bundle), Query()
            )
    assert server.heard == []
    return caught.value


def test_the_option_counts_before_the_variables_and_these_before_the_system(tmp_path: Path) -> None:
    bundle, file = tmp_path / "bundle.pem", tmp_path / "file.pem"
    variables = {"SSL_CERT_FILE": str(file), "SSL_CERT_DIR": str(tmp_path)}

    assert chosen_trust_store(bundle, variables) == TrustStore(f"--ca-bundle {bundle}", bundle)
    assert chosen_trust_store(None, variables) == TrustStore(
        f"SSL_CERT_FILE={file}, SSL_CERT_DIR={tmp_path}", file, str(tmp_path)
    )
    assert chosen_trust_store(None, {"SSL_CERT_FILE": ""}) == TrustStore(SYSTEM_STORE)


async def test_a_bundle_is_trusted_and_nothing_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, other = Authority(tmp_path, "Ours"), Authority(tmp_path, "Other")
    monkeypatch.setenv("SSL_CERT_FILE", str(other.file))
    async with serving(reply(), tls=ours.server("localhost")) as server:
        url = f"https://localhost:{server.port}"
        snapshot = await asked_at_once(Service(url, PAIR, ca_bundle=ours.file), Query())

    refused = await failure(other.server("localhost"), ours.file)

    assert len(snapshot.connections) == 1
    assert type(refused) is TlsFailed


async def test_the_system_s_store_is_asked_where_none_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = Authority(tmp_path)
    async with serving(reply(), tls=authority.server("localhost")) as server:
        service = Service(f"https://localhost:{server.port}", PAIR)
        # For OpenSSL this is the place of the system's store; the service has looked at it before.
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
        snapshot = await asked_at_once(service, Query())

    assert len(snapshot.connections) == 1
    assert service.trust.name == SYSTEM_STORE


def test_each_store_verifies_certificates_and_names(tmp_path: Path) -> None:
    authority = Authority(tmp_path)

    for store in (
        TrustStore(SYSTEM_STORE),
        TrustStore("ours", authority.file),
        TrustStore("ours", directories=str(tmp_path)),
    ):
        context = store.context()

        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname
    assert isinstance(TrustStore(SYSTEM_STORE).context(), truststore.SSLContext)


async def test_an_authority_that_nobody_trusts_is_named_with_the_option_that_helps(tmp_path: Path) -> None:
    trusted, unknown = Authority(tmp_path, "Trusted"), Authority(tmp_path, "Inspection CA", "Example Corp")

    refused = await failure(unknown.server("localhost"), trusted.file)

    assert str(refused) == (
        "The certificate of the service comes from an authority that is not trusted here: Inspection CA (Example Corp)."
    )
    assert "--ca-bundle FILE" in refused.hint


async def test_the_issuer_that_a_refusal_names_is_enough_to_be_trusted(tmp_path: Path) -> None:
    root, other = Authority(tmp_path, "Root"), Authority(tmp_path, "Other")
    issuer = Authority(tmp_path, "Inspection CA", issued_by=root)
    tls = issuer.server("localhost")

    refused = await failure(tls, other.file)
    async with serving(reply(), tls=tls) as server:
        service = Service(f"https://localhost:{server.port}", PAIR, ca_bundle=issuer.file)
        snapshot = await asked_at_once(service, Query())

    assert "not trusted here: Inspection CA (Example Corp)." in str(refused)
    assert len(snapshot.connections) == 1


async def test_the_issuer_of_another_certificate_is_not_enough(tmp_path: Path) -> None:
    root = Authority(tmp_path, "Root")
    issuer, sibling = (Authority(tmp_path, name, issued_by=root) for name in ("One", "Two"))

    refused = await failure(issuer.server("localhost"), sibling.file)

    assert type(refused) is TlsFailed


async def test_the_system_s_refusal_names_the_authority_too(tmp_path: Path) -> None:
    refused = await failure(Authority(tmp_path, "Inspection CA").server("localhost"), None)

    assert "not trusted here: Inspection CA (Example Corp)." in str(refused)


@pytest.mark.parametrize(
    ("name", "starts", "ends", "said", "hint"),
    [
        ("localhost", -10, -1, "has expired: 20", "renewed"),
        ("localhost", 5, 6, "is not valid yet: Example Root (Example Corp).", "clock"),
        ("portal.example", -10, 1, "is for another name: portal.example.", "sign-in"),
    ],
)
async def test_a_fault_of_a_trusted_certificate_is_told_with_what_to_do(
    tmp_path: Path, name: str, starts: int, ends: int, said: str, hint: str
) -> None:
    authority = Authority(tmp_path)

    refused = await failure(authority.server(name, starts=starts, ends=ends), authority.file)

    assert str(refused).startswith(f"The certificate of the service {said}")
    assert hint in refused.hint


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
async def test_a_store_that_cannot_be_read_is_named_by_its_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, str(tmp_path / "missing"))

    with pytest.raises(TlsFailed) as caught:
        await asked_at_once(Service("https://127.0.0.1:1", PAIR), Query())

    assert f"({variable}={tmp_path / 'missing'})" in str(caught.value)


async def test_a_hostile_name_of_an_authority_is_cleaned(tmp_path: Path) -> None:
    trusted, unknown = Authority(tmp_path, "Trusted"), Authority(tmp_path, "A\x1b]52;c;eA==\x07B", "x" * 60)

    refused = await failure(unknown.server("localhost"), trusted.file)

    assert refused.sentence.isprintable()
