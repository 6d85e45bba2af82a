"""Create a certificate authority for tests, similar to the one of a company, and issue TLS certificates with it."""

import datetime
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)


class Authority:
    """A certificate authority that issues TLS certificates. Its own certificate is in `file`, so that clients can
    trust it.
    """

    def __init__(
        self,
        folder: Path,
        name: str = "Example Root",
        organisation: str = "Example Corp",
        *,
        issued_by: "Authority | None" = None,
    ) -> None:
        """Create the authority and write its certificate to a file in this folder.

        If `issued_by` is given, the new authority is an intermediate one and not a root.
        """
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name(
            [
                x509.NameAttribute(NameOID.COMMON_NAME, name),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            ]
        )
        self.file = folder / f"{name}.pem"
        issuer = issued_by or self
        own = _pem(issuer._certificate(self._name, self._key, None, 0, 1))
        self.file.write_bytes(own)
        self._sent_along = b"" if issued_by is None else own

    def server(self, name: str, *, starts: int = -10, ends: int = 1) -> ssl.SSLContext:
        """Return the SSL context of a server with a new certificate for this host name.

        Args:
            starts: The first day of validity, as a number of days from now (negative for the past).
            ends: The last day of validity, as a number of days from now.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file = self._folder / f"server {name} {starts} {ends}.pem"
        file.write_bytes(_pem(self._certificate(subject, key, name, starts, ends)) + self._sent_along + private)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _certificate(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, server: str | None, starts: int, ends: int
    ) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + (starts - 1) * DAY)
            .not_valid_after(now + ends * DAY)
            .add_extension(x509.BasicConstraints(ca=server is None, path_length=None), critical=True)
        )
        if server is not None:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(server)]), critical=False)
        return builder.sign(self._key, hashes.SHA256())


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
