"""What is read from a title: numbers with their units, packs, variants and roles, in the languages of the sites."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropship_pipeline.matching.titles.title import read_title
from dropship_pipeline.matching.wording import alone, overlap


@pytest.mark.parametrize(
    ("title", "kind", "value"),
    [
        ("Drive 1TB", "data", 1000),
        ("Drive 2048 MB", "data", 2),
        ("Jug 32 fl oz", "volume", 946.35),
        ("Jug 0,5 l", "volume", 500),
        ('Monitor 27"', "length", 685.8),
        ("Hantel 2 kg", "mass", 2000),
        ("Lampe 60 Watt", "power", 60),
        ("Ekspres 1,7 litra 1500W", "power", 1500),
        ("Olio EVO lt 5", "volume", 5000),
        ("Amido di mais gr 400", "mass", 400),
        ("Coperta kg 6,8 - cm 122x183", "mass", 6800),
        ("Disk 1TB, 3500 MB/s", "data", 1000),
    ],
)
def test_a_measure_is_read_into_its_base_unit(title: str, kind: str, value: float) -> None:
    assert list(read_title(title).amounts.measures[kind]) == pytest.approx([value], rel=0.001)


@pytest.mark.parametrize(
    "title",
    [
        "24 Pack",
        "Pack of 24",
        "24er Pack",
        "lot de 24",
        "set of 24",
        "24x Soap",
        "24-pack",
        "confezione da 24",
        "24個パック",
    ],
)
def test_a_pack_is_read_whatever_its_wording(title: str) -> None:
    assert read_title(f"Sunnybee {title}").amounts.pack == 24


@pytest.mark.parametrize("title", ["Camera 10x optical zoom", "Card 533x", "Camera 3x wide angle optical zoom"])
def test_a_factor_is_no_pack(title: str) -> None:
    assert read_title(title).amounts.pack == 1


def test_a_comma_between_two_sizes_is_no_decimal_comma() -> None:
    assert all(len(sides) == 2 for sides in read_title("Fotobox 4x6,5x7 inch").amounts.dimensions)
    assert read_title("Matte 183x61x0,6 cm").amounts.dimensions == {(6.0, 610.0, 1830.0)}


def test_dimensions_are_the_same_in_any_order() -> None:
    assert read_title("Curtain 52 x 84 inch").amounts.dimensions == read_title('Curtain 84x52"').amounts.dimensions
    assert read_title("Vela cm. 300x400").amounts.dimensions == read_title("Vela 4 x 3 m").amounts.dimensions
    assert read_title("Telo mt 3x4 beige").amounts.dimensions == read_title("Telo 3 x 4 m").amounts.dimensions


@pytest.mark.parametrize("title", ["Schuhe Gr. 40", "Muts en sjaal mt 40"])
def test_a_short_word_for_the_size_is_no_gram_and_no_metre(title: str) -> None:
    facts = read_title(title)
    assert facts.variant.sizes == {"40"}
    assert facts.amounts.measures == {}


@pytest.mark.parametrize(
    "title", ["Boschen KG 36", "Coolstar CM 690", "Transporter LT 28", "Yarro GR 2020", "Moto MT 07 x"]
)
def test_a_model_in_capitals_is_no_amount(title: str) -> None:
    assert read_title(title).amounts.measures == {}


def test_a_unit_behind_its_number_stays_there() -> None:
    assert read_title("Kettlebell 5-kg 2-pack").amounts.measures == {"mass": {5000.0}}
    assert read_title("Ruler 30-cm 12-inch").amounts.measures == read_title("Ruler 30 cm 12 inch").amounts.measures
    assert 12.0 not in read_title("Pasta gr 500 x 12").amounts.measures.get("mass", ())


def test_of_several_numbers_before_who_takes_it_one_is_an_age() -> None:
    assert read_title("Vitamins 40+ 50+ Women 60 Tablets").variant.editions == {"over-50"}


@pytest.mark.parametrize("title", ["Akku Heckenschere 20 V", "Akku-Heckenschere 20 V", "Accu heggenschaar met 20 V"])
def test_a_battery_before_the_name_of_a_thing_drives_it_and_is_not_what_is_sold(title: str) -> None:
    assert read_title(title).role.accessories == {}
    for battery in ("Ersatz Akku für Heckenschere", "Akku Heckenschere 20 V 4 Ah", "Akku Notebook Voltbook 15"):
        assert "battery" in read_title(battery).role.accessories, battery


@pytest.mark.parametrize(
    "title", ["Buds 2nd Generation", "Buds Gen 2", "Buds 2. Generation", "Buds 第2世代", "Buds Gen II"]
)
def test_a_generation_is_read_whatever_its_wording(title: str) -> None:
    assert read_title(title).variant.generations == {2}


@pytest.mark.parametrize(
    "title",
    [
        "Orbix 2 EMPTY BOX", "Orbix 2 Leerkarton", "Orbix 2 boîte vide", "Orbix 2 scatola vuota", "Orbix 2 caja vacía",
        "Orbix 2 lege doos", "Orbix 2 puste pudełko", "Orbix 2 caixa vazia", "Orbix 2 空箱", "Orbix 2 箱のみ",
    ],
)  # fmt: skip
def test_an_empty_box_is_seen_in_every_language(title: str) -> None:
    assert read_title(title).role.empty_box


@pytest.mark.parametrize(
    "title",
    [
        "Phone refurbished", "Handy generalüberholt", "Téléphone reconditionné", "Telefono ricondizionato",
        "Teléfono reacondicionado", "Telefoon gereviseerd", "Telefon odnowiony", "Telefone recondicionado",
        "スマホ 整備済み品",
    ],
)  # fmt: skip
def test_a_refurbished_one_is_seen_in_every_language(title: str) -> None:
    assert read_title(title).role.refurbished


def test_the_suffix_of_ebay_that_says_what_a_thing_fits_is_kept_apart() -> None:
    facts = read_title("Slim Case Black (For: Apple iPhone 13)")
    assert facts.role.fitment == {"apple", "iphone", "13"}
    assert "iphone" not in facts.words


@pytest.mark.parametrize(
    ("title", "lengths"), [("Zoom lens 18-55mm", {18, 55}), ("Zoom lens 18-180 mm", {180}), ("Lens 8mm", {8})]
)
def test_a_range_is_a_measure_and_no_model_number(title: str, lengths: set[float]) -> None:
    facts = read_title(title)
    assert facts.amounts.measures["length"] == lengths
    assert not facts.codes


def test_letters_are_left_out_or_swapped_and_the_word_is_known() -> None:
    shared = {
        word: alone(overlap(read_title("Softly Brushed Cotton Roast"), read_title(f"softly {word}")))[1]
        for word in ("brshd", "cttn", "raost", "crust")
    }
    assert shared == {"brshd": [], "cttn": [], "raost": [], "crust": ["crust"]}


def test_the_sides_of_a_thing_are_no_size_of_clothes() -> None:
    facts = read_title("Screen size 60 x 84")
    assert facts.amounts.dimensions == {(60.0, 84.0)}
    assert not facts.variant.sizes


def test_specifications_are_no_model_numbers() -> None:
    assert read_title("Memory DDR4 1080p 7200rpm USB3.0 IPX7 DDR2-667 200pin PC2-5300").codes == frozenset()


@pytest.mark.parametrize(
    "title",
    ["", "9" * 5000 + "th gen", "9" * 400 + " GB", "0 pack", "x" * 3000, "+ & ( - for", "Torch ❶", "Mat 2019-❷❹"],
)
def test_a_title_out_of_all_reason_is_read(title: str) -> None:
    assert read_title(title).title == title


@given(st.text(max_size=120))
def test_any_text_is_read(title: str) -> None:
    facts = read_title(title)
    assert facts.title == title
    assert facts == read_title(title)
