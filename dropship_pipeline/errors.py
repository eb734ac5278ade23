"""Every error of this project, as one tree; the type says whether it helps to try again.

    CollectionError
    ├── RunFatal                 ends the run: nothing that follows could succeed
    │   ├── SettingsError        a setting is missing or wrong
    │   │   └── StackError       the local stack cannot start or stop (localstack.home)
    │   ├── RequestInvalid       the run asks for something that cannot be done
    │   ├── KeyRefused           the provider does not accept the API key
    │   ├── OutOfCredits         the provider wants to be paid first
    │   ├── CollectionStoppedError   a person or another step asks the run to end
    │   │   └── BudgetExhausted  the next call may cost more than the job's budget leaves
    │   ├── RunRefused           another collection run of the same org is active
    │   ├── StorageUnavailable   Postgres does not answer (a retry helps, later)
    │   │   └── ObjectStoreAway  S3 does not answer, or is full; it was waited for where that helps
    │   └── DagsterUnavailable   the Dagster webserver does not answer, or refuses (a retry helps, later)
    ├── MarketplaceError         costs one query
    │   ├── AmazonApiError       as the collectors of Amazon raise each of the three below; `kind` tells which
    │   ├── EbayApiError         as the collector of eBay raises each of the three below; `kind` tells which
    │   ├── TransientError       429, 5xx, network: the same call may succeed later
    │   ├── RequestRefused       the provider calls the request itself invalid
    │   └── BadAnswer            an answer that is not what the wire format promises
    ├── AnswerNotKept            a replay leaves the rows of one search as they are
    ├── StoreError               costs one product
    ├── FetchError               an image cannot or may not be fetched; becomes a StoreError (storage.images)
    ├── PictureError             bytes are not a picture that is kept; becomes a StoreError (storage.images)
    ├── AnswerGone               a kept answer is not there any more, or another (storage.sellers.provenance)
    └── ActionRefused            the admin page does not do what is asked; ends no run (admin.problems)
        ├── NotFound             404: the org has nothing of this name or number
        ├── Gone                 410: it was there and is not kept any more
        ├── Conflict             409: another run is in the way
        └── KeyReused            422: an Idempotency-Key stands for another request

An error that its own module catches is no part of the tree. A message is for people: it says what is wrong and what to
do, and holds no API key.
"""

from typing import ClassVar


class CollectionError(Exception):
    """Root of the tree. `kind` is the stable word under which an error is counted and stored."""

    kind: ClassVar[str] = "error"


class RunFatal(CollectionError):
    """Ends the run. `retryable` says whether the same step may succeed if it is started again.

    Args:
        message: what happened and what to do, without any key.
        status: HTTP status of the provider's answer, if one ended the run.
    """

    kind = "fatal"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class SettingsError(RunFatal):
    """A setting is missing or wrong; the message names it and says what to write."""

    kind = "settings"


class RequestInvalid(RunFatal):
    """The run asks for something that cannot be done; the message names the field and what is allowed."""

    kind = "request_invalid"


class KeyRefused(RunFatal):
    """The provider answered that the API key is not valid."""

    kind = "key_refused"


class OutOfCredits(RunFatal):
    """The provider answered that the account has no credits left or is not paid."""

    kind = "out_of_credits"


class CollectionStoppedError(RunFatal):
    """The run record says that the run is to end."""

    kind = "stopped"


class BudgetExhausted(CollectionStoppedError):
    """The next call might cost more than the job's budget leaves; nothing is lost, a higher budget goes on."""

    kind = "budget"


class RunRefused(RunFatal):
    """Another collection run of the same org is active and did not end in time."""

    kind = "refused"


class StorageUnavailable(RunFatal):
    """Postgres or the object store does not answer. Nothing more is bought until answers can be kept."""

    kind = "storage_unavailable"
    retryable = True


class ObjectStoreAway(StorageUnavailable):
    """The object store does not answer, fails or is full.

    No retry of the step: whoever works with it in a run has waited for it, and a retry would wait again.
    """

    kind = "object_store"
    retryable = False


class DagsterUnavailable(RunFatal):
    """The Dagster webserver does not answer, or not as it should; the message says where and what to do."""

    kind = "dagster_unavailable"
    retryable = True


class MarketplaceError(CollectionError):
    """One query could not be collected; others may work.

    Args:
        message: what happened, without any key.
        status: HTTP status of the provider's answer, if there was one.
        kind: the word under which it is counted, where that is not its class's.
    """

    kind = "marketplace_error"

    def __init__(self, message: str, *, status: int | None = None, kind: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        if kind is not None:
            self.kind = kind  # type: ignore[misc]  # per instance on purpose: one class, many reasons


class AmazonApiError(MarketplaceError):
    """A query that Amazon, or Rainforest in its name, gave no usable answer to; `kind` is the reason."""

    kind = "amazon_api"


class EbayApiError(MarketplaceError):
    """A query that eBay, or ScraperAPI in its name, gave no usable answer to; `kind` is the reason."""

    kind = "ebay_api"


class TransientError(MarketplaceError):
    """The call failed in a way that passes: throttled (429), server error (5xx) or network.

    Args:
        message: what happened, without any key.
        status: HTTP status, None for a network error.
        retry_after_s: seconds that the server asked to wait, if it did.
    """

    kind = "transient"

    def __init__(self, message: str, *, status: int | None = None, retry_after_s: float | None = None) -> None:
        super().__init__(message, status=status)
        self.retry_after_s = retry_after_s


class RequestRefused(MarketplaceError):
    """The provider calls the request itself invalid (HTTP 400, 404, 410); asking again cannot help."""

    kind = "request_refused"


class BadAnswer(MarketplaceError):
    """HTTP 200, but not the answer that was asked for: block page, missing array, truncated JSON."""

    kind = "bad_answer"


class AnswerNotKept(CollectionError):
    """A replay wants the answer to a call that is not kept: it was never made, gave none, or was pruned."""

    kind = "not_kept"


class StoreError(CollectionError):
    """One product could not be stored.

    Args:
        product_id: the product's id on its platform.
        message: what happened.
        kind: the word under which the failure is counted (`image_http`, `image_invalid`, …).
        status: HTTP status of the image host's answer, if there was one.
    """

    def __init__(self, product_id: str, message: str, *, kind: str = "store_error", status: int | None = None) -> None:
        super().__init__(message)
        self.product_id = product_id
        self.kind = kind  # type: ignore[misc]  # per instance on purpose: one class, many reasons
        self.status = status


class StartInterrupted(Exception):
    """Somebody asked to stop while something was still being waited for. No error, and so none of the tree's."""
