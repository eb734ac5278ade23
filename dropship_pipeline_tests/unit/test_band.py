"""What counts of a listing is defined in one place; a query that reads the matcher's own band would forget people."""

from pathlib import Path

import dropship_pipeline

PACKAGE = Path(dropship_pipeline.__file__).parent
# Where the matcher's own band is declared, written, shown beside what counts, and made into what counts.
MAY_NAME_IT = {
    "storage/database/tables/sellers.py",
    "storage/sellers/listing_rows.py",
    "storage/sellers/evidence.py",
    "storage/database/tables/judged.py",
    # The photo is part of the matcher's own judgement.
    "storage/sellers/photos.py",
}


def test_no_query_reads_the_matcher_s_band_past_what_people_say() -> None:
    named = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if "match_band" in path.read_text(encoding="utf-8") and path.parent.name != "versions"
    }
    assert named == MAY_NAME_IT
