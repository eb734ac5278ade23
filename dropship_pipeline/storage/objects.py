"""The object store: one S3 client per process, and its failures as errors of ours.

Works the same on AWS, SeaweedFS and Ceph: `If-None-Match: *` creates an object once; checksums are our own
sha256 in the object's metadata, because not every server returns the one that S3 computes. Everything here is
synchronous and may be called from several threads at once.
"""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from pydantic import SecretStr

from dropship_pipeline.errors import ObjectStoreAway, SettingsError
from dropship_pipeline.settings import Settings
from dropship_pipeline.storage.s3_client import s3_client
from dropship_pipeline.storage.s3_errors import code_of, has_no_room, translated
from dropship_pipeline.surroundings import is_loopback

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CONNECT_TIMEOUT_S = 5
READ_TIMEOUT_S = 20
MAX_ATTEMPTS = 3
POOL_SIZE = 16
PROBE_BYTES = 1_024
CONFLICT_PAUSE_S = 0.2
# A server may close the connection on a larger body that it refuses, before its refusal is read.
SENT_AT_ONCE_BYTES = 128 * 1024

_ABSENT = {"NoSuchKey", "NotFound", "404"}
_EXISTS = {"PreconditionFailed", "412"}
_CONFLICT = {"ConditionalRequestConflict", "OperationAborted", "409"}


@dataclass(frozen=True, slots=True)
class ObjectHead:
    """What the store says of an object without sending it.

    Args:
        content_type: as given when it was put.
        metadata: as given when it was put; lower-case names.
    """

    size_bytes: int
    content_type: str
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object in a listing.

    Args:
        modified_at: when it was put, UTC.
    """

    key: str
    size_bytes: int
    modified_at: datetime


class ObjectStore:
    """One bucket.

    Every method raises ObjectStoreAway when the store does not answer or fails, and SettingsError when it
    refuses for a reason that only a person can remove: wrong keys, no such bucket, no permission.

    Args:
        client: a boto3 S3 client.
        where: the store, for messages; no credentials.
        disk_is_full: looks at the disk under a store that does not say why it fails.
    """

    def __init__(
        self,
        client: "S3Client",
        bucket: str,
        where: str = "S3",
        *,
        disk_is_full: Callable[[], bool] = lambda: False,
    ) -> None:
        self._client = client
        self._disk_is_full = disk_is_full
        self.bucket = bucket
        self.where = where

    def put_once(self, key: str, data: bytes, content_type: str, metadata: Mapping[str, str]) -> bool:
        """Put an object unless one of that key exists.

        Args:
            key: where.
            data: what.
            content_type: e.g. `image/jpeg`.
            metadata: ASCII names and values.

        Returns:
            True if this call created it, False if it was there.
        """
        for attempt in range(MAX_ATTEMPTS):
            with self._translated(f"put {key}"):
                try:
                    self._client.put_object(
                        Bucket=self.bucket,
                        Key=key,
                        Body=data,
                        ContentType=content_type,
                        Metadata=dict(metadata),
                        IfNoneMatch="*",
                    )
                except ClientError as error:
                    if code_of(error) in _EXISTS:
                        return False
                    # Another writer is at this key and may yet fail: only a further attempt tells.
                    if code_of(error) not in _CONFLICT or attempt + 1 == MAX_ATTEMPTS:
                        raise
                else:
                    return True
            time.sleep(CONFLICT_PAUSE_S)
        raise AssertionError("the last attempt returns or raises")

    def put(self, key: str, data: bytes, content_type: str, metadata: Mapping[str, str]) -> None:
        """Put an object, over any that is there."""
        with self._translated(f"put {key}"):
            self._client.put_object(
                Bucket=self.bucket, Key=key, Body=data, ContentType=content_type, Metadata=dict(metadata)
            )

    def get(self, key: str) -> bytes | None:
        """The object's data, None if there is no such object."""
        found = self.get_with_metadata(key)
        return found[0] if found else None

    def get_with_metadata(self, key: str) -> tuple[bytes, ObjectHead] | None:
        """The object's data and what is said of it, None if there is no such object."""
        with self._translated(f"get {key}"):
            try:
                answer = self._client.get_object(Bucket=self.bucket, Key=key)
                with answer["Body"] as body:
                    data = body.read()
            except ClientError as error:
                if code_of(error) in _ABSENT:
                    return None
                raise
        return data, ObjectHead(len(data), answer["ContentType"], answer["Metadata"])

    def head(self, key: str) -> ObjectHead | None:
        """The object's size, type and metadata, None if there is no such object."""
        with self._translated(f"look for {key}"):
            try:
                answer = self._client.head_object(Bucket=self.bucket, Key=key)
            except ClientError as error:
                if code_of(error) in _ABSENT:
                    return None
                raise
        return ObjectHead(answer["ContentLength"], answer["ContentType"], answer["Metadata"])

    def delete(self, key: str) -> None:
        """Delete an object; none of that key is no error."""
        with self._translated(f"delete {key}"):
            self._client.delete_object(Bucket=self.bucket, Key=key)

    def check_writable(self, key: str) -> None:
        """Put some bytes, read them back and delete them. A full store still takes an object that is empty.

        Args:
            key: in the folder that is going to be written to: a policy may allow one and not the other.

        Raises:
            ObjectStoreAway: nothing can be kept now.
            SettingsError: nothing can be kept until a person changes something.
        """
        probe = secrets.token_bytes(PROBE_BYTES)
        self.put(key, probe, "application/octet-stream", {})
        kept = self.get(key)
        self.delete(key)
        if kept != probe:
            raise SettingsError(f"Bucket {self.bucket!r} of {self.where} gives back other bytes than were put")

    def pages(self, prefix: str) -> Iterator[list[StoredObject]]:
        """The objects whose keys begin with `prefix`, up to 1,000 at a time."""
        paginator = self._client.get_paginator("list_objects_v2")
        pages = iter(paginator.paginate(Bucket=self.bucket, Prefix=prefix))
        while True:
            with self._translated(f"list {prefix}"):
                page = next(pages, None)
            if page is None:
                return
            yield [StoredObject(o["Key"], o["Size"], o["LastModified"]) for o in page.get("Contents", ())]

    def delete_all(self, keys: Sequence[str]) -> None:
        """Delete up to 1,000 objects; one that is gone already is no error."""
        if not keys:
            return
        with self._translated(f"delete {len(keys)} objects"):
            answer = self._client.delete_objects(
                Bucket=self.bucket, Delete={"Objects": [{"Key": key} for key in keys], "Quiet": True}
            )
        if errors := answer.get("Errors"):
            raise ObjectStoreAway(f"{self.where} kept {len(errors)} of {len(keys)} objects that it was to delete")

    def close(self) -> None:
        """Close the pooled connections."""
        self._client.close()

    def _translated(self, action: str) -> AbstractContextManager[None]:
        return translated(f"Cannot {action} in bucket {self.bucket!r} of {self.where}", self._disk_is_full)


def object_store(settings: Settings) -> ObjectStore:
    """The bucket that the settings name. Build it once per process: the client takes 50 ms to make.

    Raises:
        SettingsError: the endpoint URL is not one, or something that the shell says of AWS cannot be used.
    """
    endpoint = settings.s3_endpoint_url
    client = s3_client(
        endpoint,
        settings.aws_region,
        access_key=_reveal(settings.aws_access_key_id),
        secret_key=_reveal(settings.aws_secret_access_key),
        session_token=_reveal(settings.aws_session_token),
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
        retries={"mode": "standard", "total_max_attempts": MAX_ATTEMPTS},
        max_pool_connections=POOL_SIZE,
        tcp_keepalive=True,
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    client.meta.events.register_last("before-call.s3", _send_at_once)
    where = endpoint or f"S3 ({settings.aws_region})"
    ours = endpoint is not None and is_loopback(endpoint)
    return ObjectStore(client, settings.s3_bucket, where, disk_is_full=lambda: ours and has_no_room(settings.home))


def _send_at_once(params: dict[str, Any], **_: object) -> None:
    """Spare a small body the round trip in which botocore asks whether it may come (`Expect: 100-continue`)."""
    body = params["body"]
    if isinstance(body, BytesIO) and body.getbuffer().nbytes <= SENT_AT_ONCE_BYTES:
        params["headers"].pop("Expect", None)


def _reveal(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None
