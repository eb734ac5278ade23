"""What an S3 store's refusals mean: for whom they are, and what to do."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    PartialCredentialsError,
)
from botocore.exceptions import ConnectionError as BotoConnectionError

from dropship_pipeline.errors import ObjectStoreAway, SettingsError

# SeaweedFS keeps one in a hundred free.
LEAST_FREE_SHARE = 0.015
LOG_TAIL_BYTES = 4_096

_ADVICE = {
    "NoSuchBucket": "the bucket does not exist: create it or set DROPSHIP_S3_BUCKET",
    "AccessDenied": "the credentials may not do this: grant s3:Get/Put/DeleteObject and s3:ListBucket",
    "InvalidAccessKeyId": "no such access key there: check AWS_ACCESS_KEY_ID, DROPSHIP_S3_ENDPOINT_URL",
    "SignatureDoesNotMatch": "the secret key is wrong: check AWS_SECRET_ACCESS_KEY",
    "ExpiredToken": "the session token has expired: renew AWS_SESSION_TOKEN",
    "InvalidToken": "the session token is wrong: check AWS_SESSION_TOKEN",
    "InvalidBucketName": "that is no name for a bucket: check DROPSHIP_S3_BUCKET",
    "PermanentRedirect": "the bucket lies in another region: check AWS_DEFAULT_REGION",
    "AuthorizationHeaderMalformed": "the bucket lies in another region: check AWS_DEFAULT_REGION",
    "RequestTimeTooSkewed": "this machine's clock is wrong: set it",
}
# HEAD answers have no body, hence only a status for a code.
_ADVICE |= {"403": _ADVICE["AccessDenied"], "301": _ADVICE["PermanentRedirect"]}

# No code of Amazon's: its store is never full. These are MinIO's, Ceph's, and what others say in words.
_FULL = {"XMinioStorageFull", "StorageFull", "QuotaExceeded", "InsufficientStorage", "507"}
_SAYS_FULL = re.compile(
    r"no space left|(disk|drive|storage|store) (is )?full|quota|no free volume|find writable volumes", re.IGNORECASE
)


@contextmanager
def translated(cannot: str, disk_is_full: Callable[[], bool]) -> Iterator[None]:
    """Turn boto's errors in the block into ours; `from None` keeps signed requests out of the chain.

    Args:
        cannot: what was not possible, and where: the beginning of the sentence.
        disk_is_full: asked where the store does not say why it fails.

    Raises:
        ObjectStoreAway: the store does not answer, fails, or is full.
        SettingsError: it refuses for a reason that only a person can remove.
    """
    try:
        yield
    except ClientError as error:
        code = code_of(error)
        if code in _ADVICE:
            raise SettingsError(f"{cannot}: {_ADVICE[code]} ({code})") from None
        if _is_full(error) or disk_is_full():
            raise ObjectStoreAway(f"{cannot}: it is full ({code}); make room on its disk") from None
        raise ObjectStoreAway(f"{cannot}: it answered {code}") from None
    except (BotoConnectionError, HTTPClientError, IncompleteReadError) as error:
        raise ObjectStoreAway(f"{cannot}: it does not answer ({type(error).__name__}); is it running?") from None
    except (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError):
        raise SettingsError(
            f"{cannot}: no credentials found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        ) from None
    except BotoCoreError as error:
        raise SettingsError(f"{cannot}: {error}; check DROPSHIP_S3_BUCKET and the AWS_ variables") from None


def has_no_room(home: Path) -> bool:
    """Whether the local stack's disk is so full that SeaweedFS takes no more, which it says in its log only."""
    try:
        disk = shutil.disk_usage(home)
        with (home / "logs" / "s3.log").open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - LOG_TAIL_BYTES))
            said = log.read().decode(errors="replace")
    except OSError:
        return False
    return disk.free < disk.total * LEAST_FREE_SHARE or bool(_SAYS_FULL.search(said))


def _is_full(error: ClientError) -> bool:
    said = error.response.get("Error", {}).get("Message", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return status == HTTPStatus.INSUFFICIENT_STORAGE or code_of(error) in _FULL or bool(_SAYS_FULL.search(said))


def code_of(error: ClientError) -> str:
    """S3's code of an error; HEAD answers have no body, hence only a status for one."""
    return str(error.response.get("Error", {}).get("Code", "unknown"))
