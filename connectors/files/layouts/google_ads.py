"""Google Ads, as its report editor and its campaign table download it.

Sources: support.google.com/google-ads/answer/2454072 (downloading), and column names as public importers of
localised exports list them ("Gesamt: Konto", "Conv.waarde", "Valore conv.", "Valor de conv.").
"""

from __future__ import annotations

from connectors.files.layouts.base import ACCOUNT, CLICKS, CONVERSIONS, CURRENCY, DAY, IMPRESSIONS, SPEND, Layout

GOOGLE_ADS = Layout(
    "google_ads",
    {
        "day": DAY,
        "campaign": ("campaign", "campaign name", "kampagne", "campagne", "campaña", "campagna", "campanha",
                     "campaign type"),
        "spend": SPEND,
        "impressions": IMPRESSIONS,
        "clicks": CLICKS,
        "conversions": CONVERSIONS,
        "revenue": ("conv. value", "conversion value", "total conv. value", "conv.-wert", "conversion-wert",
                    "valeur de conv.", "valor de conv.", "valore conv.", "valor conv.", "valor da conv.",
                    "conv.waarde", "conv.-waarde", "revenue"),
        "account": (*ACCOUNT, "customer id", "kundennummer", "numéro client", "id de cliente"),
        "currency": CURRENCY,
    },
    signs=frozenset(("impr.", "vert.", "conv. value", "conv.-wert", "valeur de conv.", "valor de conv.",
                     "valore conv.", "valor conv.", "valor da conv.", "conv.waarde", "conv.-waarde")),
    preamble=("campaign report", "kampagnenbericht", "rapport sur les campagnes", "rapport de campagne",
              "informe de campaña", "rapporto campagna", "campagnerapport", "relatório de campanha"),
)  # fmt: skip
