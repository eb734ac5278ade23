"""The Amazon half of the generated catalogue: one product from its number and the seed, nothing kept."""

from dataclasses import dataclass
from random import Random

from dropship_pipeline.sandbox.catalogue.vocabulary import BRANDS, COLOURS, DEPARTMENTS, Department, Kind

TITLE_LIMIT = 125
_ASIN_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ASIN_SPACE = 36**8
_ASIN_STEP = 1_645_913_801_353  # odd, no multiple of 3: steps through all of 36^8 without meeting an ASIN twice
_MODEL_LETTERS = "ACDEFHJKLMNPRTUVWX"
_CENT_ENDINGS = (0, 0, 99, 99, 99, 95, 49, 74)

KINDS: tuple[tuple[Department, Kind], ...] = tuple(
    (department, kind) for department in DEPARTMENTS for kind in department.kinds
)


@dataclass(frozen=True, slots=True)
class AmazonProduct:
    """One product as Amazon knows it.

    Args:
        index: its number in the catalogue.
        asin: ten characters.
        brand: invented.
        model: a word that no other product has, right after the brand in the title.
        title: 23-125 characters.
        department: index into `DEPARTMENTS`.
        kind: index into `KINDS`.
        price_cents: None where rows have no price.
        usual_cents: what eBay sellers orient themselves by; equal to the price where there is one.
        rating: stars, None where rows have none.
        ratings_total: 0 where there is no rating.
        image: `photo`, `absent` or `grey` (the grey placeholder pixel).
        popularity: 0-1; orders searches and best-seller lists.
    """

    index: int
    asin: str
    brand: str
    model: str
    title: str
    department: int
    kind: int
    price_cents: int | None
    usual_cents: int
    rating: int | float | None
    ratings_total: int
    image: str
    popularity: float

    @property
    def kind_name(self) -> str:
        """What it is, as a buyer would type it."""
        return KINDS[self.kind][1].name

    @property
    def colour(self) -> str | None:
        """The colour word at the end of its title; None where the title had no room for one."""
        last = self.title.rsplit(", ", 1)[-1]
        return last if last in COLOURS else None

    @property
    def image_name(self) -> str:
        """Path of the picture below `/images/`, with the comma that real thumbnails have in it."""
        if self.image == "grey":
            return "G/01/x-locale/common/grey-pixel.gif"
        return f"I/71{self.asin[1:]}._AC_UL500_SR500,500_.jpg"


def make_product(seed: int, index: int) -> AmazonProduct:
    """The product number `index` of the catalogue of `seed`: always the same one."""
    rng = Random(seed * 1_000_003 + index)  # noqa: S311  (no secret: the same catalogue for the same seed)
    kind_index = index % len(KINDS)
    department, kind = KINDS[kind_index]
    brand, model = rng.choice(BRANDS), _model(rng, index)
    usual = rng.randrange(*kind.dollars) * 100 + rng.choice(_CENT_ENDINGS)
    rated = rng.random() > 0.025  # noqa: PLR2004
    return AmazonProduct(
        index=index,
        asin=_asin(seed, index),
        brand=brand,
        model=model,
        title=_title(rng, f"{brand} {model} {kind.name}", department.features),
        department=DEPARTMENTS.index(department),
        kind=kind_index,
        price_cents=None if rng.random() < 0.02 else usual,  # noqa: PLR2004
        usual_cents=usual,
        rating=rng.choice((3.6, 3.9, 4, 4.1, 4.2, 4.3, 4.4, 4.5, 4.6, 4.7, 4.8, 5)) if rated else None,
        ratings_total=int(10 ** (rng.random() * 5)) if rated else 0,
        image=rng.choices(("photo", "absent", "grey"), (96, 2, 2))[0],
        popularity=rng.random(),
    )


def _title(rng: Random, start: str, features: tuple[str, ...]) -> str:
    title = start
    for feature in (*rng.sample(features, rng.randint(1, 4)), rng.choice(COLOURS)):
        if len(title) + len(feature) + 2 <= TITLE_LIMIT:
            title = f"{title}, {feature}"
    return title


def _model(rng: Random, index: int) -> str:
    return f"{rng.choice(_MODEL_LETTERS)}{rng.choice(_MODEL_LETTERS)}{100 + index}"


def _asin(seed: int, index: int) -> str:
    value = (seed * 7_368_787 + (index + 1) * _ASIN_STEP) % _ASIN_SPACE
    digits = []
    for _ in range(8):
        value, digit = divmod(value, 36)
        digits.append(_ASIN_DIGITS[digit])
    return "B0" + "".join(digits)
