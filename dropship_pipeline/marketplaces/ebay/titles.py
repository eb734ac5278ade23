"""Titles of eBay's listings: what the page adds to them, and the fitment that eBay appends.

`Listing.title` is the whole title as the site shows it, without badges. What compares titles takes `split_fitment`.
"""

import re
from html import unescape

from dropship_pipeline.marketplaces.fields import clean_text

# In the order en, de, fr, it, es, nl, pl, pt, ja, ko, zh.
_NEW_WINDOW = re.compile(
    r"(?:opens in a new (?:window|tab)(?: or (?:a new )?(?:tab|window))?"
    r"|(?:wird|öffnet) in (?:einem )?neue[nm] (?:fenster|tab)(?: oder (?:einem )?(?:neuen )?tab)?(?: geöffnet)?"
    r"|s['\u2019]ouvre dans (?:une nouvelle fenêtre|un nouvel onglet)(?: ou (?:dans )?un nouvel onglet)?"
    r"|si apre in una nuova finestra(?: o (?:in una nuova )?scheda)?"
    r"|se abre en una (?:ventana nueva|nueva ventana)(?: o (?:en una )?(?:nueva )?pestaña(?: nueva)?)?"
    r"|wordt (?:geopend )?in (?:een )?nieuw (?:venster|tabblad)"
    r"(?: of (?:op )?(?:een )?(?:nieuw )?tabblad)?(?: geopend)?"
    r"|otwiera się w nowym oknie(?: lub (?:na )?(?:nowej )?karcie)?"
    r"|abre (?:em|numa) (?:uma )?nova (?:janela|guia|aba)(?: ou (?:em uma )?(?:nova )?(?:guia|aba|separador))?"
    r"|新しい(?:ウィンドウ|タブ)(?:または(?:新しい)?(?:タブ|ウィンドウ))?で開きます?"
    r"|새 ?(?:창|탭)(?: ?(?:또는|이나) ?(?:새 ?)?(?:탭|창))?에서 ?(?:열기|열림|열립니다)"
    r"|将?[在於于]新(?:窗口|視窗|标签页|標籤頁|分頁)(?:或新?(?:标签页|标签|標籤頁|分頁|選項卡|选项卡))?中?(?:打开|開啟|打開))"
    r"[.。]?",
    re.IGNORECASE,
)
# Words of which one is in each of these: a title without them need not be searched.
_HINT_AT_A_WINDOW = re.compile(
    "window|tab|Fenster|Tab|fenêtre|onglet|finestra|ventana|venster|oknie|janela|guia|ウィンドウ|タブ|창|탭|窗|标签|標籤|分頁"
)
_BADGE = re.compile(
    r"(?:new listing|just listed|neues angebot|neu eingestellt|nouvelle annonce|nouveau listing|nuova inserzione"
    r"|nuovo annuncio|anuncio nuevo|nuevo anuncio|recién puesto en venta|recién publicado"
    r"|nieuwe (?:aanbieding|advertentie)|nieuw aanbod|net geplaatst"
    r"|nowa oferta|nowe ogłoszenie|anúncio novo|novo anúncio|nova listagem|recém[- ]listado"
    r"|新規出品|新着(?:出品)?|새로?운? ?(?:리스팅|등록 ?상품)|신규 ?(?:등록|리스팅)(?: ?상품)?"
    r"|(?:最新|全新|新)(?:刊登|上架|发布|發布)(?:物品)?)(?!s\b)(?: ?[:\uff1a])?\s*",
    re.IGNORECASE,
)
_FITMENT = re.compile(
    r"\s*[(\uff08]\s*"
    r"((?:for|fits|fit for|compatible with|für|passend für|passt (?:für|zu)|pour|compatible avec"
    r"|convient (?:à|pour)|per|adatto (?:a|per)|compatibile con|si adatta a"
    r"|para|compatible con|se adapta a|voor|geschikt voor|past op"
    r"|do|dla|pasuje do|serve para|compatível com"
    r"|適合|対応車種|対応|호환|적용|适用于?|適用於?|适配)\s*[:\uff1a].+?)[)\uff09]?$",
    re.IGNORECASE,
)
# The card that advertises eBay itself, in its first places.
_FILLERS = (
    "shop on ebay", "bei ebay einkaufen", "auf ebay einkaufen", "bei ebay shoppen", "auf ebay shoppen",
    "acheter sur ebay", "achetez sur ebay", "magasiner sur ebay", "shopping sur ebay", "acquista su ebay",
    "compra su ebay", "fai shopping su ebay", "comprar en ebay", "compra en ebay", "tienda en ebay",
    "winkelen op ebay", "shop op ebay", "shoppen op ebay", "kupuj na ebay", "kupuj w ebay", "zakupy na ebay",
    "zakupy w ebay", "comprar no ebay", "compre no ebay", "ebayで買い物", "ebayでショッピング", "ebayで購入",
    "ebayで買う", "ebay에서 쇼핑", "ebay에서 구매", "在 ebay 购物", "在ebay购物", "在 ebay 上购物", "在ebay上购物",
    "在 ebay 購物", "在ebay購物", "在 ebay 上購物", "在ebay上購物",
)  # fmt: skip


def clean_title(value: object) -> str | None:
    """Return a listing's own title, whole, without what the page adds to it; None if nothing is left."""
    title = clean_text(unescape(value) if isinstance(value, str) and "&" in value else value)
    if _HINT_AT_A_WINDOW.search(title):
        title = _NEW_WINDOW.sub(" ", title).strip()
    badge = _BADGE.match(title)
    return (title[badge.end() :] if badge else title) or None


def split_fitment(title: str) -> tuple[str, str | None]:
    """Split a title from the vehicle or device that eBay appends: `Brake Pads (For: 2015 Invented Car)`.

    Returns:
        What two titles are compared by, and the fitment (`For: 2015 Invented Car`), None where there is none.
    """
    if ":" not in title and "\uff1a" not in title:  # as in most; to look for a bracket and words takes longer
        return title, None
    match = _FITMENT.search(title)
    if match is None or match.start() == 0:
        return title, None
    return title[: match.start()], match[1].strip()


def is_badge(text: str) -> bool:
    """True for the whole text of a badge that stands before a title, such as `New listing`."""
    return _BADGE.fullmatch(text) is not None


def is_filler_title(title: str, *, whole: bool) -> bool:
    """True for the title of the card that advertises eBay itself.

    Args:
        title: a title.
        whole: False where more words may follow: on some pages the letters of "Sponsored" in disorder.
    """
    words = title.casefold()
    return words in _FILLERS if whole else words.startswith(_FILLERS)


def names_several(value: object) -> bool:
    """True for the titles of several listings that a scraper ran together: what ends a title stands inside it."""
    return isinstance(value, str) and len(_NEW_WINDOW.findall(value)) > 1
