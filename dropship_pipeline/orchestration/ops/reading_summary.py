"""Sums up how well a run's answers could be read: numbers for the metadata, and whether the run can be trusted."""

from collections.abc import Iterable, Mapping

from dropship_pipeline.storage.runs.readings import JobReading

# Above this share of failed or partly read queries, or of lost products, what a run did not find says nothing about
# the market.
DEGRADED_SHARE = 0.2


def reading_numbers(reading: JobReading) -> Mapping[str, int]:
    """The numbers of one platform's answers; reasons and notices only where there were any."""
    return {
        "read_in_part": reading.in_part,
        **({"without_seller": reading.without_seller} if reading.platform == "ebay" else {}),
        "rows": reading.reading.rows,
        "rows_without_price": reading.reading.without_price,
        **{f"skipped_{reason}": number for reason, number in sorted(reading.reading.skipped.items())},
        **{f"notices_{kind}": number for kind, number in sorted(reading.reading.notices.items())},
    }


def read_too_little(readings: Iterable[JobReading]) -> str | None:
    """Why a run is degraded for what could not be read, in one sentence; None where enough was read.

    A search that failed and one that was read in part each count once: both say nothing about what they do not show.
    """
    for reading in readings:
        if reading.in_part and reading.in_part + reading.failed > DEGRADED_SHARE * reading.number:
            failed = f", and {reading.failed} failed" if reading.failed else ""
            return (
                f"{reading.in_part} of {reading.number} {reading.name} were read in part{failed}, so what was not "
                f"found says nothing ({reading.sentence})"
            )
    return None


def names_too_few(readings: Iterable[JobReading]) -> str | None:
    """Why a search for sellers is degraded where pages name none, in one sentence; None where enough do."""
    for reading in readings:
        if reading.without_seller > DEGRADED_SHARE * reading.number:
            return (
                f"{reading.without_seller} of {reading.number} {reading.name} have a page on which no listing names "
                "its seller, so sellers are missing"
            )
    return None
