"""Certificates are always checked."""

import datetime as dt
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from servers.ranges import serve_folder

from resources.http.documents import FetchAllowlist, RemoteError, fetch_bytes

HERE = FetchAllowlist(is_loopback=True)


def write_certificate(path: Path) -> None:
    """A key and a certificate for this machine that nobody has signed, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    today = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today)
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path.write_bytes(key.private_bytes(pem, *plain) + certificate.public_bytes(pem))


def test_a_certificate_that_nobody_signed_is_refused(tmp_path: Path) -> None:
    write_certificate(tmp_path / "own.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "own.pem")
    with serve_folder(tmp_path, tls=context) as server:
        with pytest.raises(RemoteError, match=r"the certificate of localhost:.* is not valid"):
            fetch_bytes(HERE, f"{server.url}/own.pem", limit=10_000)
        assert not server.asked
