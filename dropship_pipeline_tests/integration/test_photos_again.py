"""What a replay makes of pictures that are known: they are compared before a listing is written; none is fetched."""

from collections.abc import Sequence

import pytest
from sqlalchemy import insert

from dropship_pipeline.collection.sellers.replay import PhotosAgain
from dropship_pipeline.jobs.settings import SellersSettings
from dropship_pipeline.matching.photos.photo import PHOTO_VERSION, amazon_photo, photo_hash
from dropship_pipeline.models import Band, Listing, Match, utc_now
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import match_labels, orgs
from dropship_pipeline.storage.sellers.photos import KeptPhoto, save_photo
from dropship_pipeline.storage.sellers.values import FoundListing
from dropship_pipeline_tests.photo_set.shots import draw_shots

AMAZON, OWN, GONE, UNSEEN = (f"https://pictures.example/{name}.jpg" for name in ("amazon", "own", "gone", "unseen"))
PROBABILITY = {"accept": 0.9, "review": 0.6, "reject": 0.1}


@pytest.fixture
def known(database: Database) -> Database:
    """Amazon's picture, which sellers show, too; a seller's own; one that could not be had."""
    first, other = (shot.image for shot in draw_shots(range(201, 203)) if shot.member == 0)
    kept = {
        AMAZON: KeptPhoto(phash=photo_hash(first), frames=amazon_photo(first).packed()),
        OWN: KeptPhoto(phash=photo_hash(other)),
        GONE: KeptPhoto(refused="not_found"),
    }
    for url, photo in kept.items():
        save_photo(database, url, photo, PHOTO_VERSION)
    return database


def found(item_id: str, picture: str | None, band: Band = "review", asin: str = "A1") -> FoundListing:
    return FoundListing(
        asin=asin, position=1, amazon_price=None, unverified=(), seen_at=utc_now(),
        listing=Listing(
            platform="ebay", product_id=item_id, title="Lamp", url=f"https://shop.example/{item_id}", image_url=picture
        ),
        match=Match(PROBABILITY[band], band, (), "1"),
    )  # fmt: skip


def judged(database: Database, *listings: FoundListing, **settings: str) -> dict[str, tuple[str | None, str]]:
    again = PhotosAgain(database, "default", SellersSettings.model_validate(settings))
    return bands(again.judge(listings, {"A1": AMAZON, "A2": None}))


def bands(listings: Sequence[FoundListing]) -> dict[str, tuple[str | None, str]]:
    """What each listing's picture is, and the band that its judgement came to."""
    return {one.listing.product_id: (one.photo_band, one.match.band) for one in listings if one.match}


def say(database: Database, item_id: str, *, is_match: bool | None, org: str = "default") -> None:
    with database.begin() as connection:
        row = {"org_id": org, "platform": "ebay", "asin": "A1", "item_id": item_id, "is_match": is_match}
        connection.execute(insert(match_labels).values(**row, listing_title="Lamp", changed_at=utc_now()))


def test_listings_are_judged_with_their_pictures_and_keep_their_order(known: Database) -> None:
    again = PhotosAgain(known, "default", SellersSettings())
    listings = [found("own", OWN), found("copy", AMAZON), found("bare", None), found("gone", GONE)]
    with_photos = again.judge(listings, {"A1": AMAZON})
    assert [one.listing for one in with_photos] == [one.listing for one in listings]
    assert bands(with_photos) == {
        "own": ("other", "review"), "copy": ("same", "accept"), "bare": ("unknown", "review"),
        "gone": ("unknown", "review"),
    }  # fmt: skip
    assert [one.photo_distance for one in with_photos][1] == 0
    copied = with_photos[1].match
    assert copied is not None
    assert copied.probability == pytest.approx(1.8 / 2.2)  # 0.6 with three times the odds
    assert [reason.sentence for reason in copied.reasons] == ["Amazon's photo."]


def test_a_listing_whose_picture_nobody_has_read_stays_without_a_photo(known: Database) -> None:
    assert judged(known, found("new", UNSEEN)) == {"new": (None, "review")}


def test_a_product_without_a_picture_leaves_its_listings_unknown(known: Database) -> None:
    assert judged(known, found("copy", AMAZON, asin="A2")) == {"copy": ("unknown", "review")}


def test_only_listings_in_the_bands_of_the_settings_are_compared(known: Database) -> None:
    listings = [found("a", AMAZON, "accept"), found("b", AMAZON, "review"), found("c", AMAZON, "reject")]
    compared = {
        setting: {name for name, (photo, _) in judged(known, *listings, photos=setting).items() if photo}
        for setting in ("off", "review", "accepted_and_review", "all")
    }
    assert compared == {
        "off": set(), "review": {"b"}, "accepted_and_review": {"a", "b"}, "all": {"a", "b", "c"},
    }  # fmt: skip


def test_a_persons_word_decides_whether_a_listing_is_compared(known: Database) -> None:
    with known.begin() as connection:
        connection.execute(insert(orgs).values(id="other"))
    say(known, "yes", is_match=True)
    say(known, "no", is_match=False)
    say(known, "taken back", is_match=None)
    say(known, "of others", is_match=True, org="other")
    listings = [
        found("yes", OWN, "reject"), found("no", OWN, "accept"), found("taken back", OWN, "reject"),
        found("of others", OWN, "reject"),
    ]  # fmt: skip
    assert judged(known, *listings) == {
        "yes": ("other", "reject"), "no": (None, "accept"), "taken back": (None, "reject"),
        "of others": (None, "reject"),
    }  # fmt: skip


def test_a_search_without_listings_is_judged(known: Database) -> None:
    assert judged(known) == {}
