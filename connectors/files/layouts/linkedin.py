"""LinkedIn Campaign Manager: UTF-16 with tabs, a few lines above the header, line breaks inside quotes.

Source: public importers of these reports, in English ("Start Date (in UTC)", "Account Name", "Campaign Name", "Total
Spent", "Creative Name") and German ("Startdatum (in UTC)", "Name der Kampagne", "Name der Anzeigengruppe",
"Gesamtausgaben"). The other languages are our reading.
"""

from __future__ import annotations

from connectors.files.layouts.base import CLICKS, CURRENCY, DAY, FREQUENCY, IMPRESSIONS, REACH, SPEND, Layout

LINKEDIN = Layout(
    "linkedin",
    {
        "day": ("start date (in utc)", "start date", "startdatum (in utc)", "startdatum",
                "date de début (en utc)", "fecha de inicio (en utc)", "data di inizio (in utc)",
                "data de início (em utc)", *DAY),
        "until": ("end date (in utc)", "end date", "enddatum (in utc)", "einddatum (in utc)",
                  "date de fin (en utc)", "fecha de finalización (en utc)", "data di fine (in utc)",
                  "data de término (em utc)"),
        "campaign": ("campaign name", "campaign", "name der kampagne", "kampagnenname", "nom de la campagne",
                     "nombre de la campaña", "nome della campagna", "nome da campanha", "campagnenaam"),
        "spend": ("total spent", "gesamtausgaben", "total dépensé", "total gastado", "totale speso",
                  "totaal besteed", "total gasto", *SPEND),
        "impressions": IMPRESSIONS,
        "reach": REACH,
        "frequency": FREQUENCY,
        "clicks": CLICKS,
        "conversions": ("conversions", "conversiones", "conversioni", "conversies", "conversões"),
        "revenue": ("total conversion value", "conversion value"),
        "account": ("account name", "kontoname", "nom du compte", "nombre de la cuenta", "nome dell'account",
                    "accountnaam", "nome da conta"),
        "currency": CURRENCY,
    },
    signs=frozenset(("start date (in utc)", "startdatum (in utc)", "date de début (en utc)",
                     "fecha de inicio (en utc)", "data di inizio (in utc)", "data de início (em utc)",
                     "total spent", "gesamtausgaben", "total dépensé", "total gastado", "totale speso",
                     "totaal besteed")),
    preamble=("campaign performance report", "creative performance report", "ad performance report",
              "account performance report", "bericht zur performance"),
    span=(("report start", "startdatum des berichts"), ("report end", "enddatum des berichts")),
    parts=frozenset(("creative name", "creative id", "ad name", "ad id", "ad headline", "ad introduction text",
                     "click url", "creative status", "creative direct sponsored content name", "dsc name",
                     "ad set name", "ad set id", "name der anzeigengruppe", "anzeigengruppen-id")),
)  # fmt: skip
