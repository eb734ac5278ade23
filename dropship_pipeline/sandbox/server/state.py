"""What one running sandbox marketplace holds: catalogue, pictures, settings, faults, counts."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from dropship_pipeline.sandbox.catalogue.catalogue import Catalogue
from dropship_pipeline.sandbox.catalogue.pictures import PictureCache
from dropship_pipeline.sandbox.server.counts import Meter
from dropship_pipeline.sandbox.server.faults import TARGETS, FaultRules, Target

LatencyMs = Annotated[int, Field(ge=0, le=600_000)]
Limit = Annotated[int, Field(ge=0)] | None


class SandboxSettings(BaseModel):
    """How the sandbox behaves where no fault says otherwise.

    Args:
        api_latency_ms: every paid answer waits so long.
        image_latency_ms: every image waits so long.
        rainforest_per_minute: more requests than this within 60 s are answered 429; None is no limit.
        scraperapi_per_minute: the same for ScraperAPI.
        rainforest_max_open: more requests than this at once are answered 429; None is no limit.
        scraperapi_max_open: the same for ScraperAPI.
        markup: of the cards on the eBay search page; `mixed` writes each listing in one of the three.
        ebay_credits: what one eBay call costs.
        picture_revision: another number makes every picture another one, with another ETag.
    """

    model_config = ConfigDict(extra="forbid")

    api_latency_ms: LatencyMs = 0
    image_latency_ms: LatencyMs = 0
    rainforest_per_minute: Limit = None
    scraperapi_per_minute: Limit = None
    rainforest_max_open: Limit = None
    scraperapi_max_open: Limit = None
    markup: Literal["mixed", "s-item", "s-card", "su-item-card"] = "mixed"
    ebay_credits: Annotated[int, Field(ge=0)] = 5
    picture_revision: int = 0


@dataclass(slots=True)
class Sandbox:
    """One marketplace. Everything that requests share is here; nothing is global."""

    catalogue: Catalogue
    settings: SandboxSettings = field(default_factory=SandboxSettings)
    faults: FaultRules = field(default_factory=FaultRules)
    pictures: PictureCache = field(default_factory=PictureCache)
    meters: dict[Target, Meter] = field(default_factory=lambda: {target: Meter() for target in TARGETS})
