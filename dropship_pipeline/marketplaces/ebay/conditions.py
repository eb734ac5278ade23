"""What eBay's wording of a condition says, in the languages of its sites: brand new, not brand new, or nothing known.

"New with tags" is brand new; "New (Other)", "New without box" and "Open box" are not, although they are unused.
"""

import re

from dropship_pipeline.marketplaces.fields import clean_text

# A badge for the age of the offer; scraped rows run it together with the condition.
_BADGE = re.compile(r"(?:new listing|neues angebot|nouvelle annonce|nuova inserzione|nieuwe aanbieding|nowa oferta):?")
_NEW = (
    r"(?:(?:brand[ -]?)?new|brandneu|fabrikneu|neu|neuf|nuovo|(?:totalmente |completamente )?nuevo|a estrenar"
    r"|(?:gloed)?nieuw|(?:fabrycznie )?now[ye])"
)
_WITH = "with|in|mit|im|avec|dans sa|con|nella|en su|met|z|w"
_COMPLETE = (
    "tags?|box|etikett|karton|verpackung|originalverpackung|étiquettes?|boîte|emballage|etichett[ae]|cartellin[oi]"
    "|scatola|etiquetas?|caja|labels?|kaartje|doos|metk[ąa]|metkami|pudełkiem|pudełku"
)
_FLAWED = "defects?|imperfections?|fehlern|mängeln|défauts?|difetti|defectos?|gebreken|defecten|wadami|defektami"
_LESS = "other|sonstige|autre|altro|otro|overig|inn[ye]|without|ohne|sans|senza|sin|zonder|bez"
_BRAND_NEW = re.compile(rf"{_NEW}(?: (?:{_WITH}) (?:original )?(?:{_COMPLETE}))?")
_LESS_THAN_NEW = re.compile(rf"{_NEW}[ :,(–-]+(?:{_LESS}|(?:{_WITH}) (?:{_FLAWED}))\b.*")
# Of these words, only what follows a mark belongs to the condition: "Used - Good", "Ouvert (jamais utilisé)".
_NOT_NEW = re.compile(
    r"(?:(?:like|near(?:ly)?) new|open[ -]box|pre-?(?:owned|loved)|used|(?:very )?good|acceptable|(?:un)?graded"
    r"|wie neu|neuwertig|gebraucht|geöffnet|comme neuf|d'occasion|occasion|ouvert|come nuovo|usato|aperto"
    r"|como nuevo|usado|de segunda mano|caja abierta|abierto|zo goed als nieuw|gebruikt|tweedehands|geopend"
    r"|jak now[ye]|używan[ye]|otwart[ye])(?: ?[-–:,(].*)?"
    r"|(?:for parts|parts only|als ersatzteil|pour pièces|per p(?:arti|ezzi)|para (?:desguace|piezas)|na części)\b.*"
    r"|.*(?:refurbished|überholt|reconditionné|ricondizionato|reacondicionado|opgeknapt|gereviseerd|odnowion)\w*\b.*"
)


def is_brand_new(wording: str | None) -> bool | None:
    """Say whether a condition, as a site words it, is Brand New.

    Returns:
        None where there is no condition, or words that are none on any site.
    """
    text = _BADGE.sub("", clean_text(wording).casefold().replace("\u2019", "'"), count=1)
    text = text.split("·")[0].strip(" .:|")
    if _BRAND_NEW.fullmatch(text):
        return True
    return False if _LESS_THAN_NEW.fullmatch(text) or _NOT_NEW.fullmatch(text) else None
