"""What keeps a listing out of the accept band, what does not, and that small changes of a title change little."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropship_pipeline.matching.compare import compare
from dropship_pipeline.matching.judge import judge
from dropship_pipeline.matching.model import shipped_model
from dropship_pipeline.matching.titles.lexicon import PHRASES
from dropship_pipeline.matching.titles.title import read_title
from dropship_pipeline.matching.values import Offer
from dropship_pipeline.models import Match, Money

PRODUCT = "Tarkvale Brimwell TB-410 Kettle 1.5 L Black"


def judged(product: str, listing: str, **listed: str) -> Match:
    price = Money(2_499, "USD")
    given = Offer(facts=read_title(listing), price=price, mpn=listed.get("mpn"), gtin=listed.get("gtin"))
    asked = Offer(facts=read_title(product), price=price, mpn="TB-410", gtin="0123456789012")
    return judge(compare(asked, given))


def test_the_same_title_is_accepted() -> None:
    match = judged(PRODUCT, PRODUCT)
    assert match.band == "accept"
    assert match.version == shipped_model().version


@pytest.mark.parametrize(
    ("name", "product", "listing"),
    [
        ("model", PRODUCT, "Tarkvale Brimwell TB-420 Kettle 1.5 L Black"),
        ("model", "Lumora Phone 12 Black", "Lumora Phone 13 Black"),
        ("capacity", "Datavolt Drive 1TB 64MB", "Datavolt Drive 3TB 64MB"),
        ("content", PRODUCT, "Tarkvale Brimwell TB-410 Kettle 1.7 L Black"),
        ("content", "Pielsana Oil 100 ml", "Pielsana Oil 1 fl oz"),
        ("size", "Trailro Men's Boots Size 10 Brown", "Trailro Men's Boots Size 8 Brown"),
        ("dimensions", "Loomridge Curtain 52 x 84 in", "Loomridge Curtain 52 x 63 in"),
        ("count", "GripPro AA Batteries 24 Count", "GripPro AA Batteries 48 Count"),
        ("pack", "Sunnybee Lip Balm 0.15 oz", "Sunnybee Lip Balm 0.15 oz (Pack of 12)"),
        ("pack", "Sunnybee Lippenbalsam 4 g", "6er Pack Sunnybee Lippenbalsam 4 g"),
        ("pack", "Brimwell Wash Mitt", "Brimwell wash mitt set of two"),
        ("pack", "Brimwell Waschhandschuh", "Brimwell Waschhandschuh 2er-Set"),
        ("number", "Brimwell Wash Mitt", "Brimwell wash mitt (pair)"),
        ("variant", "Dentora Toothpaste Fig Walnut 75 ml", "Dentora toothpaste quince thistle 75ml"),
        ("model", "Wheelor DC400 Dash Cam", "Wheelor DC400W dash cam"),
        ("edition", "Lumora Perch Cam Outdoor 2K", "Lumora Perch Cam Outdoor Mini 2K"),
        ("bundle", "Corvel Mouse CM-X", "Corvel CM-X mouse & keyboard"),
        ("year", "TaxRight 2023", "TaxRight 2022"),
        ("generation", "Lumora Buds 2nd Generation", "Lumora Buds 3rd Generation"),
        ("audience", "Trailro Men's Hiking Boots", "Trailro Women's Hiking Boots"),
        ("flavour", "Oralume Toothpaste Strawberry", "Oralume Toothpaste Mint"),
        ("colour", PRODUCT, "Tarkvale Brimwell TB-410 Kettle 1.5 L Red"),
        ("colour", "Kessel Tarkvale TB-410 schwarz", "Kessel Tarkvale TB-410 weiß"),
        ("edition", "Veltrix Sound 300 Soundbar", "Veltrix Sound 300 Pro Soundbar"),
        ("thing", "Vlopsa Folding Camp Chair Navy", "Vlopsa Folding Camp Cot Navy"),
        ("pack", "Vlopsa Roll-On Deodorant 2.5 oz", "2 x Vlopsa Roll On Deodorant 2.5 oz each"),
        ("model", "Vlopsa K552 Wired Gaming Mouse, 12400 DPI", "Vlopsa K556 Wired Gaming Mouse 12400DPI"),
        ("material", "Vlopsa Cutting Board, Bamboo, 15 x 10 in", "Vlopsa cutting board glass 15x10 in"),
        ("size", "Vlopsa Sheet Set, 4 Piece, Full, Sage", "Vlopsa 4pc sheet set sage Cal King"),
        ("generation", "Vlopsa Mark II Electric Scooter 120W", "Vlopsa Mark I electric scooter 120W"),
        ("format", "Puck Masters PS5", "Puck Masters Xbox Series X"),
        ("kind", "Bellorise Crème Visage Jour 50 ml", "Bellorise Crème Visage Nuit 50 ml"),
        ("accessory", PRODUCT, "Lid for Tarkvale Brimwell TB-410 Kettle 1.5 L Black"),
        ("accessory", "Veltrix Aero 500 Headphones", "Veltrix Aero 500 Headphones Case"),
        ("accessory", "Montrelle Montre M3 Noir", "Bracelet milanais pour Montrelle M3"),
        ("empty_box", PRODUCT, f"{PRODUCT} EMPTY BOX"),
        ("bundle", PRODUCT, f"{PRODUCT} Bundle"),
        ("bundle", PRODUCT, f"{PRODUCT} + Teapot"),
        ("refurbished", PRODUCT, f"{PRODUCT} refurbished"),
        ("used", PRODUCT, f"{PRODUCT} open box"),
        ("for_parts", PRODUCT, f"{PRODUCT} for parts not working"),
        ("brand", PRODUCT, "Kettle 1.5 L Black unbranded TB-410"),
        ("size", "Alvéole Chaussons Gris, 38", "Alvéole chaussons gris pointure 41"),
        ("size", "Brackenfell Chinos 34W x 32L", "Brackenfell chinos W36 L32"),
        ("size", "Quenby Snow Suit 3T", "Quenby snow suit 5T"),
        ("size", "Tansywick Rain Boots US 8", "Tansywick rain boots UK 4"),
        ("size", "Marlowe Belt Brown 34 Waist", 'Marlowe belt brown 40" waist'),
        ("number", "Wiltonby Extension Cord, White", "Two Wiltonby extension cords white"),
        ("pack", "Sleekline Markers, 12 Count", "Sleekline markers 12ct x 3 boxes"),
        ("pack", "Datavolt Memory 16GB (2 x 8GB)", "Datavolt memory 8GB"),
        ("model", "Datavolt Stick 64GB USB 2.0", "Datavolt stick USB 3.0 64GB"),
        ("pack", "Peppergate Hot Sauce, 5 oz", "Peppergate hot sauce 5 oz bundle of three bottles"),
        ("model", "Pixelwren Drawing Tablet D12", "Pixelwren D12 HD drawing tablet"),
        ("model", "Skarnholm Trail Watch T5", "Skarnholm T5S trail watch"),
        ("model", "Navora Marine GPS N7", "Navora N7 Sonar marine GPS"),
        ("model", "Petrolia Oil 5W-30", "Petrolia oil 5W-20"),
        ("edition", "Lexicon Legends Board Game", "Lexicon Legends Junior board game"),
        ("edition", "Rune Circuit Xbox", "Rune Circuit Gold Edition Xbox"),
        ("format", "L'Île aux Corbeaux, Broché", "L'Île aux Corbeaux poche"),
        ("colour", "Kocykowo Koc, Beżowy", "Kocykowo koc butelkowa zieleń"),
        ("variant", "Dampfross Dampfreiniger DR-1500", "Dampfross DR-1500 Bodentuch"),
        ("accessory", "Windhauch Turmventilator WT-90 mit Fernbedienung", "Windhauch WT-90 Fernbedienung"),
        ("used", PRODUCT, f"{PRODUCT} wie neu"),
        ("only", "Karsten Arc Lamp, Brass, Linen Shade", "Karsten arc lamp brass linen shade only"),
        ("edition", "Lumora Tablet, Graphite", "Lumora tablet graphite previous model"),
        ("accessory", "Karsten Stand Mixer, 5 Quart", "Karsten 5 quart mixer dough hook"),
        ("used", PRODUCT, f"{PRODUCT} 美品"),
        ("generation", "Oriel Doorbell Cam", "Oriel doorbell cam 1st gen"),
        ("brand", "Termigo Travel Mug 450 ml, Steel, Black", "Travel mug 450ml steel black Cieplosh"),
        ("brand", "Termigo Travel Mug 450 ml, Steel, Black", "travel mug Cieplosh steel 450ml black"),
        ("variant", "Waxwing Soy Candle 14.5 oz, Vanilla Bourbon", "Waxwing soy candle 14.5oz vanilla birch"),
        ("accessory", "Moulinelle Blender 1.75 L, Glass Bowl", "Glass bowl 1.75L for blender Moulinelle"),
        (
            "accessory",
            "Kaldera KV 550 Espresso Machine, 1.8 L Water Tank",
            "Brew group Kaldera KV 550 Espresso Machine",
        ),
        ("size", "Trendle Silver Ring, Size N", "Trendle silver ring size P"),
        ("size", "Solenne Walking Shoes, Grey, 8.5 Wide", "Solenne walking shoe grey sz 7.5 wide"),
        ("model", "Holdfast 4 Gimbal, 3-Axis, Black", "Holdfast 3 gimbal 3-axis black"),
        ("model", "Kolbenau 936D Soldering Station, 392-896F", "Kolbenau 939D soldering station 392-896F"),
        ("count", "Pawlane Puppy Pads with Attractant, 100 Count", "Pawlane puppy pads w/ attractant 80 ct"),
        ("count", "Elmroot Turmeric Tablets, 120 Count", "Elmroot turmeric + black pepper 90 tablets"),
        ("dimensions", "Aldwick Shelf, 24 in Wide x 8 in Deep", "Aldwick shelf 36in wide x 8in deep"),
        ("kind", "Impastina Macchina per Pasta Manuale, Acciaio", "Impastina macchina per pasta elettrica acciaio"),
        ("edition", "Norvik Phone 2a Plus 256GB", "Norvik Phone 2a 256GB"),
        ("capacity", "Norvik Laptop 15.6 in 1 TB SSD", "Norvik Laptop 15.6 in 2 TB SSD"),
        ("bundle", "Clawdia Scratching Post, Sisal", "Clawdia sisal scratching post with 2oz catnip"),
        ("compatible", "Printora 82XL Ink Cartridge Cyan", "Ink cartridge compatible with Printora 82XL cyan"),
        ("compatible", "Mowbert Mower Blade MB16, 16 Inch", "16 inch mower blade fits Mowbert MB16"),
        ("compatible", "Tondelle Fil Coupe-Bordure 3 mm", "Fil coupe bordure 3mm compatible Tondelle"),
        ("brand", "Swirlix V4 Vacuum Filter", "Aftermarket vacuum filter Swirlix V4"),
        ("accessory", "Clearwell CW-9 Water Filter Pitcher", "Clearwell CW-9 filter cartridge"),
        ("edition", "Crisply CF7 Air Fryer", "Crisply CF7 XL air fryer"),
        ("audience", "Barkham Dry Food for Senior Dogs 4 kg", "Barkham puppy dry food 4kg"),
        ("generation", "Ondura Buds 2e génération", "Ondura Buds 1re génération"),
        ("accessory", "Prambury P2 Pram", "Prambury P2 pram car seat adapters"),
        ("accessory", "Mixwell MX300 Stand Mixer", "Mixwell MX300 stand mixer gearbox"),
        ("size", "Hikeford Hiking Boots Men's 10", "Hikeford mens hiking boots sz 12"),
        ("count", "Nailwright Brad Nailer, 18 Gauge", "18 gauge brad nails 5000 ct for Nailwright nailer"),
        ("edition", "Vitalmoor Gummies for Women", "Vitalmoor gummies for women 50+"),
        ("audience", "Purrsley Dry Food for Adult Cats 3 kg", "Purrsley dry food adult dogs 3kg"),
        ("bundle", "Spraywell Garden Hose Nozzle", "Spraywell garden hose nozzle with 50 ft expandable hose"),
        ("bundle", "Kernelbrook Popcorn Maker", "Kernelbrook popcorn maker + 1kg popping corn"),
        ("accessory", "Brewdle Coffee Maker", "Coffee mat for Brewdle coffee maker"),
        ("accessory", "Soundwell Wall Mountable Soundbar SB20", "Soundwell wall mount SB20"),
        ("size", "Rexo T-Shirt Size M/Black Cotton", "Rexo T-Shirt Size L/Black cotton"),
        ("accessory", "Voltbook 15 Notebook", "Akku Notebook Voltbook 15"),
        ("brand", "アイリスケルン加湿器 5L ホワイト", "ザップウェル加湿器 5L ホワイト"),
        ("edition", "Caselet Case for Galaxy S24, Black", "Caselet case for Galaxy S24+ (Plus) black"),
        ("model", "Sweepley Filter for Dyson V8", "Sweepley filter for Dyson V8 Absolute"),
        ("kind", "Mewsley Senior Dry Cat Food 2 kg", "Mewsley kitten dry food 2kg"),
    ],
)
def test_every_hard_conflict_alone_keeps_a_listing_out_of_accept_and_is_named(
    name: str, product: str, listing: str
) -> None:
    match = judged(product, listing)
    assert match.band != "accept"
    named = [signal for signal in match.reasons if signal.effect in {"bars", "refutes"}]
    assert name in {signal.name for signal in named}, named
    assert match.reasons[0].sentence.endswith(".")


@pytest.mark.parametrize("added", ["+ 1kg popping corn", "& 50 ml popping corn"])
def test_what_is_sold_together_is_told_in_words_and_without_our_names_of_measures(added: str) -> None:
    match = judged("Kernelbrook Popcorn Maker", f"Kernelbrook popcorn maker {added}")
    assert "The listing is sold together with popping corn." in {signal.sentence for signal in match.reasons}


def test_words_that_each_title_has_alone_and_no_list_knows_are_told_to_a_person() -> None:
    match = judged("Vlopsa Curtain Zigzagged", "Vlopsa Curtain Paisleyish")
    assert match.band == "review"
    assert "Words differ: zigzagged and paisleyish." in {signal.sentence for signal in match.reasons}


@pytest.mark.parametrize(
    ("product", "same_unit", "other_unit"),
    [
        ("Kelpie Bottle 32 oz Navy", "Kelpie Bottle 32 oz Navy", "Kelpie Bottle 946 ml Navy"),
        ("Karsten Skillet 12 inch", "Karsten Skillet 12 inch", "Karsten Skillet 30 cm"),
        ("Datavolt Disk 2TB", "Datavolt Disk 2TB", "Datavolt Disk 2000GB"),
        ("Loomridge Curtain 52 x 84 in", "Loomridge Curtain 52 x 84 in", "Loomridge Curtain 84 x 52 in"),
        ("Cleanzo Tabs 120 ct", "Cleanzo Tabs 120 ct", "Cleanzo Tabs 2 x 60 ct"),
    ],
)
def test_the_same_amount_in_another_unit_counts_as_the_same_word(product: str, same_unit: str, other_unit: str) -> None:
    assert judged(product, other_unit).probability == pytest.approx(judged(product, same_unit).probability, abs=0.1)


def test_an_identifier_of_the_source_supports_or_bars() -> None:
    rewritten = "Brimwell water boiler 1.5 L"
    assert judged(PRODUCT, rewritten, gtin="123456789012").probability > judged(PRODUCT, rewritten).probability
    assert judged(PRODUCT, PRODUCT, gtin="5901234123457").band != "accept"
    assert judged(PRODUCT, PRODUCT, mpn="XY-99").band != "accept"
    other_words = judged(PRODUCT, "Kettle 1.5 L black Brimwelly", gtin="123456789012")
    assert [signal for signal in other_words.reasons if signal.effect == "bars"] == []


LEXICON = sorted(map(" ".join, PHRASES.meanings))
ANY_WORDS = st.lists(
    st.one_of(st.sampled_from(LEXICON), st.sampled_from(["12", "3x", "BT-410", "1 TB", ","])), max_size=8
)


@settings(deadline=None, max_examples=400)
@given(ANY_WORDS, ANY_WORDS)
def test_any_two_titles_are_judged_the_same_each_time(one: list[str], other: list[str]) -> None:
    match = judged(" ".join(one), " ".join(other))
    assert 0 <= match.probability <= 1
    assert match == judged(" ".join(one), " ".join(other))


def test_the_part_alone_is_refused_and_the_part_for_the_same_part_is_not() -> None:
    assert judged(PRODUCT, f"{PRODUCT} lid only").band == "reject"
    reasons = judged("Tarkvale Charger", "Tarkvale Charger only").reasons
    assert "only" not in {signal.name for signal in reasons}


WORDS = st.lists(
    st.sampled_from([*PRODUCT.split(), "Soft", "Travel", "2L", "White", "3-Pack", "TB-420", "Garden"]), max_size=9
)


@settings(deadline=None)
@given(WORDS, WORDS)
def test_the_probability_does_not_depend_on_which_title_comes_first(one: list[str], other: list[str]) -> None:
    a, b = Offer(facts=read_title(" ".join(one))), Offer(facts=read_title(" ".join(other)))
    assert compare(a, b).features == pytest.approx(compare(b, a).features)


@settings(deadline=None)
@given(
    st.sampled_from(
        ["new", "free shipping", "genuine", "sealed", "NEU OVP", "nuevo", "fast ship", "送料無料", "in hand"]
    )
)
def test_a_word_that_every_seller_writes_moves_nothing(word: str) -> None:
    assert judged(PRODUCT, f"{PRODUCT} {word}").probability == pytest.approx(
        judged(PRODUCT, PRODUCT).probability, abs=0.05
    )


@settings(deadline=None)
@given(st.sampled_from(["portable", "kitchen", "gift", "home", "fast", "modern", "quiet"]))
def test_an_irrelevant_word_moves_little(word: str) -> None:
    assert judged(PRODUCT, f"{PRODUCT} {word}").probability >= judged(PRODUCT, PRODUCT).probability - 0.15
