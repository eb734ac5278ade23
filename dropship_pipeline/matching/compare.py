"""Puts together the evidence about a pair: signals for people, and numbers for the score."""

import math
import re
from collections.abc import Iterable, Iterator

from rapidfuzz.fuzz import token_set_ratio, token_sort_ratio

from dropship_pipeline.matching.identity import compare_models, model_names
from dropship_pipeline.matching.quantities import SMALL_NUMBERS, compare_amounts
from dropship_pipeline.matching.rarity import UNSEEN
from dropship_pipeline.matching.roles import compare_roles
from dropship_pipeline.matching.titles.folding import fold, stem
from dropship_pipeline.matching.titles.lexicon import FLAVOURED, begins_thing
from dropship_pipeline.matching.values import SIGNAL_ORDER, Evidence, Offer, TitleFacts
from dropship_pipeline.matching.variants import compare_variants
from dropship_pipeline.matching.wording import VOWELS, Overlap, akin, alone, is_slip, overlap
from dropship_pipeline.models import Signal

_DIGITS = re.compile(r"\d+")
_UNKNOWN_PRICE = 0.7
_LIKE, _UNLIKE = 0.9, 0.5
_MODEL_NUMBER = 4  # letters and digits from which a shared one says more than a word that differs
_WORDS_OF_A_FLAVOUR, _WORDS_OF_A_SCENT = 2, 3
_FEW_WORDS_OF_A_TITLE = 6
_LETTERS_OF_AN_ABBREVIATION = 3
_LETTERS_OF_A_NAME = 4
_NO_ENDINGS_OF_A_NAME = ("ed", "ing", "able")
_FEW_CAPITALS = 3
_IDENTIFIED = 1.0  # what a GTIN or a part number of the source adds; the same brand adds less
_ROUND = frozenset({*range(6, 50, 6), *range(10, 1001, 10), 25, 75, 72, 96, 144, 216, 288})
_SIZES = range(16, 61)  # of clothes and shoes, as a bare number
_CENTURY = 100
_HALF = 0.5  # of sizes of shoes
_MOST_OWN = 4.0  # words that one title has alone; more say nothing more
_NO_USUAL_WORD = 0.65  # rarity from which a word may be the name of another thing
_MANY_WORDS, _FEW_WORDS = 0.75, 0.4


def compare(product: Offer, listing: Offer) -> Evidence:
    """Compare a product with a listing.

    Args:
        product: what was looked for.
        listing: what was found; a listing that comes with more than the product is another offer, not the reverse.
    """
    a, b = product.facts, listing.facts
    amounts = compare_amounts(a, b)
    words = overlap(a, b, amounts.same)
    own_a, own_b = alone(words)
    models = compare_models(product, listing)
    variants = compare_variants(a, b)
    roles = compare_roles(a, b)
    price = _price(product, listing)
    shorter, longer = sorted((a.weight, b.weight))
    cover_shorter = min(words.shared / shorter, 1.0) if shorter else 0.0
    cover_longer = min(words.shared / longer, 1.0) if longer else 0.0
    alone_a, alone_b = sum(words.alone_a.values()), sum(words.alone_b.values())
    features = (
        words.shared / (words.shared + alone_a + alone_b or 1.0),
        cover_shorter,
        cover_longer,
        token_set_ratio(a.text, b.text) / 100,
        token_sort_ratio(a.text, b.text) / 100,
        words.rarest,
        min(alone_a, alone_b),
        min(max(words.alone_a.values(), default=0.0), max(words.alone_b.values(), default=0.0)),
        _first_words(a, b),
        models.shared,
        models.clash,
        models.named_clash,
        models.numbers_shared,
        models.numbers_clash,
        amounts.agree,
        amounts.clash,
        amounts.pack_clash,
        variants.agree,
        variants.clash,
        roles.clash,
        _UNKNOWN_PRICE if price is None else price,
        min(len(own_a), len(own_b), _MOST_OWN),
        min(max(len(own_a), len(own_b)), _MOST_OWN),
        variants.same_thing,
    )
    signals = [*roles.signals, *models.signals, *amounts.signals, *variants.signals]
    identified = models.log_odds >= _IDENTIFIED
    said = a.amounts.counts or b.amounts.counts or max(a.amounts.pack, b.amounts.pack) > 1
    if models.numbers_clash >= 1 and cover_shorter >= _MANY_WORDS and not said:
        signals.append(_number_signal(a, b))
    elif not roles.clash and not identified:
        signals.extend(_added_number(a, {amounts.added} if said else b.numbers))
    signals.extend(_bare_size(a, b))
    signals.extend(_bare_count(a, b))
    if not identified:
        signals.extend(_other_maker(a, b, words))
        signals.extend(_other_words(a, b, words, (own_a, own_b), same_model=models.shared >= _MODEL_NUMBER))
    signals.append(_words_signal(words, cover_shorter))
    if price is not None:
        signals.append(_price_signal(price, product, listing))
    signals.sort(key=lambda signal: SIGNAL_ORDER[signal.effect])
    return Evidence(tuple(signals), features, models.log_odds)


def _first_words(a: TitleFacts, b: TitleFacts) -> float:
    """Titles begin with the brand: how many of the two first words stand in the other title."""
    if not a.order or not b.order:
        return 0.0
    of_a, of_b = a.order[0], b.order[0]
    return ((of_a in b.words or of_a in b.adjacent) + (of_b in a.words or of_b in a.adjacent)) / 2


def _other_maker(a: TitleFacts, b: TitleFacts, words: Overlap) -> Iterator[Signal]:
    """A product begins with its maker; a listing that leaves it out may begin or end with another one.

    A name is what is in no list, stands in few titles and has a capital; that tells most where few words have one.
    """
    first = a.order[0] if a.order else ""
    if words.alone_a.get(first, 0.0) < UNSEEN or not first.isalpha():
        return
    unknown = [word for word, rarity in words.alone_b.items() if rarity >= UNSEEN and _is_name(word)]
    if not unknown:
        return
    names = {word for word in {b.order[0], b.order[-1]}.intersection(unknown) if _has_capital(word, b.title)}
    if unknown[0] not in names:
        names.update(_capitals(b.title))
    other = next((word for word in unknown if word in names), None)
    if other is not None:
        yield Signal("brand", "bars", f"Perhaps another maker: {first} and {other}.")


def _is_name(word: str) -> bool:
    """`raised` and `extending` are no makers."""
    return word.isalpha() and len(word) >= _LETTERS_OF_A_NAME and not word.endswith(_NO_ENDINGS_OF_A_NAME)


def _has_capital(word: str, title: str) -> bool:
    folded = fold(title)
    at = folded.find(word)
    return at >= 0 and (len(folded) != len(title) or not title[at].islower())


def _capitals(title: str) -> Iterable[str]:
    """The words of a title that begin with a capital, where few do; in German and where all do that tells nothing."""
    found = [word for word in title.split() if word[0].isupper() and word[1:].islower()]
    return [stem(fold(word)) for word in found] if len(found) <= _FEW_CAPITALS else ()


def _other_words(
    a: TitleFacts, b: TitleFacts, words: Overlap, own: tuple[list[str], list[str]], *, same_model: bool
) -> Iterator[Signal]:
    """A flavour, a pattern, a name that no list has: the score counts such words, a person is told of them.

    They bar where the thing comes in scents or flavours, where one title names a colour and the other may name another,
    and where titles share no more than the maker's name and the model: they call it two things, of which one may be a
    part of the other.
    """
    one, other = own
    most = max(len(one), len(other))
    flavoured = most <= _WORDS_OF_A_SCENT and not FLAVOURED.isdisjoint(a.things.keys() & b.things)
    if one and other and (flavoured or same_model or most <= _WORDS_OF_A_FLAVOUR):
        bars = flavoured or (_shares_only_a_name(b, words) if same_model else _one_names_a_colour(a, b))
        yield Signal("variant", "bars" if bars else "weakens", f"Words differ: {' '.join(one)} and {' '.join(other)}.")
    if other and not one:
        yield from _added_words(a, b, [word for word in other if b.words[word] >= _NO_USUAL_WORD])


def _added_words(product: TitleFacts, listing: TitleFacts, added: list[str]) -> Iterator[Signal]:
    """A listing with all words of the product and more of its own: praise, or the name of another thing."""
    models = model_names(product)
    behind = next(
        (
            (model, word)
            for model, word in listing.adjacent.values()
            if model in models
            and word in added
            and not (_names_what_it_serves(word, listing) or _is_written(word, product))
        ),
        None,
    )
    if behind is not None:
        yield Signal("model", "bars", f"Another model: {behind[0].upper()} and {' '.join(behind).upper()}.")
    elif len(product.words) <= _FEW_WORDS_OF_A_TITLE and any(_within(listing, word, product) for word in added):
        yield Signal("variant", "bars", f"Only the listing says: {' '.join(added)}.")


def _names_what_it_serves(word: str, listing: TitleFacts) -> bool:
    """`line for Yardrake ST12 string trimmer`: behind the model stands what that is a model of."""
    return word in listing.role.target and begins_thing(listing.order[listing.order.index(word) :])


def _within(listing: TitleFacts, word: str, product: TitleFacts) -> bool:
    """Whether a word stands among those of the product; sellers write their praise at either end.

    Three letters, or any without a vowel, may be an abbreviation; a part of the product's words says nothing new.
    """
    abbreviated = len(word) <= _LETTERS_OF_AN_ABBREVIATION or (word.isascii() and VOWELS.isdisjoint(word))
    if abbreviated or word in product.text or word not in listing.order:
        return False
    shared = [at for at, other in enumerate(listing.order) if other in product.words]
    within = bool(shared) and shared[0] < listing.order.index(word) < shared[-1]
    return within and not _is_written(word, product)


def _is_written(word: str, facts: TitleFacts) -> bool:
    """Whether a title has a word, perhaps within the name of a thing that is read as one, perhaps with a slip."""
    return any(akin(written, word) or is_slip(written, word) for written in fold(facts.title).split())


def _shares_only_a_name(listing: TitleFacts, words: Overlap) -> bool:
    shared = (word for word in listing.words if word.isalpha() and word not in words.alone_b)
    return sum(word not in listing.variant.colours for word in shared) <= 1


def _one_names_a_colour(a: TitleFacts, b: TitleFacts) -> bool:
    return bool(a.variant.colours) != bool(b.variant.colours)


def _number_signal(a: TitleFacts, b: TitleFacts) -> Signal:
    """`... Green, 37` and `... green 40`: titles that agree but for a number offer another size or model."""
    one, other = min(a.numbers - b.numbers), min(b.numbers - a.numbers)
    return Signal("number", "bars", f"Another number: {one:g} and {other:g}.")


def _added_number(product: TitleFacts, numbers: Iterable[float]) -> Iterator[Signal]:
    """`2 mitts`, `mitt (pair)`, `Perch 3`: a small number that only the listing has: a pack or another model."""
    theirs = {f"{number:g}" for number in numbers if number in SMALL_NUMBERS and number not in product.numbers}
    years = {f"{year % _CENTURY:02}" for year in product.variant.years}  # `Corolla 14-19`
    added = theirs.difference(years, _DIGITS.findall(product.title)) if theirs else theirs
    if added:
        yield Signal("number", "bars", f"Only the listing has the number {min(added)}.")


def _bare_count(a: TitleFacts, b: TitleFacts) -> Iterator[Signal]:
    """`72 Count` and `chewables 24`: a round number at the end of one title is how many it offers."""
    for one, other in ((a, b), (b, a)):
        pieces, numbers = one.amounts.counts, other.numbers - one.numbers
        if pieces and len(numbers) == 1 and not other.amounts.counts and other.amounts.pack == one.amounts.pack == 1:
            number = min(numbers)
            if number in _ROUND and number not in pieces and other.order[-1] == f"{number:g}":
                yield Signal("count", "bars", f"Another count: {min(pieces):g} and {number:g}.")


def _bare_size(a: TitleFacts, b: TitleFacts) -> Iterator[Signal]:
    """`Chaussons, 38` and `chaussons pointure 41`: one title says that its number is a size."""
    for one, other in ((a, b), (b, a)):
        if not one.variant.sizes or other.variant.sizes:
            continue
        sizes = {size for size in one.variant.sizes if size.replace(".5", "").isdigit()}
        numbers = other.numbers - one.numbers
        bare = {f"{number:g}" for number in numbers if number in _SIZES or number % 1 == _HALF}
        if other.variant.audiences and len(numbers) == 1 and other.order[-1] == f"{min(numbers):g}":  # `Men's 10`
            bare.add(other.order[-1])
        if sizes and bare and sizes.isdisjoint(bare):
            yield Signal("size", "bars", f"Another size: {min(sizes)} and {min(bare)}.")


def _price(product: Offer, listing: Offer) -> float | None:
    """The lower of two prices as a share of the higher; None where they cannot be compared."""
    one, other = product.price, listing.price
    if one is None or other is None or one.currency != other.currency or not one.cents or not other.cents:
        return None
    return min(one.cents, other.cents) / max(one.cents, other.cents)


def _price_signal(price: float, product: Offer, listing: Offer) -> Signal:
    times = listing.price.cents / product.price.cents if product.price and listing.price else math.nan
    effect = "supports" if price >= _LIKE else "weakens" if price < _UNLIKE else "neutral"
    return Signal("price", effect, f"The listing costs {times:.2f} times the product's price.")  # type: ignore[arg-type]


def _words_signal(words: Overlap, cover: float) -> Signal:
    share = round(100 * cover)
    if cover >= _MANY_WORDS:
        return Signal("words", "supports", f"{share} % of the telling words of the shorter title are in the other.")
    rarest = sorted([(-rarity, word) for word, rarity in words.alone_a.items()])[:3]
    sentence = f"Only {share} % of the telling words agree; missing: {', '.join([word for _, word in rarest])}."
    return Signal("words", "weakens" if cover < _FEW_WORDS else "neutral", sentence)
