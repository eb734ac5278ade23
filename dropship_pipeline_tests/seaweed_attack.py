"""What somebody can try at the ports of SeaweedFS: its gRPC and HTTP, in plain text, by TLS, with a certificate or not.

The messages are those of SeaweedFS's published `filer.proto` and `master.proto`, encoded by hand.
"""

import http.client
import ssl
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import grpc

TIMEOUT_S = 4.0
CONNECT_TIMEOUT_S = 3.0
AT_ONCE = 24
Answers = dict[str, str]


def _text(number: int, value: str) -> bytes:
    """A protobuf field of wire type 2."""
    return bytes([number << 3 | 2, len(value)]) + value.encode()


def _truth(number: int) -> bytes:
    """A protobuf field of wire type 0 that is true."""
    return bytes([number << 3, 1])


def calls(bucket: str, key: str) -> Mapping[str, bytes]:
    """gRPC methods with a request each: list, look up, assign a place to write to, delete."""
    folder = f"/buckets/{bucket}"
    return {
        "/filer_pb.SeaweedFiler/ListEntries": _text(1, folder),
        "/filer_pb.SeaweedFiler/LookupDirectoryEntry": _text(1, folder) + _text(2, key),
        "/filer_pb.SeaweedFiler/AssignVolume": bytes([1 << 3, 1]),
        "/master_pb.Seaweed/Assign": bytes([1 << 3, 1]),
        "/master_pb.Seaweed/VolumeList": b"",
        "/volume_server_pb.VolumeServer/VolumeServerStatus": b"",
        "/s3_lifecycle_pb.SeaweedS3LifecycleInternal/LifecycleDelete": b"",
        "/filer_pb.SeaweedFiler/DeleteEntry": _text(1, folder) + _text(2, key) + _truth(4) + _truth(5),
    }


def grpc_answers(target: str, requests: Mapping[str, bytes], identity: str | None, authority: str | None) -> Answers:
    """Which calls are answered at a port or socket, and how much is in each answer.

    Args:
        target: as gRPC names it.
        requests: method and message.
        identity: certificate and key, as PEM; None for none.
        authority: what the server's certificate is checked against, as PEM; None for plain text.
    """
    found: Answers = {}
    with closing(_channel(target, identity, authority)) as channel:
        try:
            grpc.channel_ready_future(channel).result(CONNECT_TIMEOUT_S)
        except grpc.FutureTimeoutError:
            return found
        for method, message in requests.items():
            try:
                stream = channel.unary_stream(method)(message, timeout=TIMEOUT_S)
                found[method] = str(sum(len(part) for part in stream))
            except grpc.RpcError as error:
                # An answer that says that there is no such method comes from a server that lets us ask.
                if error.code() is not grpc.StatusCode.UNAVAILABLE:
                    found[method] = f"{error.code()}"
    return found


def _channel(target: str, identity: str | None, authority: str | None) -> grpc.Channel:
    if authority is None:
        return grpc.insecure_channel(target)
    pair = (identity.encode(), identity.encode()) if identity else (None, None)
    return grpc.secure_channel(target, grpc.ssl_channel_credentials(authority.encode(), pair[1], pair[0]))


PATHS = (
    ("GET", "/dir/assign"),
    ("GET", "/dir/lookup?volumeId=1"),
    ("GET", "/dir/status"),
    ("GET", "/vol/status"),
    ("GET", "/cluster/status"),
    ("GET", "/status"),
    ("GET", "/buckets/{bucket}/?pretty=y"),
    ("GET", "/buckets/{bucket}/{key}"),
    ("GET", "/{bucket}?list-type=2"),
    ("GET", "/{bucket}/{key}"),
    ("PUT", "/{bucket}/{key}"),
    ("PUT", "/buckets/{bucket}/{key}"),
    ("POST", "/submit"),
    ("DELETE", "/buckets/{bucket}/{key}"),
    ("DELETE", "/{bucket}/{key}"),
    ("GET", "/"),
)


def http_answers(port: int, bucket: str, key: str) -> Iterator[tuple[str, int, str]]:
    """What each HTTP request gets at a port, in plain text and by TLS without a certificate: request, status, body."""
    for secure in (False, True):
        for method, pattern in PATHS:
            path = pattern.format(bucket=bucket, key=key)
            try:
                status, body = _asked(port, method, path, secure=secure)
            except (OSError, http.client.HTTPException):
                continue
            yield f"{'https' if secure else 'http'} {port} {method} {path}", status, body


def _asked(port: int, method: str, path: str, *, secure: bool) -> tuple[int, str]:
    if secure:
        trusting = ssl.create_default_context()
        trusting.check_hostname = False
        trusting.verify_mode = ssl.CERT_NONE
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            "127.0.0.1", port, timeout=TIMEOUT_S, context=trusting
        )
    else:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    with closing(connection):
        connection.request(method, path, body=b"overwritten" if method != "GET" else None)
        answer = connection.getresponse()
        return answer.status, answer.read(2_000).decode(errors="replace")


def everything(targets: Sequence[str], ports: Sequence[int], bucket: str, key: str, own: str, theirs: str) -> Answers:
    """All of it, at all ports and sockets: what was answered.

    Args:
        targets: of gRPC.
        ports: of HTTP.
        bucket: that is attacked.
        key: of an object in it.
        own: a certificate and key of the attacker's.
        theirs: the server's certificate, which everybody may learn.
    """
    found: Answers = {}
    requests = calls(bucket, key)
    ways = {"plain": (None, None), "TLS": (None, theirs), "with a certificate of his own": (own, theirs)}

    def by_grpc(target: str, way: str) -> Answers:
        answers = grpc_answers(target, requests, *ways[way])
        return {f"{target} {method} ({way})": answer for method, answer in answers.items()}

    def by_http(port: int) -> Answers:
        answers = http_answers(port, bucket, key)
        # A probe may learn that the server lives; that has neither a body nor an effect.
        return {
            what: f"{status} {body[:80]}"
            for what, status, body in answers
            if status < 400 and (body or "GET" not in what)
        }

    with ThreadPoolExecutor(AT_ONCE) as threads:
        asked = [threads.submit(by_grpc, target, way) for target in targets for way in ways]
        asked += [threads.submit(by_http, port) for port in ports]
        for answers in asked:
            found |= answers.result()
    return found
