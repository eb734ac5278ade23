"""eBay's line about condition: what the site says in it, and whether that is brand new, in its readers' languages.

"New with tags" is brand new; "New (Other)", "New without box" and "Open box" are not, although they are unused.
"""

import re
from functools import lru_cache

from dropship_pipeline.marketplaces.money import normalised

# A badge for the age of the offer; scraped rows run it together with the condition.
_BADGE = re.compile(
    r"(?:new listing|neues angebot|nouvelle annonce|nuova inserzione|anuncio nuevo|nieuwe aanbieding|nowa oferta"
    r"|novo anúncio|新規出品|새 리스팅|新上架):?"
)
# Who sells. It stands beside the condition, or alone. One entry a language: en, de, fr, it, es, nl, pl, pt, ja, ko, zh.
_SELLER_TYPES = (
    r"(?:business|private|commercial)(?: seller)?",
    r"gewerblich(?:er (?:anbieter|verkäufer))?|privat(?:er (?:anbieter|verkäufer)|verkäufer|person)?",
    r"(?:vendeur )?(?:professionnel|particulier|pro)",
    r"(?:venditore )?(?:professionale|privato|azienda)",
    r"(?:vendedor )?(?:profesional|particular|empresa|comercial)",
    r"zakelijk(?:e verkoper)?|particulier(?:e verkoper)?|bedrijf",
    r"firma|prywatn[yeao]|osoba prywatna|(?:sprzedawca )?(?:prywatny|firmowy|biznesowy)",
    r"(?:vendedor )?(?:profissional|particular|empresarial)",
    r"(?:ビジネス|個人|法人|事業者)(?:出品者|セラー)?|業者|ストア",
    r"(?:사업자|비즈니스|개인|기업)(?: ?(?:판매자|셀러))?|업체",
    r"(?:商业|企业|个人|私人|商業|企業|個人)(?:卖家|賣家)?|商家|公司",
)
_SELLER_TYPE = "|".join(_SELLER_TYPES)
_ONLY_SELLER_TYPE = re.compile(rf"(?:{_SELLER_TYPE})", re.IGNORECASE)
_SELLER_TYPE_AFTER = re.compile(rf"[\s/,–-]+(?:{_SELLER_TYPE})$", re.IGNORECASE)
_PARTS = re.compile(r"\s*[|·•・]\s*")
# Lines beside the condition that are none: stars, and how many have given some.
_STARS = re.compile(
    r"^[0-5][.,][0-9] |[0-9] ?(?:out of|von|sur|su|de|van|z|/) ?5\b|★|5つ星|별점"
    r"|^\(?[0-9][0-9.,]*\)? ?(?:product )?(?:ratings?|reviews?|produktbewertung|bewertung|avis|évaluation|valoraci"
    r"|valutazion|recension|beoordeling|ocen|avalia|レビュー|評価|상품평|评价|評價)",
    re.IGNORECASE,
)

_NEW_WORDS = (
    r"(?:brand[ -]?)?new",
    r"(?:ganz |brand|fabrik|nagel)?neu",
    r"(?:tout |entièrement )?neuf",
    r"(?:completamente )?nuovo(?: di zecca)?|nuovissimo",
    r"(?:totalmente |completamente )?nuevo|a estrenar",
    r"(?:gloed(?:je)?)?nieuw",
    r"(?:fabrycznie |całkowicie |całkiem |zupełnie )?now[yea]",
    r"(?:totalmente |completamente )?novo(?: em folha)?",
    r"(?:ブランド)?新品(?:[、・]?未使用)?",
    r"새 ?(?:상품|제품|것|물건)|신품",
    r"全新(?:品|商品|物品)?|崭新|嶄新",
)
_NEW = f"(?:{'|'.join(_NEW_WORDS)})"
_WITH = "with|in|mit|im|avec|dans sa|con|nella|en su|met|z|w|com|na"
_COMPLETE = (
    "tags?|box|packaging|etikett(?:en)?|karton|verpackung|originalverpackung|étiquettes?|boîte|emballage|etichett[ae]"
    "|cartellin[oi]|scatola|etiquetas?|caja|labels?|kaartje|doos|metk[ąa]|metkami|pudełkiem|pudełku|caixa"
)
_FLAWED = (
    "defects?|imperfections?|fehlern|mängeln|défauts?|difetti|defectos?|gebreken|defecten|wadami|defektami|defeitos?"
)
_LESS = "other|open|sonstige|autre|altro|otro|overig|inn[yea]|outro|without|ohne|sans|senza|sin|zonder|bez|sem"
_LESS_CJK = "その他|訳あり|欠陥|傷|なし|無し|기타|없음|없는|하자|결함|其他|其它|不含|没有|沒有|无|無|缺陷|瑕疵"
_BRAND_NEW = re.compile(
    rf"{_NEW}(?: (?:{_WITH}) (?:original )?(?:{_COMPLETE}))?|(?:タグ|箱)付き新品|新品 ?[(]?(?:タグ|箱)付き[)]?"
)
_LESS_THAN_NEW = re.compile(
    rf"{_NEW}[ :,(–-]+(?:{_LESS}|(?:{_WITH}) (?:{_FLAWED}))\b.*|{_NEW}.*(?:{_LESS_CJK}).*|(?:{_LESS_CJK}).*{_NEW}"
)
_USED_WORDS = (
    (
        r"(?:like|near(?:ly)?) new|open(?:ed)?(?:[ -]box)?|pre-?(?:owned|loved)|used|second[ -]hand|(?:very )?good"
        r"|acceptable|fair|(?:un)?graded|remanufactured"
    ),
    r"wie neu|neuwertig|gebraucht|geöffnet|(?:sehr )?gut|akzeptabel",
    r"comme neuf|d'occasion|occasion|ouvert|(?:très )?bon(?: état)?|(?:état )?(?:acceptable|correct)",
    r"come nuovo|usato|aperto|(?:di )?seconda mano|(?:molto )?buono|ottimo|accettabile",
    r"como nuevo|usad[oa]|(?:de )?segunda mano|caja abierta|abierto|(?:muy )?buen[oa]?|aceptable",
    r"zo goed als nieuw|gebruikt|tweedehands|geopend|(?:zeer |heel )?goed|acceptabel|redelijk",
    r"jak now[yea]|używan[yea]|otwart[yea]|(?:bardzo )?dobr[yea]|akceptowaln[yea]",
    r"como novo|seminovo|(?:de )?segunda mão|(?:caixa )?abert[oa]|(?:muito )?bom|aceitável",
    r"中古(?:品)?|ユーズド|未使用に近い|開封(?:済み?)?(?:品)?|ほぼ新品|(?:非常に|とても)?良い|良好|可",
    r"중고(?:품| ?상품| ?제품)?|개봉(?:됨|품| ?상품| ?제품)?|(?:거의 )?새 ?것 ?같은(?: ?상품)?|(?:매우 )?(?:좋음|양호)",
    (
        r"二手(?:商品|物品|货|貨)?|已?使用[过過]?的?|[开開](?:箱|封)(?:品|商品)?|近全新|几乎全新|幾乎全新|(?:非常)?(?:好|良好)"
        r"|尚可|可接受"
    ),
)
_FOR_PARTS = (
    r"(?:for parts|parts only|spares|als ersatzteil|ersatzteil|für ersatzteile|pour pièces|per p(?:arti|ezzi)"
    r"|para (?:desguace|piezas|repuestos|peças)|voor onderdelen|na części|uszkodzon\w+)\b.*"
    r"|.*(?:部品|ジャンク|부품|零件).*"
)
_REFURBISHED = (
    r".*(?:refurbished|renewed|überholt|aufbereitet|reconditionn|remis à neuf|ricondizionat|rigenerat|reacondicionad"
    r"|restaurado|opgeknapt|gereviseerd|odnowion|recondicionad|再生|整備済|리퍼|재생|翻新|整新).*"
)
# Of the words for used, only what follows a mark belongs to the condition: "Used - Good", "Ouvert (jamais utilisé)".
_NOT_NEW = re.compile(rf"(?:{'|'.join(_USED_WORDS)})(?: ?[-–:,(/].*)?|{_FOR_PARTS}|{_REFURBISHED}")


# The sites' lines are few and stand on every card.
@lru_cache(maxsize=1024)
def site_condition(line: str) -> str | None:
    """Return the condition in the site's line without the seller's type and the product's details beside it.

    Args:
        line: e.g. `Neu | Gewerblich`, `Brand New · Garmin`, `Gebraucht / Privat`.

    Returns:
        None for a line that is not about condition: the seller's type alone, stars, a price.
    """
    if _STARS.search(line):
        return None
    for part in _PARTS.split(line):
        condition = _SELLER_TYPE_AFTER.sub("", part).strip(" /,")
        if condition and not _ONLY_SELLER_TYPE.fullmatch(condition):
            return condition
    return None


@lru_cache(maxsize=1024)
def is_brand_new(wording: str | None) -> bool | None:
    """Say whether a condition, as a site words it, is Brand New.

    Returns:
        None where there is no condition, or words that are none on any site.
    """
    text = _BADGE.sub("", normalised(wording or "").casefold(), count=1)
    text = (site_condition(text) or "").strip(" .:")
    if _BRAND_NEW.fullmatch(text):
        return True
    return False if _LESS_THAN_NEW.fullmatch(text) or _NOT_NEW.fullmatch(text) else None
