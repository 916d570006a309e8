"""Meta Ads Manager and its reporting, whose headers carry the currency and follow the reader's language.

Source: header tables of public importers of Meta exports; the amount spent of every language was seen in several
("Ausgegebener Betrag", "Montant dépensé", "Importe gastado", "Importo speso", "Besteed bedrag", "Valor usado").
"""

from __future__ import annotations

from connectors.files.layouts.base import (
    ACCOUNT,
    CLICKS,
    CONVERSIONS,
    CURRENCY,
    DAY,
    FREQUENCY,
    IMPRESSIONS,
    REACH,
    REVENUE,
    SPEND,
    Layout,
)

_SPENT = ("amount spent", "ausgegebener betrag", "montant dépensé", "importe gastado", "importo speso",
          "besteed bedrag", "valor usado", "valor gasto")  # fmt: skip

META = Layout(
    "meta",
    {
        "day": DAY,
        "campaign": ("campaign name", "campaign", "kampagnenname", "kampagne", "nom de la campagne",
                     "nombre de la campaña", "nome della campagna", "nome da campanha", "campagnenaam",
                     "naam campagne"),
        "spend": (*_SPENT, *SPEND),
        "impressions": IMPRESSIONS,
        "reach": REACH,
        "frequency": FREQUENCY,
        "clicks": ("clicks (all)", "klicks (alle)", "clics (tous)", "clics (todos)", "clic (tutti)",
                   "klikken (alle)", "cliques (todos)", *CLICKS),
        "conversions": ("purchases", "website purchases", "käufe", "website-käufe", "achats",
                        "achats sur le site web", "compras", "compras en el sitio web", "compras no site",
                        "acquisti", "acquisti sul sito web", "aankopen", "aankopen op website", *CONVERSIONS),
        "revenue": ("purchases conversion value", "purchase conversion value", "website purchases conversion value",
                    "conversion-wert von käufen", "conversion-wert der käufe", "wert der käufe",
                    "valeur de conversion des achats", "valor de conversión de compras",
                    "valore di conversione degli acquisti", "valor de conversão da compra",
                    "valor de conversão de compras", "conversiewaarde van aankopen", "conversiewaarde aankopen",
                    *REVENUE),
        "account": ("account name", "account id", "name des werbekontos", "nom du compte publicitaire", *ACCOUNT),
        "currency": CURRENCY,
    },
    blank_totals=True,
    signs=frozenset(_SPENT),
    parts=frozenset((
        "ad set name", "ad set id", "ad name", "ad id", "anzeigengruppenname", "name der anzeigengruppe",
        "anzeigengruppen-id", "anzeigenname", "anzeigen-id", "nom de l'ensemble de publicités",
        "nom de l’ensemble de publicités", "nom de la publicité", "nombre del conjunto de anuncios",
        "nombre del anuncio", "nome del gruppo di inserzioni", "nome dell'inserzione", "nome do conjunto de anúncios",
        "nome do anúncio", "naam advertentieset", "advertentiesetnaam", "naam advertentie", "advertentienaam",
    )),
)  # fmt: skip
