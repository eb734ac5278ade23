"""The answers that are kept of a job's paid calls. Only reads: nothing is reserved, made or booked."""

from urllib.parse import urlsplit

from sqlalchemy import select

from dropship_pipeline.models import ApiAnswer, ApiRequest, Provider
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import api_calls
from dropship_pipeline.storage.ledger import RawStore
from dropship_pipeline.storage.raw_answers import unpack

_OK = 200
_EBAY = "ebay."


class JobAnswers:
    """The kept answers of one job with HTTP status 200, also those that nobody could read so far.

    Args:
        database: holds the ledger, which is read once, here.
        raw: holds the answers.
        org_id: whose job.
        job_id: the job.

    Raises:
        StorageUnavailable: Postgres does not answer.
    """

    def __init__(self, database: Database, raw: RawStore, org_id: str, job_id: str) -> None:
        call = api_calls.c
        query = select(call.provider, call.fingerprint, call.raw_key, call.request).where(
            call.org_id == org_id, call.job_id == job_id
        )
        self._raw = raw
        self._keys: dict[tuple[Provider, str], str] = {}
        self.ebay_tld: str | None = None
        self.amazon_domain: str | None = None
        with database.begin() as connection:
            for row in connection.execute(query.where(call.http_status == _OK)):
                self._note_site(row.request["params"])
                if row.raw_key is not None:  # none where it was pruned
                    self._keys[row.provider, row.fingerprint] = row.raw_key

    def read(self, request: ApiRequest) -> ApiAnswer | None:
        """The answer to a request; None where none is kept.

        Raises:
            StorageUnavailable: the object store does not answer.
        """
        key = self._keys.get((request.provider, request.fingerprint))
        data = None if key is None else self._raw.get(key)
        return None if data is None else unpack(data).answer

    def _note_site(self, params: dict[str, str]) -> None:
        """Remember which sites the job asked: the settings of today may name others."""
        host = urlsplit(params.get("url", "")).hostname or ""
        asked = params.get("tld") or (host.partition(_EBAY)[2] if _EBAY in host else None)
        self.ebay_tld = self.ebay_tld or asked
        self.amazon_domain = self.amazon_domain or params.get("amazon_domain") or params.get("domain")
