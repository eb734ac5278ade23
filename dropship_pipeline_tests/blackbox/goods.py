"""What the test marketplace sells: each row as it goes over the wire, beside what must be stored of it.

The rows are odd in the ways that the services are; each oddity is said where it stands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dropship_pipeline_tests.blackbox.market import Answer, Platform, Script
from dropship_pipeline_tests.blackbox.wire import picture, rainforest, structured


@dataclass(frozen=True)
class Kept:
    """A product row as it must be stored. `image` is the picture's bytes."""

    title: str
    cents: int | None
    currency: str | None
    url: str
    image: bytes | None
    condition: str | None = None
    shipping_cents: int | None = None
    seller: str | None = None


TEAL, RUST, GOLD, PLUM = picture("teal"), picture("brown", "PNG"), picture("gold", "WEBP"), picture("plum", "GIF")
NAVY, OLIVE = picture("navy"), picture("olive", size=(900, 700))

# The served path, exactly as it is written in the rows; the media host's own oddities are in it.
IMAGES: Mapping[str, Answer] = {
    "/images/I/71SIMaaaaaL._AC_UL300_SR300,200_.jpg": Answer(TEAL, headers={"Content-Type": "image/jpeg"}),
    "/images/I/61SIM%2BbbbL._AC_UY218_.jpg": Answer(RUST, headers={"Content-Type": "image/jpeg"}),  # it is a PNG
    "/images/I/61SIM+cccL._AC_UY218_.jpg": Answer(GOLD, headers={"Content-Type": "image/webp"}),
    "/images/I/51SIMdddddL.gif": Answer(PLUM, headers={"Content-Type": "binary/octet-stream"}),
    "/images/I/moved.jpg": Answer(status=302, headers={"Location": "/images/I/81SIMeeeeeL.jpg"}),
    "/images/I/81SIMeeeeeL.jpg": Answer(NAVY, headers={"Content-Type": "image/jpeg"}),
    "/images/g/SIMAAOSw0001/s-l500.webp": Answer(OLIVE, headers={"Content-Type": "image/webp"}),  # it is a JPEG
    "/images/g/SIMAAOSw0002/s-l500.jpg": Answer(TEAL, headers={"Content-Type": "image/jpeg"}),  # as on Amazon
}  # fmt: skip


def amazon_row(asin: str, title: str, **fields: Any) -> dict[str, Any]:
    """A search row with what every row has."""
    link = f"https://www.amazon.com/Some-Title/dp/{asin}/ref=sr_1_1/000-0000000-0000000?keywords=x&psc=1"
    return {"position": 1, "title": title, "asin": asin, "link": link, "is_prime": True, "sponsored": False, **fields}


def price(value: float, raw: str, currency: str = "USD", symbol: str = "$") -> dict[str, Any]:
    """A price as Rainforest writes it; whole amounts are integers."""
    return {"symbol": symbol, "value": value, "currency": currency, "raw": raw}


def usd(value: float) -> dict[str, Any]:
    """A price as ScraperAPI writes it."""
    return {"value": value, "currency": "USD"}


def ebay_row(item: int, title: str, **fields: Any) -> dict[str, Any]:
    """A structured row with what every row has."""
    return {
        "product_title": title, "product_url": f"https://www.ebay.com/itm/{item}?_skw=x&hash=item{item}:g:Sim&amdata=e",
        "condition": "Brand New", **fields,
    }  # fmt: skip


def amazon_kept(asin: str, title: str, cents: int | None, image: bytes | None, currency: str = "USD") -> Kept:
    return Kept(title, cents, currency if cents is not None else None, f"https://www.amazon.com/dp/{asin}", image)


def ebay_kept(item: int, title: str, cents: int | None, image: bytes | None, **more: Any) -> Kept:
    url = f"https://www.ebay.com/itm/{item}"
    return Kept(title, cents, "USD" if cents is not None else None, url, image, **{"condition": "Brand New", **more})


def amazon_pages(at: str) -> dict[str, Sequence[Answer]]:
    """Query → the pages behind it; `at` is the address of the image host."""
    can_image = f"{at}/images/I/71SIMaaaaaL._AC_UL300_SR300,200_.jpg"
    can = amazon_row("B0SIM00001", "Copper Watering Can, 2 L", price=price(24, "$24.00"), image=can_image, rating=5)
    return {
        "copper can": [
            rainforest([
                can,
                amazon_row("B0SIM00002", "Can “Größe L” – 1 m²", price=price(35.99, "$35.99"), sponsored=True,
                           image=f"{at}/images/I/61SIM%2BbbbL._AC_UY218_.jpg", rating=4.6, ratings_total=3),
                {**can, "position": 3, "sponsored": True},                                  # the same ASIN, as an ad
                amazon_row("B0SIM00003", "Can without an offer", image=f"{at}/images/I/61SIM+cccL._AC_UY218_.jpg"),
                {"position": 5, "title": "A row without an ASIN", "link": "https://www.amazon.com/stores/x"},
                amazon_row("B0SIM00004", "Can with a range", price=price(10, "$10.00 - $20.00")),
            ], current_page=1, total_pages=20, total_results=380),
            rainforest([
                amazon_row("B0SIM00002", "Can “Größe L” – 1 m²", price=price(35.99, "$35.99"),
                           image=f"{at}/images/I/61SIM%2BbbbL._AC_UY218_.jpg"),              # the list has moved
                amazon_row("B0SIM00005", "Can priced in euro", price=price(1234.5, "€1.234,50", "EUR", "€"),
                           image=f"{at}/images/I/51SIMdddddL.gif"),
                amazon_row("B0SIM00006", "Can with two prices", image=f"{at}/images/I/moved.jpg", prices=[
                    {**price(0.07, "$0.07"), "name": "Primary", "is_primary": True},
                    {**price(99, "$99.00"), "name": "Original", "is_rrp": True}]),
                amazon_row("B0SIM00007", "Beyond the seven that are wanted", price=price(1, "$1.00")),
            ], credits=2, current_page="2", total_pages=20),
        ],
        "seed tray": [
            rainforest([
                can,                                                                        # also an answer to this
                amazon_row("B0SIM00008", "Seed Tray", price=price(4.1, "$4.10"),
                           image=f"{at}/images/G/01/x-locale/common/grey-pixel.gif"),
                amazon_row("B0SIM00009", "Seed Tray, odd price", price={"from": price(1, "$1"), "to": price(2, "$2")}),
            ], current_page=1, total_pages=1),
        ],
        "no pagination": [rainforest([amazon_row("B0SIM00010", "Lone Row", price=price(19.99, "$19.99"),
                                                 image=can_image)]),
                          rainforest([])],
        "nobody sells this": [rainforest([], current_page=1, total_pages=0)],
    }  # fmt: skip


# The first six of "copper can" fill a top-k of 6.
AMAZON_KEPT: Mapping[str, Kept] = {
    "B0SIM00001": amazon_kept("B0SIM00001", "Copper Watering Can, 2 L", 2400, TEAL),
    "B0SIM00002": amazon_kept("B0SIM00002", "Can “Größe L” – 1 m²", 3599, RUST),
    "B0SIM00003": amazon_kept("B0SIM00003", "Can without an offer", None, GOLD),
    "B0SIM00004": amazon_kept("B0SIM00004", "Can with a range", None, None),
    "B0SIM00005": amazon_kept("B0SIM00005", "Can priced in euro", 123450, PLUM, "EUR"),
    "B0SIM00006": amazon_kept("B0SIM00006", "Can with two prices", 7, NAVY),
    "B0SIM00008": amazon_kept("B0SIM00008", "Seed Tray", 410, None),
    "B0SIM00009": amazon_kept("B0SIM00009", "Seed Tray, odd price", None, None),
    "B0SIM00010": amazon_kept("B0SIM00010", "Lone Row", 1999, TEAL),
}


def ebay_pages(at: str) -> dict[str, Sequence[Answer]]:
    """Query → the pages behind it, in the structured format."""
    lamp = ebay_row(
        900000000001,
        "Brass Desk Lamp E27 Opens in a new window or tab",
        item_price=usd(39.5),
        image=f"{at}/images/g/SIMAAOSw0001/s-l500.webp",
        shipping_cost="Free delivery",
        extra_info="Buy It Now",
        seller_name="sim_lamps_co",
        seller_rating=99.1,
        seller_rating_count="4.2K",
    )
    return {
        "copper can": [
            structured([
                {"product_title": "Shop on eBay", "product_url": "https://ebay.com/itm/123456?hash=x"},
                lamp,
                ebay_row(900000000002, "Lamp, choose colour", item_price={"from": usd(12.25), "to": usd(30)},
                         image=f"{at}/images/g/SIMAAOSw0002/s-l500.jpg", shipping_cost=4.99,
                         seller_name="sim.second-seller", seller_rating="97.4", seller_rating_count="88"),
                {**lamp, "product_url": "https://www.ebay.com/itm/brass-desk-lamp/900000000001?var=0&_trkparms=y"},
                ebay_row(900000000003, "Lamp without price or seller", image=None),
                ebay_row(900000000004, "", item_price=usd(5)),
                ebay_row(900000000005, "Many listings in one row " * 9, item_price=usd(10**38)),
                ["a list where an object is expected"],
            ], next_pages=["https://www.ebay.com/sch/i.html?_nkw=copper+can&_pgn=2"]),
            structured([
                ebay_row(900000000006, "Lamp, whole dollars", item_price=usd(30), shipping_cost="+$4.50 delivery",
                         condition="Open Box", seller_name="SIM_Lamps_Co", seller_rating="99.1%",
                         seller_rating_count="1,204"),
                ebay_row(900000000007, "Lamp with a smeared currency", shipping_cost=0, seller_name="third",
                         item_price={"value": 8, "currency": "US $or Best Offer"}, free_returns="Free returns"),
            ], next_pages=[]),
        ],
        "seed tray": [Answer(b'[{"product_title": "Tray in the older, bare format", "condition": "Brand New", '
                             b'"product_url": "https://www.ebay.com/itm/900000000008", '
                             b'"item_price": {"value": 1999.99, "currency": "USD"}, "shipping_cost": "0"}]',
                             headers={"Content-Type": "application/json", "sa-credit-cost": "5"}, credits=5),
                      structured([])],
        "no pagination": [structured([ebay_row(900000000009, "Tray & Lid", item_price=usd(0.5))], next_pages=[])],
        "nobody sells this": [structured([], next_pages=[])],
    }  # fmt: skip


EBAY_KEPT: Mapping[str, Kept] = {
    "900000000001": ebay_kept(900000000001, "Brass Desk Lamp E27", 3950, OLIVE, seller="sim_lamps_co",
                              shipping_cents=0),
    "900000000002": ebay_kept(900000000002, "Lamp, choose colour", None, TEAL, seller="sim.second-seller",
                              shipping_cents=499),
    "900000000003": ebay_kept(900000000003, "Lamp without price or seller", None, None),
    "900000000006": ebay_kept(900000000006, "Lamp, whole dollars", 3000, None, seller="SIM_Lamps_Co",
                              shipping_cents=450, condition="Open Box"),
    "900000000007": ebay_kept(900000000007, "Lamp with a smeared currency", None, None, seller="third",
                              shipping_cents=0),
    "900000000008": ebay_kept(900000000008, "Tray in the older, bare format", 199999, None, shipping_cents=0),
    "900000000009": ebay_kept(900000000009, "Tray & Lid", 50, None),
}  # fmt: skip
QUERIES = ("copper can", "seed tray", "no pagination", "nobody sells this")
TOP_AMZ, TOP_EBAY = 6, 10
# What is needed for six and ten products: the pages up to the last that is wanted, each once.
PAGES_NEEDED: Mapping[Platform, Sequence[tuple[str, int]]] = {
    "amazon": [("copper can", 1), ("copper can", 2), ("seed tray", 1), ("no pagination", 1), ("no pagination", 2),
               ("nobody sells this", 1)],
    "ebay": [("copper can", 1), ("copper can", 2), ("seed tray", 1), ("seed tray", 2), ("no pagination", 1),
             ("nobody sells this", 1)],
}  # fmt: skip


def served(pages: Sequence[Answer]) -> Script:
    """Answers page after page, and nothing beyond the last."""
    return lambda page, _: pages[page - 1] if page <= len(pages) else Answer(b"no such page", 400)
