"""Google Analytics 4: ``#`` lines, several tables a file, days as ``20240131``, a grand total above or below.

Its figures are what Analytics attributes, so its accounts are never added to the ads platforms'. It has no spend of its
own ("Ads cost" repeats Google Ads), and sessions are no clicks. Purchases come before key events, which mix whatever a
property marks as key.
Source: public files and importers in English ("# " lines, "Date,Session primary channel group (Default Channel Group)",
"20260826"), and the dimension's name in German, French and Spanish guides. The other localised names are our reading.
"""

from __future__ import annotations

from connectors.files.layouts.base import Layout

GA4 = Layout(
    "ga4",
    {
        "day": ("date", "day", "datum", "tag", "fecha", "día", "data", "giorno", "dia", "dag", "jour"),
        "campaign": ("session campaign", "campaign", "first user campaign", "sitzungskampagne",
                     "campagne de la session", "campaña de la sesión", "campagna della sessione",
                     "sessiecampagne", "campanha da sessão", "session source / medium",
                     "session primary channel group (default channel group)", "session primary channel group",
                     "session default channel group", "session default channel grouping"),
        "conversions": ("ecommerce purchases", "transactions", "purchases", "key events", "conversions",
                        "e-commerce-käufe", "schlüsselereignisse", "transaktionen", "achats d'e-commerce",
                        "événements clés", "compras de comercio electrónico", "eventos clave",
                        "acquisti e-commerce", "eventi chiave", "e-commerceaankopen", "belangrijke gebeurtenissen",
                        "compras de e-commerce", "eventos principais"),
        "revenue": ("purchase revenue", "total revenue", "ecommerce revenue", "umsatz aus käufen", "gesamtumsatz",
                    "revenus des achats", "revenu total", "ingresos por compras", "ingresos totales",
                    "entrate da acquisti", "entrate totali", "aankoopopbrengst", "totale opbrengst",
                    "receita de compras", "receita total"),
        "sessions": ("sessions", "sitzungen", "sesiones", "sessioni", "sessies", "sessões"),
        "currency": ("currency code", "currency"),
    },
    blank_totals=True,
    signs=frozenset(("session campaign", "first user campaign", "session source / medium", "key events",
                     "session primary channel group (default channel group)", "session default channel group",
                     "ecommerce purchases", "sitzungskampagne", "campagne de la session", "campaña de la sesión",
                     "campagna della sessione", "sessiecampagne", "campanha da sessão")),
    parts=frozenset(("session source / medium", "session source", "session medium", "session manual ad content",
                     "session default channel group", "session primary channel group (default channel group)")),
    owner=("# property:", "# account:"),
    tables=True,
    required=("day",),
    kind="analytics",
)  # fmt: skip
