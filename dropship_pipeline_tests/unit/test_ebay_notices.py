"""What stands between the rows of eBay's search page: which words end the matches, and which do not."""

from collections.abc import Callable

import pytest

from dropship_pipeline_tests.unit.ebay_pages import (
    EVERY_MARKUP,
    FEWER_WORDS,
    MARKUPS,
    NEXT,
    ids,
    new_card,
    newest_card,
    notice,
    old_card,
    page,
    parse,
)


@pytest.mark.parametrize(
    "separator",
    [
        FEWER_WORDS,
        "<li><div><h3>Results matching fewer words</h3></div></li>",
        '<div class="notice">Results matching fewer words</div>',
    ],
)
@MARKUPS
def test_rows_that_match_fewer_words_are_not_results(card: Callable[..., str], separator: str) -> None:
    assert ids(page(card("900000000001"), separator, card("900000000002"))) == ["900000000001"]


def test_only_rows_that_match_fewer_words_means_nothing_was_found() -> None:
    assert ids(page(FEWER_WORDS, new_card())) == []


def test_pages_after_the_separator_are_not_paid_for() -> None:
    assert parse(page(new_card(), FEWER_WORDS, old_card("900000000002"), pagination=NEXT)).last


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Including results for brass lamp", "spelling"),
        ("Einschließlich Ergebnisse für Messinglampe", "spelling"),
        ("We've streamlined your results to show you the best listings.", "streamlined"),
        ("Uprościliśmy wyniki", "streamlined"),
        ("Wij verzinnen hier iets nieuws", "unknown"),
        ("Fewer results than you hoped for? Save this search.", "unknown"),
        ("Try fewer words", "unknown"),
    ],
)
@EVERY_MARKUP
def test_a_notice_that_does_not_end_the_matches_costs_no_row_and_is_counted(
    card: Callable[..., str], words: str, kind: str
) -> None:
    between = parse(page(card("900000000001"), notice(words), card("900000000002"), pagination=NEXT))
    assert (len(between.products), between.reading.notices, between.last) == (2, {kind: 1}, False)
    assert len(parse(page(notice(words), card(), notice(words))).products) == 1


@pytest.mark.parametrize(
    "words",
    [
        "Results matching fewer words", "Ergebnisse für weniger Suchbegriffe",
        "Résultats correspondant à moins de mots",
        "Risultati corrispondenti a meno parole", "Resultados que coinciden con menos palabras",
        "Resultaten met minder woorden", "Wyniki pasujące do mniejszej liczby słów",
        "Resultados correspondentes a menos palavras", "より少ない単語に一致する結果", "더 적은 단어와 일치하는 결과",
        "匹配较少字词的结果", "符合較少字詞的結果",
    ],
)  # fmt: skip
def test_fewer_words_end_the_matches_in_every_language_and_above_the_rows_they_mean_none(words: str) -> None:
    between = parse(page(new_card(), notice(words), newest_card("900000000002"), pagination=NEXT), "de")
    assert ([listing.product_id for listing in between.products], between.last) == (["900000000001"], True)
    above = parse(page(notice(words), new_card(), pagination=NEXT), "de")
    assert (above.products, above.last, above.reading.rows) == ([], True, 0)


@pytest.mark.parametrize(
    "words",
    [
        "No exact matches found", "Keine exakten Treffer gefunden", "Aucun résultat correspondant n'a été trouvé",
        "Nessuna corrispondenza esatta trovata", "No se encontraron coincidencias exactas",
        "Geen exacte overeenkomsten gevonden", "Nie znaleziono dokładnych dopasowań",
        "Nenhuma correspondência exata encontrada", "完全に一致する結果は見つかりませんでした",
        "정확히 일치하는 결과가 없습니다", "未找到完全匹配的结果", "找不到完全相符的結果",
    ],
)  # fmt: skip
def test_no_exact_match_above_substitutes_means_none_and_below_rows_it_ends_them(words: str) -> None:
    assert ids(page(notice(words), new_card(), old_card("900000000002"))) == []
    assert ids(page(f"<p>{words}</p>", new_card())) == []
    assert ids(page(new_card(), notice(words), old_card("900000000002"))) == ["900000000001"]


def test_what_a_box_introduces_is_read_like_a_list_of_its_own() -> None:
    inner = f'<ul class="srp-results">{new_card("900000000002")}</ul>'
    assert ids(page(new_card(), notice("Results matching fewer words", inner))) == ["900000000001"]
    assert ids(page(new_card(), notice("Including results for lamps", inner))) == ["900000000001", "900000000002"]


def test_words_below_the_results_about_something_else_do_not_end_the_walk() -> None:
    below = "<footer><h2>No results found in your recent searches</h2></footer>"
    assert not parse(page(new_card(), pagination=NEXT + below)).last
