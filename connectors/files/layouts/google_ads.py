"""Google Ads, as its report editor and its campaign table download it.

Source: public importers of localised exports, and the export they are tested with ("Kampagne,Tag,Impressionen,Klicks,
Kosten,Conversions,Conv.-Wert"), list the names of the value; those of the account and the preamble are our reading.
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
                    "conv.waarde", "conversiewaarde", "conv.-waarde", "revenue"),
        "account": (*ACCOUNT, "customer id", "kundennummer", "numéro client", "id de cliente"),
        "currency": CURRENCY,
    },
    signs=frozenset(("impr.", "vert.", "conv. value", "conv.-wert", "valeur de conv.", "valor de conv.",
                     "valore conv.", "valor conv.", "valor da conv.", "conv.waarde", "conv.-waarde")),
    preamble=("campaign report", "kampagnenbericht", "rapport sur les campagnes", "rapport de campagne",
              "informe de campaña", "rapporto campagna", "campagnerapport", "relatório de campanha"),
)  # fmt: skip
