"""What a notice on eBay's search page says, in the languages that eBay shows to readers of any of its sites.

A notice is known by its words, never by its class: one class of box is used for a corrected spelling, for
"we streamlined your results" and for "results matching fewer words". What follows from a notice depends on its place
among the rows too: that is `page`'s business.
"""

import re
from typing import Literal

from dropship_pipeline.marketplaces.money import normalised

NoticeKind = Literal["fewer_words", "no_exact_match", "spelling", "streamlined", "unknown"]
# A longer text is a block of the page, not a notice.
LONGEST_NOTICE = 300

# One entry a language: en, de, fr, it, es, nl, pl, pt, ja, ko, zh.
_FEWER_WORDS = (
    r"\b(?:fewer|less) (?:\w+ )?(?:key)?(?:words?|terms?)\b",
    r"\bweniger(?:en)? (?:such)?(?:begriffen?|wörtern?|worten|stichwörtern?|schlagwörtern?)\b",
    r"\bmoins de (?:mots?|termes)\b|\bnombre (?:inférieur|réduit|moindre) de (?:mots|termes)\b",
    r"\bmeno (?:parole|termini)\b|\b(?:numero (?:inferiore|minore|ridotto)|minor numero) di (?:parole|termini)\b",
    r"\bmenos (?:palabras|términos)\b|\bmenor (?:número|cantidad) de (?:palabras|términos)\b",
    r"\bminder (?:zoek|tref|sleutel)?(?:woorden|termen)\b",
    r"\bmniej(?:sz\w+)?(?: \w+){0,2} (?:słów|słowami|słowom|wyrazów|haseł)\b",
    r"\bmenos (?:palavras|termos)\b|\bmenor (?:número|quantidade) de (?:palavras|termos)\b",
    (
        r"(?:少ない|少数の|少なめの|一部の)(?:検索)?(?:単語|言葉|語句|語|キーワード|ワード)"
        r"|(?:単語|言葉|語|キーワード|ワード)(?:の数)?を減ら"
    ),
    r"(?:적은|일부) ?(?:수의 ?)?(?:검색 ?)?(?:단어|낱말|검색어|키워드|용어)|(?:단어|검색어|키워드)(?: ?수)?를? ?줄",
    r"(?:较少|更少|較少|减少|減少|少量|部分)的?(?:搜索|搜尋|查询|查詢)?(?:字词|字詞|词语|詞語|单词|單詞|关键[词字]|關鍵[詞字]|[词詞字])",
)
_NO_EXACT_MATCH = (
    (
        r"\b(?:no|0|zero) (?:exact )?(?:match(?:es)?|results?|(?:items|listings) (?:found|match\w*))\b"
        r"|\b(?:could ?n't|could not|did ?n't|did not|can ?not|unable to) find (?:any |an )?(?:exact )?(?:match|result)"
    ),
    (
        r"\bkeine (?:\w+ ){0,2}?(?:treffer|ergebnisse?|übereinstimmung(?:en)?|suchergebnisse|matches)\b"
        r"|\bkeine (?:genau |exakt )?(?:passenden|übereinstimmenden|entsprechenden) \w+ gefunden"
    ),
    (
        r"\baucune? (?:\w+ )?(?:résultat|correspondance)\b|\bpas de (?:résultats?|correspondances?)\b"
        r"|\baucun \w+ (?:correspondant|exact)"
    ),
    (
        r"\bnessun[ao']? ?(?:risultat[oi]|corrispondenza|oggetto corrispondente)\b"
        r"|\bnon (?:sono stat[ei]|è stat[ao]|ci sono|abbiamo)"
        r" (?:trovat[aeio] )?(?:\w+ )?(?:corrispondenz[ae]|risultat[oi])"
    ),
    (
        r"\b(?:ning[uú]na?|sin) (?:\w+ ){0,2}?(?:resultados?|coincidencias?)\b"
        r"|\bno (?:se (?:han? )?encontr\w+|hay|hemos encontrado|encontramos) (?:\w+ )?(?:resultados?|coincidencias?)"
    ),
    r"\bgeen (?:\w+ ){0,2}?(?:match(?:es)?|overeenkomst(?:en)?|resultaten|resultaat|treffers)\b",
    r"\b(?:nie (?:znaleziono|znaleźliśmy|ma)|brak) (?:\w+ ){0,3}?(?:dopasowa\w+|wyników|rezultatów|trafień)",
    (
        r"\b(?:nenhum|sem) (?:\w+ )?(?:resultados?|correspondências?)\b|\bnenhuma correspondência\b"
        r"|\bnão (?:foram encontrad[oa]s|encontramos|há) (?:\w+ )?(?:resultados?|correspondências?)"
    ),
    (
        r"(?:一致|該当|マッチ)(?:する|の)?(?:検索)?(?:結果|商品|もの|アイテム|出品|出品物)?[はが]?(?:、)?"
        r"(?:ありません|見つかりません|ございません|0件)"
        r"|検索結果[はが]?(?:ありません|見つかりません)"
    ),
    (
        r"일치 ?(?:하는 ?)?(?:검색 ?)?(?:결과|항목|상품|물품)[가이은는를을]? ?(?:없|찾을 수 없|찾지 못)"
        r"|검색 ?결과[가이은는를을]? ?(?:없|찾을 수 없|찾지 못)"
    ),
    (
        r"(?:没有|沒有|未|找不到|无|無)(?:找到|发现|發現)?(?:任何)?(?:完全|精确|精確|确切|確切)?(?:一致|匹配|相符|符合|相应|相應)?的?"
        r"(?:搜索|搜尋)?(?:结果|結果|物品|商品|匹配项|匹配|相符項目)"
    ),
)
_SPELLING = (
    (
        r"\b(?:including|showing|we included|these are|here are) (?:the )?results? (?:for|from)\b|\bdid you mean\b"
        r"|\bsearch (?:only|instead) for\b|\bspell(?:ing|ed)\b"
    ),
    (
        r"\beinschließlich (?:der )?ergebnisse\b|\b(?:es werden|zeigt?|wir zeigen) (?:\w+ )?ergebnisse für\b"
        r"|\bergebnisse für .+ (?:werden )?(?:einbezogen|angezeigt|berücksichtigt|enthalten)\b|\bmeinten sie\b"
        r"|\bstattdessen (?:nach|suchen)\b|\brechtschreib|\bergebnisse (?:beinhalten|enthalten|umfassen)\b"
    ),
    (
        r"\b(?:y compris|inclut|incluant|affichage|voici|avec) (?:les |des )?résultats (?:pour|de)\b"
        r"|\bvouliez-vous dire\b"
        r"|\brechercher (?:uniquement|plutôt)\b|\borthograph"
    ),
    (
        r"\b(?:inclusi|compresi|inclusione|mostra\w*|visualizza\w*|ecco) (?:\w+ )?risultati (?:per|di)\b"
        r"|\brisultati per .+ inclusi\b|\bforse cercavi\b|\bcerca (?:solo|invece)\b|\bortograf"
    ),
    (
        r"\b(?:incluy\w+|inclu[ií]\w+|mostrando|se muestran|estos son) (?:\w+ )?resultados (?:para|de)\b"
        r"|\bquisiste decir\b|\bquiso decir\b|\bbuscar (?:solo|sólo|únicamente|en su lugar)\b|\bortograf"
    ),
    (
        r"\b(?:inclusief|waaronder|we tonen|weergegeven) (?:\w+ )?resultaten (?:voor|van)\b|\bbedoelde (?:u|je)\b"
        r"|\bresultaten voor .+ (?:opgenomen|inbegrepen|weergegeven)\b|\bzoek (?:alleen|in plaats daarvan)\b|\bspelling"
    ),
    (
        r"\b(?:w tym|obejmuj\w+|uwzględnia\w*|pokazuj\w+|wyświetla\w*) (?:także )?wyniki (?:dla|wyszukiwania)\b"
        r"|\bczy chodziło\b|\bszukaj (?:tylko|zamiast)\b|\bpisowni"
    ),
    (
        r"\b(?:inclui\w*|incluindo|mostrando|exibindo) (?:\w+ )?resultados (?:para|de)\b|\bvocê quis dizer\b"
        r"|\b(?:pesquisar|buscar|procurar) (?:apenas|somente|em vez)\b"
    ),
    r"(?:検索)?結果(?:を|も)(?:含|表示)|もしかして|の代わりに|スペル|綴り",
    r"검색 ?결과를? ?(?:포함|표시)|결과(?:를|도|가) ?(?:포함|표시)|대신 검색|맞춤법|철자|이것을 찾으셨나요",
    r"(?:包含|包括|显示|顯示|已加入).*(?:结果|結果)|您(?:是不是|是否)(?:要找|想搜|要搜)|改为搜索|改為搜尋|拼写|拼寫",
)
_STREAMLINED = (
    (
        r"\bstreamlined\b"
        r"|\b(?:removed|hid|hidden|grouped|combined) (?:some |similar |duplicate )*(?:results|listings|items)\b"
    ),
    r"\b(?:optimiert|vereinfacht|verfeinert|gestrafft|angepasst|zusammengefasst)\b",
    r"\b(?:simplifié|optimisé|rationalisé|affiné|regroupé)s?\b",
    r"\b(?:semplificat|ottimizzat|snellit|perfezionat|raggruppat)\w+\b",
    r"\b(?:simplific|optimiz|agiliz|refin|agrup)\w+\b",
    r"\b(?:gestroomlijnd|vereenvoudigd|geoptimaliseerd|verfijnd|samengevoegd)\b",
    r"\b(?:uproszcz|uprości|usprawni|zoptymaliz|ulepszy|zawęzi)\w+\b",
    r"\b(?:simplific|otimiz|refin|aprimor|agrup)\w+\b",
    r"最適化|絞り込(?:みました|んで)|整理し|簡素化|厳選",
    r"최적화|간소화|간추|정리(?:했|하여|된)",
    r"优化|優化|精简|精簡|简化|簡化|整合",
)
# Advice of a page that found nothing: "Try fewer words".
_ADVICE = (
    r"^(?:please )?(?:try|use|check|enter)\b|\b(?:versuchen|probieren|verwenden|benutzen|prüfen) sie\b"
    r"|^(?:essayez|utilisez|vérifiez)\b|^(?:prova|utilizza|usa|verifica)\b"
    r"|^(?:prueb[ae]|intent[ae]|us[ae]|utilic?[ez]\w*|verifi\w+)\b"
    r"|^(?:probeer|gebruik|controleer)\b|^(?:spróbuj|użyj|sprawdź)\b|^(?:tente|use|experimente|verifique)\b"
    r"|(?:お試し|試して|使用して)|(?:시도|사용)(?:해|하)|(?:尝试|嘗試|请使用|請使用|试试|試試)"
)
_KINDS: tuple[tuple[NoticeKind, re.Pattern[str]], ...] = (
    ("fewer_words", re.compile("|".join(_FEWER_WORDS))),
    ("no_exact_match", re.compile("|".join(_NO_EXACT_MATCH))),
    ("spelling", re.compile("|".join(_SPELLING))),
    ("streamlined", re.compile("|".join(_STREAMLINED))),
)
_IS_ADVICE = re.compile(_ADVICE)
# `0 results for lamp`; where the language puts the count last, `lampの検索結果 0件`.
_COUNT_OF_ZERO = re.compile(
    r"^0 ?(?:result|ergebnis|résultat|risultat|wynik|検索|결과|搜索|搜尋|$)"
    r"|(?<![0-9.,])0 ?(?:件|個の|个结果|個結果|개(?:의 ?(?:검색 ?)?결과|\b)|건|条|條|项|項)"
)


def notice_kind(text: str) -> NoticeKind:
    """Say what a notice means by its words; `unknown` for words of no known notice."""
    words = normalised(text).lower()
    if _IS_ADVICE.search(words):
        return "unknown"
    return next((kind for kind, pattern in _KINDS if pattern.search(words)), "unknown")


def counts_zero(heading: str) -> bool:
    """True for the heading above the rows that says how many results there are, if it says 0."""
    return _COUNT_OF_ZERO.search(normalised(heading).lower()) is not None
