"""Fetching over TLS: whoever the machine does not trust is not even asked."""

from __future__ import annotations

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from signing import RootFile, SyncError
from signing.stream import open_stream
from signing.sync import sync
from tests.signing.publisher_server import publishing
from tests.signing.test_stream import written
from tests.vectors.bundles import a_bundle, a_root
from tests.vectors.city import NOW

pytestmark = pytest.mark.timeout(20)

ROOT = RootFile.parse(a_root())


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that nobody else has signed, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    form = (
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(*form))
    return path


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    """What the server speaks."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine trusts that certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))


@pytest.mark.usefixtures("trusted")
def test_synchronization_over_tls(tls: ssl.SSLContext, tmp_path: Path) -> None:
    with publishing(a_bundle(), tls) as server:
        assert sync(server.url, ROOT, tmp_path, now=NOW).bundle.missing_lists() == []
        assert not sync(server.url, ROOT, tmp_path, now=NOW).changed


@pytest.mark.usefixtures("trusted")
def test_stream_over_tls(tls: ssl.SSLContext) -> None:
    with publishing(a_bundle(), tls) as server:
        server.answers["/trust/events"] = (200, {"Content-Type": "text/event-stream"}, written(a_bundle()))
        with open_stream(server.url) as stream:
            assert next(iter(stream)).manifest == a_bundle().manifest


def test_server_that_the_machine_does_not_trust(tls: ssl.SSLContext, tmp_path: Path) -> None:
    with publishing(a_bundle(), tls) as server:
        with pytest.raises(SyncError, match=r"^unreachable: .*CERTIFICATE_VERIFY_FAILED"):
            sync(server.url, ROOT, tmp_path, now=NOW)
        assert server.requests == []


@pytest.mark.usefixtures("trusted")
def test_certificate_of_another_name(tls: ssl.SSLContext, tmp_path: Path) -> None:
    with (
        publishing(a_bundle(), tls) as server,
        pytest.raises(SyncError, match=r"^unreachable: .*CERTIFICATE_VERIFY_FAILED"),
    ):
        sync(server.url.replace("127.0.0.1", "localhost"), ROOT, tmp_path, now=NOW)


@pytest.mark.usefixtures("trusted")
def test_redirect_from_tls_to_none(tls: ssl.SSLContext, tmp_path: Path) -> None:
    with publishing(a_bundle(), tls) as server, publishing(a_bundle()) as plain:
        server.answers["/trust/manifest"] = (307, {"Location": f"{plain.url}/trust/manifest"}, b"")
        with pytest.raises(SyncError, match=r"^refused: "):
            sync(server.url, ROOT, tmp_path, now=NOW)
        assert plain.requests == []
