"""The form in which raw answers are kept in the object store. No I/O."""

import base64
import gzip
import json
from dataclasses import dataclass

from dropship_pipeline.models import ApiAnswer

# Answers are a few hundred kilobytes of JSON or HTML: level 1 is most of the gain at a fifth of the time.
GZIP_LEVEL = 1


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """What a raw object holds; `credits` is None where the provider named none."""

    answer: ApiAnswer
    credits: int | None


def pack(answer: ApiAnswer, credits: int | None) -> bytes:
    """An answer as gzipped JSON: {status, headers, credits, body}, the body as base64 where it is not UTF-8."""
    try:
        body = {"body": answer.body.decode()}
    except UnicodeDecodeError:
        body = {"body_base64": base64.b64encode(answer.body).decode()}
    record = {"status": answer.status, "headers": dict(answer.headers), "credits": credits, **body}
    return gzip.compress(json.dumps(record, ensure_ascii=False).encode(), GZIP_LEVEL, mtime=0)


def unpack(data: bytes) -> RawAnswer:
    """What `pack` made."""
    record = json.loads(gzip.decompress(data))
    body = record["body"].encode() if "body" in record else base64.b64decode(record["body_base64"])
    return RawAnswer(ApiAnswer(record["status"], record["headers"], body), record["credits"])
