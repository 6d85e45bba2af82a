"""Choose the certificates that TLS trusts, and report the server's certificate if TLS refused it."""

import os
import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, NamedTuple

import truststore

from cnm_tui.core.errors import TlsFailed
from cnm_tui.core.text import clean

SYSTEM_STORE: Final = "the system's own store"
_FILE: Final = "SSL_CERT_FILE"
_DIRECTORY: Final = "SSL_CERT_DIR"


class CertificateRefused(OSError):
    """An exception that is raised if the server's certificate is not trusted.

    It contains the data of the certificate, for example its issuer. These data are not verified.
    """

    def __init__(self, error: ssl.SSLCertVerificationError, certificate: "Certificate") -> None:
        super().__init__(f"certificate refused: {error.verify_code}")
        self.code = error.verify_code
        """OpenSSL's X509_V_ERR_* number."""
        self.reason = clean(error.verify_message or "unknown fault", 200)
        self.certificate = certificate


class Certificate(NamedTuple):
    """The most important data of a certificate. Unknown data are empty strings."""

    issuer: str = ""
    names: str = ""
    """Host names that it is valid for."""
    ends: str = ""
    """Its last day of validity, in UTC."""


class TrustStore(NamedTuple):
    """The set of trusted certificates, which the user or the operating system provides."""

    name: str
    """Name of the option or variables that chose it, or `SYSTEM_STORE`."""
    file: Path | None = None
    directories: str = ""
    """Directories with one file per certificate, named by its hash; separated by colons."""

    def context(self) -> ssl.SSLContext:
        """Return the SSL context for TLS connections with these trusted certificates.

        Loading a file with the usual certificate authorities takes 20 ms.

        Raises:
            TlsFailed: The chosen file cannot be read, or contains no certificate.
        """
        if self.file is None and not self.directories:
            return SystemStoreContext(ssl.PROTOCOL_TLS_CLIENT)
        context = ReportingContext(ssl.PROTOCOL_TLS_CLIENT)
        # Like curl: the issuer named by a failed check is enough, without its root certificate.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        try:
            if self.file is None and not any(map(os.path.isdir, self.directories.split(os.pathsep))):
                raise NotADirectoryError(0, "It is no directory")
            context.load_verify_locations(self.file, self.directories or None)
        except OSError as error:
            raise TlsFailed(
                f"The trusted certificates cannot be read ({self.name}): {_reason(error)}.",
                hint="It must name certificates in PEM form.",
            ) from error
        return context


def chosen_trust_store(ca_bundle: Path | None, environ: Mapping[str, str] = os.environ) -> TrustStore:
    """Return the trusted certificates in the file of the option `--ca-bundle`.

    Without this option, return those of the variables SSL_CERT_FILE and SSL_CERT_DIR. Without these variables,
    return the certificates of the operating system.
    """
    if ca_bundle is not None:
        return TrustStore(f"--ca-bundle {clean(str(ca_bundle), 300)}", ca_bundle)
    file, directories = environ.get(_FILE, ""), environ.get(_DIRECTORY, "")
    if not file and not directories:
        return TrustStore(SYSTEM_STORE)
    named = [f"{name}={clean(value, 300)}" for name, value in ((_FILE, file), (_DIRECTORY, directories)) if value]
    return TrustStore(", ".join(named), Path(file) if file else None, directories)


class ReportingContext(ssl.SSLContext):
    """An SSL context that raises CertificateRefused with the data of an untrusted certificate."""

    def wrap_socket(
        self,
        sock: socket.socket,
        server_side: bool = False,
        do_handshake_on_connect: bool = True,
        suppress_ragged_eofs: bool = True,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLSocket:
        """Return a TLS connection over this socket.

        If the certificate is not trusted, its data are read for the exception before the socket is closed.

        Raises:
            CertificateRefused: The certificate is not trusted.
        """
        wrapped = super().wrap_socket(sock, server_side, False, suppress_ragged_eofs, server_hostname, session)
        if not do_handshake_on_connect:
            return wrapped
        with ExitStack() as unless_agreed:
            unless_agreed.callback(wrapped.close)
            try:
                wrapped.do_handshake()
            except ssl.SSLCertVerificationError as error:
                raise CertificateRefused(error, certificate_of(_refused_by(wrapped))) from error
            unless_agreed.pop_all()
        return wrapped


class SystemStoreContext(ReportingContext, truststore.SSLContext):  # type: ignore[misc]  # its stubs say less
    """An SSL context that verifies certificates with the trust store of the operating system.

    This store usually contains a company's own certificate authorities.
    """


def certificate_of(fields: Mapping[str, Any]) -> Certificate:
    """Return a certificate for display, from the dict that Python's `getpeercert` returns."""
    names = [str(name) for _, name in fields.get("subjectAltName", ())]
    return Certificate(
        _authority(fields.get("issuer", ())),
        clean(", ".join(names[:3]) + (" …" if len(names) > 3 else ""), 200),
        _day(fields.get("notAfter", "")),
    )


def _refused_by(connected: ssl.SSLSocket) -> Mapping[str, Any]:
    """Return the data of the certificate that was just refused, or an empty dict if Python does not offer them.

    The public method of Python 3.13 returns bytes, which this program cannot parse. The private method used
    here returns a dict.
    """
    inner: Any = getattr(connected, "_sslobj", None)
    try:
        fields: Mapping[str, Any] = inner.get_unverified_chain()[0].get_info()
    except (AttributeError, IndexError, TypeError, ssl.SSLError):
        return {}
    return fields


def _authority(name: Any) -> str:
    """Return the name of a certificate authority, with its organisation in parentheses if both are known."""
    parts = {key: str(value) for pair in name for key, value in pair}
    common, organisation = parts.get("commonName", ""), parts.get("organizationName", "")
    both = f"{common} ({organisation})" if common and organisation else common or organisation
    return clean(both, 200)


def _day(written: str) -> str:
    try:
        return time.strftime("%Y-%m-%d", time.gmtime(ssl.cert_time_to_seconds(written)))
    except (ValueError, OverflowError, OSError):
        return ""


def _reason(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return "there is no certificate in it"
    return clean(error.strerror or type(error).__name__, 100)
