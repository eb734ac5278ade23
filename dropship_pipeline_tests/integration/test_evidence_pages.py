"""From a seller's page to the raw answer in two clicks, in a real browser; no answer, however hostile, does harm."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update

from dropship_pipeline.collection.sellers.scoring import score_sellers
from dropship_pipeline.models import ApiAnswer, ApiRequest
from dropship_pipeline.settings import Settings
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.migrate import upgrade
from dropship_pipeline.storage.database.tables import api_calls
from dropship_pipeline.storage.images.store import put_image
from dropship_pipeline.storage.ledger import JobLedger
from dropship_pipeline.storage.objects import ObjectStore, object_store
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline.storage.sellers.listing import SellerList
from dropship_pipeline.storage.tokens import Tokens
from dropship_pipeline_tests.admin_server import admin_server
from dropship_pipeline_tests.browser import browser, hurdles, log_in, needs_chromium, open_page
from dropship_pipeline_tests.conftest import LocalServers
from dropship_pipeline_tests.image_host import picture
from dropship_pipeline_tests.integration.cli_runner import add_run, add_seller
from dropship_pipeline_tests.integration.found_rows import add_image, add_job_product, add_listing, add_seen_seller

pytestmark = needs_chromium
SCRIPT = "</script></mark></pre><script>window.hit = 1</script><img src=x onerror='window.hit = 1'>"
RTL = "\u202egpj.eulb\u202c מנורה \u2066end"


@dataclass(frozen=True)
class Planted:
    """A listing with the answer in which it was found; no answer where its call was not noted."""

    band: str
    answer: bytes | None
    pruned: bool = False


def page_of(item: str, words: str, around: int = 3_000) -> bytes:
    """A search page in which a card names the listing between two others."""
    others = "".join(
        f"<li class='s-item'><a href='https://www.ebay.com/itm/{number}'>Another {number}</a></li>"
        for number in (800_000_000_001, 800_000_000_002)
    )
    filler = "<p>filler</p>" * (around // 13)
    card = f"<li class='s-item'><a href='https://www.ebay.com/itm/{item}'>{words}</a></li>"
    return f"<html>{filler}<ul>{others[: len(others) // 2]}{card}{others[len(others) // 2 :]}</ul>{filler}".encode()


NEVER_CLOSED = b"<li class=s-item><a href=/itm/900000000004>" + b"<li x='never closed" * 170_000
PLANTED = {
    "900000000001": Planted("accept", page_of("900000000001", "Oak lamp, warm")),
    "900000000002": Planted("review", page_of("900000000002", SCRIPT)),
    "900000000003": Planted("reject", page_of("900000000003", RTL)),
    "900000000004": Planted(
        "accept", b"<li class=s-item><a href=/itm/900000000004>" + b"<li x='never closed" * 170_000
    ),
    "900000000005": Planted("accept", bytes(range(256)) * 20),
    "900000000006": Planted("accept", b"gone", pruned=True),
    "900000000007": Planted("accept", None),
    "900000000008": Planted("accept", page_of("800000000009", "Somebody else's")),
}
REASONS = [
    {"name": "colour", "effect": "bars", "sentence": "Another colour: black, not oak."},
    {"name": "brand", "effect": "supports", "sentence": "The same brand: Nordhaven."},
]


class Served:
    """The admin page over one seller with these listings."""

    def __init__(self, url: str, database: Database, objects: ObjectStore) -> None:
        self.url = url
        self.database = database
        self.tokens = Tokens(database)
        self.seller_id = add_seller(database, "lamps")
        run_id = add_run(RunRecords(database, "default"), "d1", status="completed")
        add_seen_seller(database, self.seller_id, runs=[run_id])
        stored = put_image(objects, picture())
        add_image(database, "https://i.ebayimg.com/a.jpg", stored.sha256, stored.key)
        for number, (item, planted) in enumerate(PLANTED.items(), start=1):
            request = ApiRequest("scraperapi", "/", {"url": f"https://www.ebay.com/sch/i.html?_nkw=lamp+{number}"})
            add_job_product(database, f"A{number}", image_url="https://i.ebayimg.com/a.jpg")
            add_listing(
                database, run_id, self.seller_id, f"A{number}", item_id=item, match_band=planted.band,
                match_probability=0.93, match_reasons=REASONS, matcher_version="1.3", photo_band="same",
                photo_distance=1, image_url="https://i.ebayimg.com/a.jpg",
                call_fingerprint=None if planted.answer is None else request.fingerprint,
            )  # fmt: skip
            if planted.answer is not None:
                asyncio.run(_keep(database, objects, run_id, request, planted))
        score_sellers(database, "default", "job", Settings())

    def token(self, name: str, *permissions: str) -> str:
        return self.tokens.create(name, permissions or ("admin.*",), org="default").secret.get_secret_value()

    def numbers(self) -> tuple[int, int, int]:
        (row,) = SellerList(self.database, "default").page().rows
        return row.accepted, row.in_review, row.rejected


async def _keep(database: Database, objects: ObjectStore, run_id: int, request: ApiRequest, planted: Planted) -> None:
    ledger = JobLedger(database, objects, org_id="default", job_id="job", run_id=run_id)
    await ledger.reserve(request, 5)
    await ledger.settle(request, ApiAnswer(200, {}, planted.answer or b""), credits=10, attempts=2)
    if planted.pruned:
        with database.begin() as connection:
            call = api_calls.c
            connection.execute(update(api_calls).where(call.fingerprint == request.fingerprint).values(raw_key=None))


@pytest.fixture(scope="module")
def served(stack: LocalServers) -> Iterator[Served]:
    url = stack.create_database("evidence_pages")
    upgrade(url)
    stack.create_bucket("evidencepages")
    environment = {
        "DROPSHIP_DATABASE_URL": url, "DROPSHIP_S3_ENDPOINT_URL": stack.s3_endpoint_url,
        "DROPSHIP_S3_BUCKET": "evidencepages", "AWS_ACCESS_KEY_ID": stack.s3_access_key,
        "AWS_SECRET_ACCESS_KEY": stack.s3_secret_key, "DROPSHIP_DAGSTER_URL": "http://127.0.0.1:9",
        "DROPSHIP_SANDBOX_URL": "http://127.0.0.1:9", "DROPSHIP_HOME": str(stack.home.path / "evidence-pages"),
    }  # fmt: skip
    settings: dict[str, Any] = {**environment, "_env_file": None}
    with (
        closing(Database(url)) as database,
        closing(object_store(Settings(**settings))) as objects,
        admin_server(environment, stack.home.path / "evidence-pages.log") as (_, address),
    ):
        yield Served(address, database, objects)
    stack.drop_database("evidence_pages")


@pytest.fixture(scope="module")
def chromium(served: Served) -> Iterator[Browser]:
    with browser() as opened:
        yield opened


@pytest.fixture
def page(chromium: Browser, served: Served) -> Iterator[Page]:
    """A fresh browser on the seller's page."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    opened = context.new_page()
    log_in(opened, served.url, served.token("anna"))
    open_page(opened, f"{served.url}/sellers/{served.seller_id}")
    opened.locator("article").first.wait_for()
    yield opened
    context.close()


def click_to_answer(page: Page, item: str) -> None:
    """The two clicks."""
    page.get_by_role("article", name=f"Listing {item}").get_by_role("link", name="Why").click()
    page.get_by_role("link", name="Raw answer").click()
    page.get_by_role("heading", name="Raw answer").wait_for()


def test_each_pair_shows_its_band_its_reasons_as_chips_both_pictures_and_the_photo_verdict(page: Page) -> None:
    pairs = page.locator("article")
    expect(pairs).to_have_count(len(PLANTED))
    words = {"accept": "Accepted, 93%", "review": "In review, 93%", "reject": "Rejected, 93%"}
    for item, planted in PLANTED.items():
        pair = page.get_by_role("article", name=f"Listing {item}")
        expect(pair.get_by_text(words[planted.band], exact=True)).to_be_visible()
        assert pair.locator(".chip").all_inner_texts() == [reason["sentence"] for reason in REASONS]
        expect(pair.get_by_text("Amazon's own photo")).to_be_visible()
        assert pair.locator("img").count() == 2
        for shown in pair.locator("img").all():
            shown.scroll_into_view_if_needed()
            page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=shown.element_handle())


def test_two_clicks_lead_to_the_raw_answer_with_the_card_marked_and_all_of_it_to_save(page: Page) -> None:
    item = "900000000001"
    page.get_by_role("article", name=f"Listing {item}").get_by_role("link", name="Why").click()
    search = page.get_by_role("region", name="Search")
    expect(search).to_contain_text("lamp 1")
    expect(page.get_by_role("region", name="Paid call")).to_contain_text("10 credits")
    page.get_by_role("link", name="Raw answer").click()
    mark = page.locator("pre mark")
    expect(mark).to_be_visible()
    assert mark.inner_text() == f"<li class='s-item'><a href='https://www.ebay.com/itm/{item}'>Oak lamp, warm</a></li>"
    whole = PLANTED[item].answer
    assert whole is not None
    assert page.locator("pre").inner_text() == whole.decode()
    with page.expect_download() as saved:
        page.get_by_role("link", name="Save the whole answer").click()
    assert saved.value.path().read_bytes() == whole


def test_a_page_that_tries_to_run_a_script_is_text_and_stays_text(page: Page) -> None:
    click_to_answer(page, "900000000002")
    assert SCRIPT in page.locator("pre mark").inner_text()
    page.wait_for_timeout(300)
    assert page.evaluate("window.hit") is None
    assert page.locator("pre img, pre script").count() == 0


def test_characters_that_turn_the_direction_of_text_are_shown_as_their_numbers(page: Page) -> None:
    click_to_answer(page, "900000000003")
    text = page.locator("pre mark").inner_text()
    assert "⟨U+202E⟩gpj.eulb⟨U+202C⟩ מנורה ⟨U+2066⟩end" in text
    expect(page.get_by_text("are written as their numbers, such as ⟨U+202E⟩: 3 here.")).to_be_visible()
    assert page.locator("pre").evaluate("one => getComputedStyle(one).unicodeBidi") == "isolate-override"


def test_a_page_of_three_megabytes_is_cut_and_says_by_how_much(page: Page) -> None:
    click_to_answer(page, "900000000004")
    assert len(page.locator("pre").inner_text()) < 50_000
    expect(page.get_by_text("left out").first).to_be_visible()


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ("900000000005", "This answer is no text"),
        ("900000000006", "it was pruned"),
        ("900000000007", "did not note the call"),
        ("900000000008", "does not name listing 900000000008"),
    ],
)
def test_what_cannot_be_shown_is_said(page: Page, item: str, said: str) -> None:
    click_to_answer(page, item)
    expect(page.get_by_text(said)).to_be_visible()
    assert page.locator("pre mark").count() == 0


def test_an_address_of_a_listing_that_there_is_not_says_so(page: Page, served: Served) -> None:
    for path in ("matches/A1/1", "matches/A9/900000000001", "matches/A1/%00/answer", "matches/A1/1/answer?job_id=x"):
        open_page(page, f"{served.url}/sellers/{served.seller_id}/{path}")
        expect(page.get_by_text("There is nothing here")).to_be_visible()


def test_a_word_is_said_by_button_shown_with_its_name_counted_at_once_and_taken_back(
    page: Page, chromium: Browser, served: Served
) -> None:
    before = served.numbers()
    pair = page.get_by_role("article", name="Listing 900000000003")
    pair.get_by_role("button", name="Match", exact=True).click()
    expect(pair.get_by_text("You say: match")).to_be_visible()
    expect(pair.get_by_text("The matcher: Rejected, 93%")).to_be_visible()
    expect(
        page.get_by_text(f"{before[0] + 1} accepted, {before[1]} in review, {before[2] - 1} rejected")
    ).to_be_visible()
    assert served.numbers() == (before[0] + 1, before[1], before[2] - 1)
    context = chromium.new_context()
    other = context.new_page()
    log_in(other, served.url, served.token("bo", "collection.read"))
    open_page(other, f"{served.url}/sellers/{served.seller_id}")
    theirs = other.get_by_role("article", name="Listing 900000000003")
    expect(theirs.get_by_text("anna says: match,")).to_be_visible()
    assert other.get_by_role("button", name="Match", exact=True).count() == 0
    context.close()
    pair.get_by_role("button", name="Match", exact=True).click()
    expect(pair.get_by_text("You say")).to_have_count(0)
    assert served.numbers() == before


@pytest.mark.parametrize("width", [1280, 390])
def test_pages_of_a_match_fit_and_have_no_moderate_or_serious_hurdle(
    chromium: Browser, served: Served, width: int
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    log_in(page, served.url, served.token("reader"))
    match = f"sellers/{served.seller_id}/matches/A2/900000000002"
    for path in (f"sellers/{served.seller_id}", match, f"{match}/answer"):
        open_page(page, f"{served.url}/{path}")
        assert hurdles(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    context.close()
