"""Words that mean the same in every platform's files: what a total, a period, a finer row calls itself."""

from __future__ import annotations

from collections.abc import Mapping

TOTAL_LABELS = frozenset(
    ("total", "totals", "grand total", "gesamt", "gesamtsumme", "gesamtergebnis", "summe", "insgesamt",
     "total général", "totale", "total general", "totaal", "eindtotaal", "totais", "total geral", "totale generale",
     "resultados totales")
)  # fmt: skip
"""What a totals row calls itself, before any colon (``Total: Account``)."""

TOTAL_STARTS = ("total of ",)
"""How a totals row begins where it goes on (``Total of 25 results``)."""

PERIODS: Mapping[str, str] = {
    **dict.fromkeys(
        ("week", "week (mon. to sun.)", "month", "quarter", "year", "woche", "monat", "semaine", "mois", "semana",
         "mes", "settimana", "mese", "maand", "mês", "by week", "by month", "reporting starts", "reporting ends",
         "berichtsbeginn", "berichtsende", "début des rapports", "fin des rapports", "inicio del informe",
         "fin del informe", "inizio del report", "fine del report", "start rapportage", "einde rapportage",
         "início dos relatórios", "término dos relatórios", "encerramento dos relatórios"),
        "which is more than a day",
    ),
    **dict.fromkeys(("nth day", "nth week", "nth month"), "which counts from the report's start"),
}  # fmt: skip
"""Columns that date a row by something else than a day, and what that is."""

FINER = frozenset(
    ("ad group", "ad group name", "ad set name", "ad set", "ad name", "ad", "keyword", "search keyword", "device",
     "network", "network (with search partners)", "country", "region", "age", "gender", "platform", "placement",
     "conversion action", "hour of the day", "anzeigengruppe", "anzeigengruppenname", "groupe d'annonces", "adset",
     "adset name", "adset id", "ad set id", "adgroup", "adgroup name", "ad group id", "ad id", "creative id",
     "keyword id", "search term", "publisher platform", "platform position", "impression device", "device platform",
     "hour", "time of day (ad account time zone)", "anzeigengruppen-id", "anzeigenname", "anzeige", "gerät", "land",
     "alter", "geschlecht", "âge", "genre", "edad", "sexo", "età", "sesso", "genere", "leeftijd", "geslacht", "idade",
     "gênero", "plattform", "plateforme", "plataforma", "piattaforma", "device type", "top vs. other", "bid match type",
     "match type", "ad distribution", "language", "creative name", "publisher", "operating system", "city",
     "attribution setting", "member country", "member region", "job title", "seniority", "industry")
)  # fmt: skip
"""Columns that split a campaign's day into several rows."""

CAMPAIGN_IDS = frozenset(
    ("campaign id", "kampagnen-id", "id de la campagne", "id de la campaña", "id della campagna", "campagne-id",
     "id da campanha")
)  # fmt: skip
"""Columns that show that rows are campaigns', where no column names them."""

UNSURE: Mapping[str, str] = {
    "link clicks": "clicks are all clicks here ('Clicks (all)'); to count link clicks only, call that column 'Clicks'",
    "results": "a result is whatever each campaign aims at, not always a purchase; conversions are 'Purchases' here",
    "leads": "conversions are 'Purchases' here; to count leads, call that column 'Conversions'",
    "ads cost": "it repeats what Google Ads reports; load that platform's own export for the cost",
}
"""Columns that nearly are a figure, and why they are not taken for it."""
