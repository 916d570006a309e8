"""TikTok Ads Manager, whose custom reports date their rows by "By Day" and end with "Total of ... results".

Source: public importers of these exports, in English ("By Day", "Clicks (destination)", "Complete payment", "Total
complete payment value") and Spanish ("Por día", "Coste", "Gasto", "Clics (destino)"). The rest is our reading.
"""

from __future__ import annotations

from connectors.files.layouts.base import CLICKS, CURRENCY, DAY, FREQUENCY, IMPRESSIONS, REACH, SPEND, Layout

TIKTOK = Layout(
    "tiktok",
    {
        "day": ("by day", "nach tag", "par jour", "por día", "per giorno", "per dag", "por dia", *DAY),
        "campaign": ("campaign name", "campaign", "kampagnenname", "nom de la campagne", "nombre de la campaña",
                     "nome della campagna", "nome campagna", "campagnenaam", "nome da campanha"),
        "spend": (*SPEND, "gasto"),
        "impressions": IMPRESSIONS,
        "reach": REACH,
        "frequency": FREQUENCY,
        "clicks": ("clicks (destination)", "clicks (all)", "klicks (ziel)", "clics (destination)",
                   "clics (destino)", "clic (destinazione)", "klikken (bestemming)", "cliques (destino)", *CLICKS),
        "conversions": ("complete payment", "total complete payment", "purchases", "website purchases", "conversions",
                        "conversiones", "conversioni", "conversies", "conversões"),
        "revenue": ("total complete payment value", "complete payment value", "total purchase value",
                    "purchase value"),
        "account": ("account name", "advertiser name", "account"),
        "currency": CURRENCY,
    },
    signs=frozenset(("by day", "nach tag", "par jour", "por día", "per giorno", "per dag", "por dia",
                     "clicks (destination)", "complete payment", "total complete payment value")),
    parts=frozenset(("ad group name", "ad group id", "ad name", "ad id", "anzeigengruppenname", "anzeigenname",
                     "nom du groupe de publicités", "nom de la publicité", "nombre del grupo de anuncios",
                     "nombre del anuncio", "nome del gruppo di annunci", "nome dell'annuncio",
                     "naam advertentiegroep", "advertentienaam", "nome do grupo de anúncios", "nome do anúncio")),
)  # fmt: skip
