"""s3rver, an S3 server for Node.js that keeps its objects in files: not SeaweedFS, and as easily killed.

It knows no conditions on a PUT and checks fewer things than Amazon does. It is from npm: `npm install --global s3rver`.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from dropship_pipeline.localstack.processes import Child, server_environment, wait_until
from dropship_pipeline.storage.s3_client import s3_client
from dropship_pipeline_tests.ports import free_port
from dropship_pipeline_tests.soak.kills import kill

KEY = "S3RVER"  # its only one, with a secret of the same name


class S3rver:
    """One server, on the same port and folder after every start."""

    def __init__(self, folder: Path) -> None:
        found = os.environ.get("S3RVER") or shutil.which("s3rver")
        if found is None:
            assert "CI" not in os.environ, "s3rver is missing: npm install --global s3rver"
            pytest.skip("s3rver is missing: npm install --global s3rver")
        self._program = found
        self._folder = folder
        self._port = free_port()
        self._child: Child | None = None

    @property
    def endpoint_url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        self._folder.mkdir(exist_ok=True)
        argv = ["node", self._program, "--address", "127.0.0.1", "--port", str(self._port), "--directory", "objects"]
        self._child = Child(
            argv, log=self._folder / "log", cwd=self._folder, environment=server_environment(NODE_NO_WARNINGS="1")
        )
        assert wait_until(self._answers, 60), (self._folder / "log").read_text()

    def kill(self) -> None:
        assert self._child is not None
        kill(psutil.Process(self._child.record.pid))
        self._child.stop(5)

    def stop(self) -> None:
        if self._child is not None:
            self._child.stop(5)

    def create_bucket(self, name: str) -> None:
        client = s3_client(self.endpoint_url, "us-east-1", access_key=KEY, secret_key=KEY)
        client.create_bucket(Bucket=name)
        client.close()

    def _answers(self) -> bool:
        try:
            httpx.get(self.endpoint_url, trust_env=False)
        except httpx.TransportError:
            return False
        return True


@contextmanager
def s3rver(folder: Path) -> Iterator[S3rver]:
    """A running one."""
    server = S3rver(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
