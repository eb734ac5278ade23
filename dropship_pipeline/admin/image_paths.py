"""Addresses of pictures on pages and in the API: always on this server, never on a marketplace's."""

from urllib.parse import quote


def product_image(sha256: str) -> str:
    """The picture of a stored product."""
    return f"/media/images/{sha256}"


def listing_image(job_id: str, asin: str, item_id: str) -> str:
    """The picture of a listing that a seller search found."""
    return f"/media/listings/{_part(job_id)}/{_part(asin)}/{_part(item_id)}"


def job_product_image(job_id: str, asin: str) -> str:
    """The picture of a best seller on a job's worklist."""
    return f"/media/job-products/{_part(job_id)}/{_part(asin)}"


def _part(text: str) -> str:
    return quote(text, safe="")
