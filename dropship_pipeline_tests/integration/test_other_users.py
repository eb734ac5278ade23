"""Another user of the same machine: what he can read of a running stack, and what its ports answer him."""

import json
import re
import ssl
import tempfile
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import httpx
import psutil
import pytest

from dropship_pipeline.localstack.s3.identity import _made, identity_file
from dropship_pipeline.storage.s3_client import s3_client
from dropship_pipeline_tests import seaweed_attack
from dropship_pipeline_tests.conftest import LocalServers
from dropship_pipeline_tests.integration.test_stack_supervisor import Up, running
from dropship_pipeline_tests.stranger import as_another_user, need_another_user

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

KEY = "kept"
KEPT = b"paid for"


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """A whole stack with the sandbox and both pages."""
    with running(tmp_path_factory.mktemp("whole") / "home") as running_stack:
        yield running_stack


def members(up: Up) -> list[psutil.Process]:
    """Every process of the stack, at any depth."""
    found = [up.process.pid, *(child.pid for child in psutil.Process(up.process.pid).children(recursive=True))]
    return [psutil.Process(pid) for pid in found if psutil.pid_exists(pid)]


def secrets_of(up: Up) -> list[str]:
    state = json.loads((up.home / "stack.json").read_text())
    settings = {name: value for name, value in state["settings"].items() if "SECRET" in name or "KEY" in name}
    return [*state["secrets"].values(), *settings.values()]


def listening(pids: Sequence[int]) -> tuple[list[int], list[str]]:
    """The TCP ports and Unix sockets on which any of these processes listens."""
    ours = [socket for socket in psutil.net_connections("all") if socket.pid in pids and socket.laddr]
    ports = {getattr(socket.laddr, "port", 0) for socket in ours if socket.status == psutil.CONN_LISTEN}
    files = {str(socket.laddr) for socket in ours if str(socket.laddr).startswith("/")}
    return sorted(ports), sorted(files)


READ_ALL = """
def readable():
    for pid in given["pids"]:
        for name in ("cmdline", "environ"):
            yield f"/proc/{pid}/{name}"
    for top in given["folders"]:
        for folder, below, files in os.walk(top):
            if folder.count("/") - top.count("/") >= 2:
                below.clear()
            yield from (os.path.join(folder, file) for file in files)
read, told_by = [], []
for path in readable():
    try:
        if not os.path.isfile(path) or os.path.getsize(path) > 20_000_000:
            continue
        with open(path, "rb") as file:
            content = file.read()
    except OSError:
        continue
    read.append(path)
    if any(secret.encode() in content for secret in given["secrets"]):
        told_by.append(path)
told({"read": read, "told_by": told_by})
"""


def test_no_argument_and_no_file_that_others_can_read_holds_a_secret_of_the_stack(up: Up) -> None:
    processes = members(up)
    arguments = {process.pid: "\0".join(process.cmdline()) for process in processes}
    assert any("instance-ref" in text for text in arguments.values()), "no code server was looked at"
    secrets = secrets_of(up)
    assert not [text for text in arguments.values() if any(secret in text for secret in secrets)]
    folders = [str(up.home), tempfile.gettempdir()]
    found = as_another_user(READ_ALL, pids=list(arguments), folders=folders, secrets=secrets)
    assert len([path for path in found["read"] if path.endswith("cmdline")]) >= len(arguments) - 1
    assert found["told_by"] == []
    assert not [path for path in found["read"] if path.startswith(str(up.home)) or path.endswith("environ")]


CONNECT = """
import socket
let_in = []
for path in given["sockets"]:
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(path)
            let_in.append(path)
        except OSError:
            pass
told(let_in)
"""


def test_no_socket_file_of_the_stack_lets_another_user_in(up: Up) -> None:
    _, sockets = listening([process.pid for process in members(up)])
    assert len(sockets) > 5, "the sockets of SeaweedFS and of Dagster's code servers were not found"
    assert as_another_user(CONNECT, nobody=False, sockets=sockets) == sockets
    assert as_another_user(CONNECT, sockets=sockets) == []


ATTACK = """
told(seaweed_attack.everything(**given))
"""


def owner(stack: LocalServers) -> "S3Client":
    return s3_client(stack.s3_endpoint_url, "us-east-1", access_key=stack.s3_access_key, secret_key=stack.s3_secret_key)


@pytest.fixture
def attack(stack: LocalServers, bucket: str) -> dict[str, Any]:
    """An object in a bucket, and where everything of its server listens."""
    client = owner(stack)
    client.put_object(Bucket=bucket, Key=KEY, Body=KEPT)
    assert stack.s3.child is not None
    ports, sockets = listening([stack.s3.child.record.pid])
    assert len(ports) >= 10
    return {
        "targets": [*(f"127.0.0.1:{port}" for port in ports), *(f"unix:{path}" for path in sockets)],
        "ports": ports,
        "bucket": bucket,
        "key": KEY,
        "own": _made(),
        "theirs": ssl.get_server_certificate(("127.0.0.1", stack.home.state.ports["seaweed_master"])),
    }  # fmt: skip


def test_another_user_can_neither_list_read_overwrite_nor_delete_by_any_port_of_the_stack(
    stack: LocalServers, bucket: str, attack: dict[str, Any]
) -> None:
    need_another_user()
    assert as_another_user(ATTACK, **attack) == {}
    client = owner(stack)
    assert client.get_object(Bucket=bucket, Key=KEY)["Body"].read() == KEPT


def test_without_any_right_to_a_file_the_same_attack_finds_every_port_shut(attack: dict[str, Any]) -> None:
    """What does not need a second user: the owner, without his certificate. His sockets open to him, so not those."""
    targets = [target for target in attack["targets"] if not target.startswith("unix:")]
    assert as_another_user(ATTACK, nobody=False, **{**attack, "targets": targets}) == {}


def test_the_attack_would_list_and_delete_with_the_certificate(
    stack: LocalServers, bucket: str, attack: dict[str, Any]
) -> None:
    identity = identity_file(stack.home.path / "s3").read_text()
    target = f"127.0.0.1:{stack.home.state.ports['seaweed_filer'] + 10_000}"
    answers = seaweed_attack.grpc_answers(target, seaweed_attack.calls(bucket, KEY), identity, identity)
    assert int(answers["/filer_pb.SeaweedFiler/ListEntries"]) > 20
    assert re.fullmatch(r"\d+", answers["/filer_pb.SeaweedFiler/DeleteEntry"])
    client = owner(stack)
    with pytest.raises(client.exceptions.NoSuchKey):
        client.get_object(Bucket=bucket, Key=KEY)


def test_no_server_of_the_stack_does_anything_for_a_page_of_another_site_or_under_another_name(up: Up) -> None:
    ports, _ = listening([process.pid for process in members(up)])
    s3 = json.loads((up.home / "stack.json").read_text())["ports"]["seaweed_s3"]
    asked = 0
    for port in ports:
        for headers in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}):
            for method, path in (("GET", "/"), ("POST", "/graphql"), ("DELETE", "/_control/stats"), ("OPTIONS", "/")):
                try:
                    answer = httpx.request(
                        method, f"http://127.0.0.1:{port}{path}", headers=headers, trust_env=False, timeout=10
                    )
                except httpx.TransportError:  # speaks something else than HTTP
                    continue
                asked += 1
                told = {name: value for name, value in answer.headers.items() if name.startswith("access-control")}
                # What any page may read of the S3 server is that it is refused: what it serves wants a signature.
                assert port == s3 or not told, (port, told)
                # A preflight that is answered with nothing lets nobody do anything.
                assert answer.status_code >= 400 or (method == "OPTIONS" and not answer.content), (port, method, path)
    assert asked > 20
