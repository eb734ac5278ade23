"""Values that the product rows and the image store exchange: no SQL, no S3, no HTTP."""

from dataclasses import dataclass
from datetime import datetime

from dropship_pipeline.models import StoredImage

# A product's id, and the image URL that it shows now.
Asked = tuple[str, str]


@dataclass(frozen=True, slots=True)
class ImageSource:
    """Where an image came from, and what its host said by which it can be asked for again.

    Args:
        url: as the marketplace wrote it, at most 2,000 bytes of UTF-8; key of the `images` table.
        etag: the host's ETag, verbatim, for If-None-Match.
        last_modified: the host's Last-Modified, verbatim, for If-Modified-Since.
        fetched_at: when the host last sent these bytes or confirmed them (304), UTC.
    """

    url: str
    etag: str | None
    last_modified: str | None
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class KnownProduct:
    """What is stored about a product and about the image URL that it shows now.

    Args:
        last_job_id: the product row's job; None when there is no row yet.
        image_url: the product row's image URL, which may differ from the one asked about.
        image_sha256: the product row's image.
        image: the image stored for the URL asked about, by this or any other product; None if never fetched.
        source: that image's source; None exactly when `image` is None.
    """

    last_job_id: str | None = None
    image_url: str | None = None
    image_sha256: str | None = None
    image: StoredImage | None = None
    source: ImageSource | None = None
