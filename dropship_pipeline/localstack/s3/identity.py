"""The certificate that the parts of SeaweedFS show each other, and without which nobody is answered on their ports.

SeaweedFS trusts whoever reaches the ports behind its S3 API: the filer's gRPC lists and deletes, the master hands out
what opens a volume. With one certificate that is its own authority, only who can read its file is let in.
"""

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dropship_pipeline.localstack.home import write_private

NAME = "dropship-s3"
VALID = timedelta(days=3650)
# A clock that is set back shortly after the first start must not make it one of the future.
VALID_BEFORE = timedelta(days=2)
ADDRESS = "127.0.0.1"
GRPC_PARTS = ("MASTER", "VOLUME", "FILER", "S3", "ADMIN", "WORKER", "MSG_BROKER", "MSG_AGENT", "MQ", "CLIENT")
HTTP_PARTS = ("MASTER", "VOLUME", "FILER", "ADMIN", "CLIENT")


def identity_file(folder: Path) -> Path:
    """The file with certificate and key, readable for its owner only; made if it is not there."""
    path = folder / "identity.pem"
    if not path.exists():
        write_private(path, _made())
    return path


def mutual_tls(identity: Path) -> dict[str, str]:
    """The environment that makes every part of SeaweedFS, but the S3 API, answer to this certificate only."""
    file = str(identity)
    both = {
        f"WEED_{protocol}_{part}_{half}": file
        for protocol, parts in (("GRPC", GRPC_PARTS), ("HTTPS", HTTP_PARTS))
        for part in parts
        for half in ("CERT", "KEY")
    }
    authorities = {f"WEED_HTTPS_{part}_CA": file for part in HTTP_PARTS}
    return {**both, **authorities, "WEED_GRPC_CA": file, "WEED_HTTPS_CLIENT_ENABLED": "true"}


def _made() -> str:
    """A new key and a certificate for 127.0.0.1 that it has signed itself, as PEM."""
    # Wanted once in the life of a stack, and slow to import.
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, NAME)])
    usages = [x509.oid.ExtendedKeyUsageOID.SERVER_AUTH, x509.oid.ExtendedKeyUsageOID.CLIENT_AUTH]
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - VALID_BEFORE)
        .not_valid_after(now + VALID)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(ADDRESS))]), critical=False)
        .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        .sign(key, hashes.SHA256())
    )
    form = serialization.PrivateFormat.PKCS8
    private = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    return (certificate.public_bytes(serialization.Encoding.PEM) + private).decode("ascii")
