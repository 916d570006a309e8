"""Microsoft Advertising, with lines above the header that describe the report and a copyright line below it.

Sources: the report reader of the bingads SDK (``bingads/v13/internal/reporting/row_report_header.py``: "Report Name",
"Rows", "Potential Incomplete Data"), learn.microsoft.com/advertising/guides/reports, and public files with "Gregorian
date". Only English files were seen: the other languages are our reading.
"""

from __future__ import annotations

from connectors.files.layouts.base import ACCOUNT, CLICKS, CONVERSIONS, CURRENCY, DAY, IMPRESSIONS, SPEND, Layout

MICROSOFT = Layout(
    "microsoft",
    {
        "day": ("gregorian date", "gregorianisches datum", "date grégorienne", "fecha gregoriana", "data gregoriana",
                "time period", "timeperiod", *DAY),
        "campaign": ("campaign", "campaign name", "campaignname", "kampagne", "kampagnenname", "campagne",
                     "nom de campagne", "nom de la campagne", "campaña", "nombre de campaña", "campagna",
                     "nome campagna", "campanha", "nome da campanha", "campagnenaam", "naam campagne"),
        "spend": ("spend", "spent", "dépense", "dépenses", "gasto", "gastos", "inversión", "spesa", "gasto total",
                  "uitgaven", *SPEND),
        "impressions": IMPRESSIONS,
        "clicks": CLICKS,
        "conversions": CONVERSIONS,
        "revenue": ("revenue", "umsatz", "revenu", "revenus", "ingresos", "ricavi", "receita", "opbrengst", "omzet"),
        "account": (*ACCOUNT, "accountname", "account number", "account id"),
        "currency": (*CURRENCY, "currencycode"),
    },
    signs=frozenset(("gregorian date", "gregorianisches datum", "date grégorienne", "fecha gregoriana",
                     "data gregoriana", "ad distribution", "avg. pos.")),
    preamble=("report name:", "berichtsname:", "nom du rapport", "nombre del informe:", "nome del report:",
              "rapportnaam:", "nome do relatório:"),
    footer="microsoft corporation",
    row_count="rows:",
)  # fmt: skip
