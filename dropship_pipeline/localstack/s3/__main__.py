"""`python -m dropship_pipeline.localstack.s3`: the S3 server of the local stack by itself, as in `deploy/compose.yaml`.

It becomes SeaweedFS. Only the S3 port answers others, and only to who has the keys (AWS_ACCESS_KEY_ID and
AWS_SECRET_ACCESS_KEY); the ports behind it answer to a certificate and keys that are made at each start, for itself.
"""

import argparse
import os
import secrets
import sys
import tempfile
from pathlib import Path

from dropship_pipeline.errors import CollectionError, SettingsError
from dropship_pipeline.localstack.s3.identity import identity_file, mutual_tls
from dropship_pipeline.localstack.s3.seaweed import JWT_KEYS, NO_ORIGINS, binary

KEYS_WANTED = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
DEFAULT_PORT = 8333


def main() -> int:
    """Check the keys, then become the server."""
    parser = argparse.ArgumentParser(prog="python -m dropship_pipeline.localstack.s3", description="Serve S3.")
    parser.add_argument("--folder", type=Path, required=True, help="where objects are kept")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    parser.add_argument("--bucket", required=True, help="made if it is missing")
    arguments = parser.parse_args()
    try:
        _become_server(arguments)
    except CollectionError as error:
        sys.stderr.write(f"dropship s3: {error}\n")
    return 1


def _become_server(arguments: argparse.Namespace) -> None:
    missing = [name for name in KEYS_WANTED if not os.environ.get(name)]
    if missing:
        raise SettingsError(f"{' and '.join(missing)} must be set: without keys it would serve everybody")
    os.umask(0o077)
    program = binary()
    environment = {
        **os.environ,
        **{name: secrets.token_hex(24) for name in JWT_KEYS},
        **mutual_tls(identity_file(Path(tempfile.mkdtemp(prefix="dropship-s3-")))),
    }
    # Its own parts find each other on loopback, whatever address the ports are opened on.
    words = (
        "mini", f"-dir={arguments.folder}", "-ip=127.0.0.1", f"-ip.bind={arguments.host}", f"-s3.port={arguments.port}",
        f"-bucket={arguments.bucket}", "-s3.port.iceberg=0", "-s3.port.lance=0", "-s3.iam=false",
        "-s3.allowDeleteBucketNotEmpty=false", "-admin.ui=false", "-webdav=false", "-master.telemetry=false",
        "-master.resumeState=false",
        *NO_ORIGINS,
    )  # fmt: skip
    os.execve(program, [program, *words], environment)  # noqa: S606  (no shell, our own argument list)


if __name__ == "__main__":
    sys.exit(main())
