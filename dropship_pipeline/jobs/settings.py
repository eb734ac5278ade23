"""The settings of each job: what a person chooses for a run, each with its default, limits and description.

Launchpad, REST API, OpenAPI document, config file, forecast and form read them from here. No Dagster and no SQL; what
the environment sets (keys, addresses, quotas) is in `dropship_pipeline.settings`.
"""

import unicodedata
from collections import Counter
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    StringConstraints,
    ValidationError,
    model_validator,
)

from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.jobs.sentences import RULES, in_plain_words, sentence_error
from dropship_pipeline.models import Band, Platform

# More than these only repeat each other.
PROBLEMS_NAMED = 20
(_JOB_ID,) = RULES

# A price band that reaches those who buy at Amazon's price and earn; the form offers it beside the default.
WIDE_BAND = (0.80, 1.60)


def on_one_line(value: object) -> object:
    """Text as it is searched for: white space and control characters are single spaces, what has no width is gone.

    Args:
        value: text as it was typed or pasted; anything else is returned as it is.
    """
    if not isinstance(value, str):
        return value
    # Cc: control characters; Cf: zero-width ones; Cs: halves of a character, which cannot be encoded.
    kinds = ((sign, unicodedata.category(sign)) for sign in value)
    return " ".join("".join(" " if kind == "Cc" else sign for sign, kind in kinds if kind not in ("Cf", "Cs")).split())


# A job id becomes part of S3 keys.
JobId = Annotated[str, StringConstraints(pattern=_JOB_ID)]
Query = Annotated[str, StringConstraints(min_length=1, max_length=300), BeforeValidator(on_one_line)]
Category = Annotated[str, StringConstraints(min_length=1, max_length=500), BeforeValidator(on_one_line)]


class JobSettings(BaseModel):
    """What every job can be told."""

    # Strict: a number in quotes, or a switch written as a number, is rather a mistake than a wish.
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    job_id: JobId | None = Field(
        default=None,
        title="Job id",
        description="Runs with the same job id resume each other and pay for nothing twice. Empty: a new job",
    )
    wait_seconds: int = Field(
        default=900,
        ge=0,
        le=24 * 3600,
        title="Wait, seconds",
        description="How long to wait for another run of the org to end, in seconds",
    )

    @model_validator(mode="wrap")
    @classmethod
    def _explain(cls, values: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(values)
        except ValidationError as error:
            problems = [in_plain_words(cls.model_fields, problem) for problem in error.errors(include_url=False)]
            raise ValidationError.from_exception_data(cls.__name__, problems) from None

    @classmethod
    def checked(cls, values: object) -> Self:
        """Settings from values that a person wrote.

        Raises:
            RequestInvalid: names each setting, what is wrong with it and what is allowed.
        """
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise RequestInvalid(explained(error)) from None

    @classmethod
    def checked_each(cls, values: object, problems: dict[str, str]) -> Self | None:
        """Settings from values that a person wrote, each with its own complaint; None where there is one.

        Args:
            values: by name.
            problems: takes what is wrong, by the name of the setting, beside what is known already. A sentence about
                several settings stands at the first that it names.
        """
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            for problem in error.errors(include_url=False, include_input=False):
                named = (name for name in cls.model_fields if name in problem["msg"])
                name = str(problem["loc"][0]) if problem["loc"] else next(named, "")
                problems.setdefault(name, problem["msg"])
            return None

    @property
    def total(self) -> int:
        """How much there is to do, 0 where that shows only as it is done."""
        return 0

    def asked_once(self) -> Self:
        """The settings without what would be asked for twice."""
        return self


class ProductsSettings(JobSettings):
    """Settings of `collect_and_store`: products of both marketplaces for search terms."""

    queries: list[Query] = Field(
        default=["desk lamp", "yoga mat"],
        max_length=1_000,
        title="Search terms, one a line",
        description="Search terms, asked in this order; equal ones once",
    )
    top_amz: int = Field(
        default=5, ge=0, le=1_000, title="Amazon products each", description="Amazon products per query"
    )
    top_ebay: int = Field(default=5, ge=0, le=1_000, title="eBay products each", description="eBay products per query")
    storage_window: int = Field(
        default=1,
        ge=1,
        le=64,
        title="Products stored at once",
        description="Products that a worker stores at once. 1: nothing in a worker happens at the same time",
    )
    throttle_seconds: float = Field(
        default=0,
        ge=0,
        le=3_600,
        allow_inf_nan=False,
        title="Pause, seconds",
        description="Pause between two queries of a worker, in seconds",
    )

    @property
    def total(self) -> int:
        """Each query is asked on both platforms."""
        return 2 * len(self.asked_once().queries)

    def asked_once(self) -> Self:
        """The settings with the first of equal queries only; white space and case make no difference."""
        first = {query.casefold(): query for query in reversed(self.queries)}
        in_order = sorted(first.values(), key=self.queries.index)
        return self.model_copy(update={"queries": in_order})

    @property
    def repeated_queries(self) -> list[str]:
        """The queries that `asked_once` leaves out."""
        return list((Counter(self.queries) - Counter(self.asked_once().queries)).elements())

    def top_k(self, platform: Platform) -> int:
        """At most so many products a query."""
        return self.top_amz if platform == "amazon" else self.top_ebay


class ReplaySettings(JobSettings):
    """Settings of `replay_collection`: which collection is judged again from its kept answers."""

    replayed_job_id: Annotated[str, StringConstraints(min_length=1, max_length=100)] = Field(
        title="Collection",
        description="Job id of the run of collect_sellers whose kept answers are read and judged again",
    )


class SellersSettings(JobSettings):
    """Settings of `collect_sellers`: who sells Amazon's best-selling products on eBay."""

    categories: list[Category] = Field(
        default=[],
        max_length=500,
        title="Best-seller categories",
        description="Best-seller lists by id, name or address; empty for all of the marketplace's top level",
    )
    max_products: int = Field(
        default=100, ge=0, le=50_000, title="Products at most", description="Distinct products to search for"
    )
    # A best-seller list has 100 ranks.
    pages_per_category: int = Field(default=2, ge=1, le=2, title="Pages a category", description="Pages of 50 products")
    price_low: float = Field(
        default=0.80,
        ge=0,
        le=10,
        allow_inf_nan=False,
        title="Price from, × Amazon's",
        description="Lower end of the price band, as a factor of the Amazon price",
    )
    price_high: float = Field(
        default=1.20,
        ge=0,
        le=10,
        allow_inf_nan=False,
        title="Price to, × Amazon's",
        description="Upper end of the price band",
    )
    accept_from: float = Field(
        default=0.685,
        ge=0.05,
        le=1,
        allow_inf_nan=False,
        title="Accept from probability",
        description="Least probability at which a listing counts as the product",
    )
    review_from: float = Field(
        default=0.05,
        ge=0.01,
        le=1,
        allow_inf_nan=False,
        title="Review from probability",
        description="Least probability at which a listing is left to a person; below it is rejected",
    )
    max_credits: int | None = Field(
        default=None,
        ge=0,
        le=10_000_000,
        title="Budget, credits",
        description="Budget of the job in credits, over all its runs",
    )
    shorter_search: bool = Field(
        default=False,
        title="Shorter search",
        description="Try a title that finds nothing again with fewer words; costs one more call",
    )
    photos: Literal["off", "review", "accepted_and_review", "all"] = Field(
        default="accepted_and_review",
        title="Compare photos of",
        description="Of which listings the picture is compared with Amazon's, by how they were judged; free of credits",
    )
    keep_photos: bool = Field(
        default=False, title="Keep the photos", description="Store the pictures that are compared, not their hash alone"
    )

    @model_validator(mode="after")
    def _ends_are_in_order(self) -> Self:
        if self.price_low > self.price_high:
            raise sentence_error(
                f"price_low is {self.price_low:g} and price_high is {self.price_high:g}; write the lower factor first"
            )
        if self.review_from > self.accept_from:
            raise sentence_error(
                f"review_from is {self.review_from:g} and accept_from is {self.accept_from:g}; write the lower "
                "probability for review_from"
            )
        return self

    def asked_once(self) -> Self:
        """The settings with each category once."""
        return self.model_copy(update={"categories": list(dict.fromkeys(self.categories))})

    @property
    def photo_bands(self) -> tuple[Band, ...]:
        """Of listings in which bands the pictures are compared."""
        bands: dict[str, tuple[Band, ...]] = {
            "off": (), "review": ("review",), "accepted_and_review": ("accept", "review"),
            "all": ("accept", "review", "reject"),
        }  # fmt: skip
        return bands[self.photos]

    @property
    def band(self) -> tuple[Decimal, Decimal]:
        """Both factors of the price band, exactly as they are written: 0.8 is four fifths."""
        return Decimal(str(self.price_low)), Decimal(str(self.price_high))


def explained(error: ValidationError) -> str:
    """What does not fit, in one line."""
    problems = error.errors(include_url=False, include_input=False)
    return "; ".join(problem["msg"] for problem in problems[:PROBLEMS_NAMED])
