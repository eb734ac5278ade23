"""The wording of conditions: only what is surely Brand New passes, and what is no condition is never judged."""

import pytest

from dropship_pipeline.marketplaces.ebay.conditions import is_brand_new


@pytest.mark.parametrize(
    "wording",
    [
        "Brand New", "brand new", " New ", "NEW", "New with tags", "New with box", "New in box", "Brand New · Garmin",
        "New ListingBrand New", "New Listing: New", "Neu", "Brandneu", "Neu mit Etikett", "Neuf",
        "Neuf avec étiquettes", "Nuovo", "Nuovo con cartellino", "Nuevo", "Totalmente nuevo", "Nuevo con etiquetas",
        "Nieuw", "Gloednieuw", "Nieuw met labels", "Nowy", "Fabrycznie nowy", "Nowy z metką",
        "Neu | Gewerblich", "Neuf · Professionnel", "Nuovo | Privato", "Nuevo | Particular", "Nieuw | Zakelijk",
        "Nowy | Firma", "Novo", "Totalmente novo", "新品", "새 상품", "全新", "Brand New · Garmin · 64 GB",
    ],
)  # fmt: skip
def test_a_brand_new_listing_is_not_lost_over_its_sites_wording(wording: str) -> None:
    assert is_brand_new(wording) is True


@pytest.mark.parametrize(
    "wording",
    [
        "New (Other)", "New other (see details)", "New: Other", "New without tags", "New without box",
        "New with defects", "New with imperfections", "Open box", "Open Box · Apple", "Like New", "Pre-Owned", "Used",
        "Used - Good", "Very Good", "Good - Refurbished", "Certified - Refurbished", "Seller refurbished",
        "For parts or not working", "Parts Only", "New ListingPre-Owned", "Neu: Sonstige (siehe Artikelbeschreibung)",
        "Neu (Sonstige)", "Neu ohne Etikett", "Neu mit Fehlern", "Neuwertig", "Gebraucht",
        "Vom Verkäufer generalüberholt", "Als Ersatzteil / defekt", "Neuf (autre)", "Neuf : autre (voir les détails)",
        "Neuf sans étiquettes",
        "D\u2019occasion", "Ouvert (jamais utilisé)", "Reconditionné par le vendeur", "Nuovo: altro", "Nuovo (altro)",
        "Nuovo senza etichette", "Usato", "Ricondizionato", "Nuevo: otro (ver detalles)", "Nuevo (otro)",
        "Nuevo sin etiquetas", "De segunda mano", "Nieuw (overig)", "Nieuw zonder labels", "Gebruikt", "Tweedehands",
        "Nowy: inny", "Nowy (inny)", "Nowy bez metki", "Używany", "Na części lub niesprawny",
        "Gebraucht | Privat", "Gebraucht / Gewerblich", "Als Ersatzteil / defekt | Privat", "Di seconda mano | Privato",
        "Usado", "Novo (outro)", "Recondicionado", "中古",
        "新品\uff08その他\uff09", "중고", "리퍼비시", "二手", "翻新", "全新\uff08其他\uff09",
        "Graded - PSA 10", "Remanufactured",
    ],
)  # fmt: skip
def test_unused_but_not_brand_new_is_never_taken_for_brand_new(wording: str) -> None:
    assert is_brand_new(wording) is False


@pytest.mark.parametrize(
    "wording",
    [
        None,
        "",
        " ",
        "Gewerblich",
        "4.8 out of 5 stars",
        "12 product ratings",
        "New Listing",
        "Neues Angebot",
        "Invented Brand",
        "New York Style",
        "Goodyear",
        "Used by",
    ],
)
def test_words_that_are_no_condition_are_not_judged(wording: str | None) -> None:
    assert is_brand_new(wording) is None
