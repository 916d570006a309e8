"""German and Spanish questions, put into English phrase by phrase before anything else is read."""

# ruff: noqa: E501 - phrases are read row by row; broken rows would hide what belongs together

from __future__ import annotations

import re

# Other tongues are put into English phrase by phrase before anything else is read.
TONGUES: tuple[tuple[str, str], ...] = (
    (r"(how|who|where)s", r"\1"), (r"weekly (report|summary|recap|update|numbers|performance)", r"\1 last week"),
    (r"daily (report|summary|recap|update|numbers)", r"\1 yesterday"),
    (r"monthly (report|summary|recap|update|numbers|performance)", r"\1 last month"),
    (r"wie hoch", "how much"), (r"letzte[nrs]? woche", "last week"), (r"letzte[nrs]? monat", "last month"), (r"letzte[nrs]? jahr", "last year"),
    (r"letzte[nrs]? quartal", "last quarter"), (r"letzte[n]? (\d+) tagen?", r"last \1 days"),
    (r"diese[nrs]? woche", "this week"), (r"diese[nrs]? monat", "this month"), (r"vorgestern", "day before yesterday"),
    (r"gestern", "yesterday"), (r"heute", "today"), (r"nach plattform(?:en)?|pro plattform", "by platform"),
    (r"(?:nach|pro) kampagnen?", "by campaign"), (r"(?:pro|nach) tag(?:en)?", "by day"), (r"(?:pro|nach) woche", "by week"),
    (r"(?:pro|nach) monat", "by month"), (r"wie ?viel", "how much"), (r"wie viele", "how many"), (r"kampagnen?", "campaign"),
    (r"wie lief(?:en)? (?:es|die)?", "how did we do"), (r"welche[rs]?", "which"), (r"beste[nrs]?", "best"),
    (r"schlechteste[nrs]?", "worst"), (r"warum", "why"), (r"gegenuber|verglichen mit", "vs"), (r"konversionsrate", "conversion rate"),
    (r"klickrate", "ctr"), (r"(?:haben|hatten) wir", ""), (r"im(?= (?:januar|februar|marz|april|mai|juni|juli|august|sept|okt|nov|dez))", "in"),
    (r"(?:bei|auf)(?= (?:google|meta|facebook|adwords|instagram|tiktok|youtube|search|display|pmax))", "on"),
    (r"kosten (?:pro|je) (?:conversion|konversion|bestellung)", "cpa"), (r"kosten (?:pro|je) klick", "cpc"),
    (r"(?:rev|revenue|return) (?:per|for (?:every|each)) (?:single )?(?:dollars?|euros?|usd|eur|pounds?|gbp)(?: (?:we )?(?:spent|spend|invested))?", "roas"),
    (r"cual(?:es)?", "what"), (r"fue(?:ron)?", "was"), (r"quel(?:le)?s?", "what"), (r"etait", "was"), (r"le mois dernier", "last month"), (r"la semaine derniere", "last week"),
    (r"(?:la )?semana pasada", "last week"), (r"(?:el )?mes pasado", "last month"), (r"(?:el )?ano pasado", "last year"),
    (r"(?:los )?ultimos (\d+) dias", r"last \1 days"), (r"esta semana", "this week"), (r"este mes", "this month"),
    (r"ayer", "yesterday"), (r"hoy", "today"), (r"por plataforma", "by platform"), (r"por campanas?", "by campaign"),
    (r"por dia", "by day"), (r"por semana", "by week"), (r"por mes", "by month"), (r"cuant[oa]s?", "how much"),
    (r"campanas?", "campaign"), (r"que(?= campaign)", "which"), (r"mejor(?:es)?", "best"), (r"peor(?:es)?", "worst"),
    (r"por que", "why"), (r"tasa de conversion", "conversion rate"), (r"hemos gastado|gaste", "spend"), (r"tuvimos", ""),
    (r"bis(?: zum| ende)?", "until"), (r"seit(?: dem)?", "since"), (r"hasta(?: el)?", "until"), (r"desde(?: el)?", "since"),
    (r"en", "in"),
)  # fmt: skip


ROMANCE = r"\b(?:cual|cuales|fue|cuant[oa]s?|gasto|gastos|gaste|ingresos|semana|mes|pasad[oa]|ayer|por que|campanas?|enero|febrero|marzo|mayo|junio|quel|quelle|etait|combien|mois|semaine|depenses)\b"


def translate(text: str) -> str:
    """German, Spanish and a little French in English; the rest as it was."""
    if re.search(ROMANCE, text):
        text = re.sub(r"\b(?:de|del|du|des)\b", " ", text)  # not the country code
        text = " ".join(text.split())
    for pattern, english in TONGUES:
        text = re.sub(rf"\b(?:{pattern})(?!\w)", english, text)
    return " ".join(text.split())
