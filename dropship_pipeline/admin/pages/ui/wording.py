"""How pages write money, times, durations and states."""

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from dropship_pipeline.admin.pages.ui.parts import Tone
from dropship_pipeline.collection.costs import Spending
from dropship_pipeline.jobs.registry import JOBS
from dropship_pipeline.models import Band, Effect, Money, Platform, Provider, RunState
from dropship_pipeline.storage.database.cursor_pages import Count
from dropship_pipeline.storage.review.values import MatchLabel

NOTHING = "–"
_TONES: dict[RunState, Tone] = {
    "pending": "neutral",
    "running": "busy",
    "stopping": "warn",
    "completed": "good",
    "degraded": "warn",
    "failed": "bad",
    "stopped": "neutral",
}
_STATES: dict[RunState, str] = {
    "pending": "waiting",
    "running": "running",
    "stopping": "stopping",
    "completed": "completed",
    "degraded": "degraded",
    "failed": "failed",
    "stopped": "stopped",
}
PLATFORMS: dict[Platform, str] = {"amazon": "Amazon", "ebay": "eBay"}
PROVIDERS: dict[Provider, str] = {"rainforest": "Rainforest (Amazon)", "scraperapi": "ScraperAPI (eBay)"}
BANDS: dict[Band, str] = {"accept": "Accepted", "review": "In review", "reject": "Rejected"}
BAND_TONES: dict[Band, Tone] = {"accept": "good", "review": "warn", "reject": "bad"}
# What a listing's photo is to Amazon's, by the name of its band.
PHOTOS: Mapping[str, tuple[str, Tone]] = {
    "same": ("Amazon's own photo", "good"), "similar": ("A photo like Amazon's", "neutral"),
    "other": ("Another photo", "neutral"), "unknown": ("Photo not compared", "neutral"),
}  # fmt: skip
REASON_TONES: dict[Effect, Tone] = {
    "supports": "good", "neutral": "neutral", "weakens": "warn", "bars": "bad", "refutes": "bad",
}  # fmt: skip
SELLER_MATCHES: Mapping[str, str] = {
    "all": "All sellers", "accept": "With an accepted listing", "review": "At most in review",
    "reject": "Only rejected listings", "not_judged": "Not judged yet",
}  # fmt: skip
_PHASES = {
    "collecting": "Collecting",
    "amazon_fetch": "Reading best-seller lists",
    "ebay_search": "Searching eBay for sellers",
    "storing": "Storing what was found",
    "photo_evidence": "Comparing photos",
    "judging_again": "Judging kept answers again",
}
_MINUTE, _HOUR = 60, 3_600


def state_word(state: RunState) -> str:
    """A run's state as one word."""
    return _STATES[state]


def state_tone(state: RunState) -> Tone:
    """The ground on which a run's state is written."""
    return _TONES[state]


def job_name(job: str) -> str:
    """What a job does, in words."""
    return JOBS[job].title if job in JOBS else job


def phase_name(phase: str | None) -> str:
    """What a run is doing, in words."""
    if not phase:
        return "Waiting to start"
    return _PHASES.get(phase, phase.replace("_", " ").capitalize())


def number(value: float | None) -> str:
    """A number with thousands apart."""
    return NOTHING if value is None else f"{value:,}"


def credits(spent: Spending) -> str:
    """Credits of each provider side by side, `12 + 501` of Rainforest and ScraperAPI: they are not of one kind."""
    apart = [f"{spent.credits.get(provider, 0):,}" for provider in PROVIDERS]
    return " + ".join([*apart, *([f"{spent.unnamed:,}"] if spent.unnamed else [])])


def money(cents: int | None, currency: str | None, raw: str | None = None) -> str:
    """An amount in its currency; as it was written where it is not known as a number."""
    if cents is None:
        return _price_range(raw) if raw else NOTHING
    return str(Money(cents, currency or "")).rstrip()


def _price_range(raw: str) -> str:
    """A range such as `{"from": {"value": 30.19, "currency": "USD"}, "to": …}` in words; the text itself else."""
    try:
        ends = [json.loads(raw)[name] for name in ("from", "to")]
        low, high = (f"{float(end['value']):,.2f}" for end in ends)
        return f"{low} to {high} {ends[1]['currency']}"
    except (ValueError, TypeError, LookupError):
        return raw


def moved(before: int | None, now: int | None) -> str:
    """By what share a price moved: `+4.0 %`; nothing where one of the two is not known."""
    if before is None or now is None:
        return NOTHING
    if before == now:
        return "same"
    return change((now - before) / before, digits=1) if before else "from 0"


def change(share: float, *, digits: int = 0) -> str:
    """A share with its sign as percent: `+4 %`, `−5 %`; what is next to nothing is `+0 %`."""  # noqa: RUF002
    rounded = round(share, digits + 2) + 0.0  # no minus before a 0
    return f"{rounded:+.{digits}%}".replace("%", " %").replace("-", "−")  # noqa: RUF001  (a real minus sign)


def moment(value: datetime | None) -> str:
    """A time to the minute, in UTC."""
    return NOTHING if value is None else f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def day(value: datetime | None) -> str:
    """A date, in UTC."""
    return NOTHING if value is None else f"{value.astimezone(UTC):%Y-%m-%d}"


def said(label: MatchLabel, reader: str) -> str:
    """What a person says of a match: `You say: match`, `anna says: not the same, 26 Nov`."""
    words = "match" if label.is_match else "not the same"
    if label.by == reader:
        return f"You say: {words}"
    return f"{label.by} says: {words}, {label.at.astimezone(UTC):%-d %b}"


def kept(is_match: bool | None) -> str:
    """What was kept of a match just now."""
    if is_match is None:
        return "What was said of it is taken back: the matcher decides"
    return "You say: match" if is_match else "You say: not the same"


def duration(value: timedelta | float | None) -> str:
    """A length of time in its two largest units."""
    if value is None:
        return NOTHING
    seconds = math.ceil(value.total_seconds() if isinstance(value, timedelta) else value)
    if seconds < _MINUTE:
        return f"{seconds} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min {seconds % _MINUTE:02} s"
    return f"{seconds // _HOUR:,} h {seconds % _HOUR // _MINUTE:02} min"


def feedback(percent: float | None, count: int | None) -> str:
    """A seller's feedback, as far as it is known."""
    parts = [] if percent is None else [f"{percent:.1f} %"]
    if count is not None:
        parts.append(f"({count:,})")
    return " ".join(parts) or NOTHING


def counted(value: int, singular: str, plural: str | None = None) -> str:
    """`1 run`, `2 runs`."""
    return f"{value:,} {singular if value == 1 else plural or singular + 's'}"


def counted_rows(count: Count, singular: str) -> str:
    """`1 seller`, `2 sellers`, `more than 10,000 sellers`."""
    return counted(count.number, singular) if count.exact else f"more than {counted(count.number, singular)}"
