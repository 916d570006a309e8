"""Files as the platforms' own download buttons write them, with the same figures in each.

What a platform puts around its rows (lines above, totals, a last line, an encoding) is what makes an import hard.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Sold:
    """One campaign, or one ``part`` of it (an ad set, an ad), on one day; money in the major unit."""

    day: date
    campaign: str
    spend: Decimal
    impressions: int
    clicks: int
    conversions: Decimal
    revenue: Decimal
    part: str = ""


@dataclass(frozen=True, slots=True)
class Tongue:
    """A language: how it writes numbers, separates cells, and calls columns and totals."""

    group: str
    mark: str
    separator: str
    total: str
    google: tuple[str, ...]
    meta: tuple[str, ...]


TONGUES: Mapping[str, Tongue] = {
    "en": Tongue(",", ".", ",", "Total: Account",
                 ("Campaign report", "Day", "Campaign", "Currency code", "Cost", "Impr.", "Clicks", "Conversions",
                  "Conv. value"),
                 ("Reporting starts", "Reporting ends", "Campaign name", "Ad set name", "Day", "Amount spent",
                  "Impressions", "Clicks (all)", "Purchases", "Purchases conversion value")),
    "de": Tongue(".", ",", ";", "Gesamt: Konto",
                 ("Kampagnenbericht", "Tag", "Kampagne", "Währungscode", "Kosten", "Impr.", "Klicks", "Conversions",
                  "Conv.-Wert"),
                 ("Berichtsbeginn", "Berichtsende", "Kampagnenname", "Anzeigengruppenname", "Tag",
                  "Ausgegebener Betrag", "Impressionen", "Klicks (alle)", "Käufe", "Conversion-Wert von Käufen")),
    "fr": Tongue("\u202f", ",", ";", "Total : compte",
                 ("Rapport de campagne", "Jour", "Campagne", "Code de devise", "Coût", "Impr.", "Clics", "Conversions",
                  "Valeur de conv."),
                 ("Début des rapports", "Fin des rapports", "Nom de la campagne", "Nom de l'ensemble de publicités",
                  "Jour", "Montant dépensé", "Impressions", "Clics (tous)", "Achats",
                  "Valeur de conversion des achats")),
    "es": Tongue(".", ",", ";", "Total: cuenta",
                 ("Informe de campaña", "Día", "Campaña", "Código de moneda", "Coste", "Impr.", "Clics", "Conversiones",
                  "Valor de conv."),
                 ("Inicio del informe", "Fin del informe", "Nombre de la campaña", "Nombre del conjunto de anuncios",
                  "Día", "Importe gastado", "Impresiones", "Clics (todos)", "Compras",
                  "Valor de conversión de compras")),
    "it": Tongue(".", ",", ";", "Totale: account",
                 ("Rapporto campagna", "Giorno", "Campagna", "Codice valuta", "Costo", "Impr.", "Clic", "Conversioni",
                  "Valore conv."),
                 ("Inizio del report", "Fine del report", "Nome della campagna", "Nome del gruppo di inserzioni",
                  "Giorno", "Importo speso", "Impression", "Clic (tutti)", "Acquisti",
                  "Valore di conversione degli acquisti")),
    "nl": Tongue(".", ",", ";", "Totaal: account",
                 ("Campagnerapport", "Dag", "Campagne", "Valutacode", "Kosten", "Vert.", "Klikken", "Conversies",
                  "Conv.waarde"),
                 ("Start rapportage", "Einde rapportage", "Campagnenaam", "Naam advertentieset", "Dag",
                  "Besteed bedrag", "Weergaven", "Klikken (alle)", "Aankopen", "Conversiewaarde van aankopen")),
    "pt": Tongue(".", ",", ";", "Total: conta",
                 ("Relatório de campanha", "Dia", "Campanha", "Código da moeda", "Custo", "Impr.", "Cliques",
                  "Conversões", "Valor da conv."),
                 ("Início dos relatórios", "Término dos relatórios", "Nome da campanha", "Nome do conjunto de anúncios",
                  "Dia", "Valor usado", "Impressões", "Cliques (todos)", "Compras", "Valor de conversão da compra")),
}  # fmt: skip


def google_ads(rows: Sequence[Sold], currency: str, language: str = "en", *, excel: bool = False) -> bytes:
    """Two lines above the header, a totals row below; ``excel`` is UTF-16 with tabs, as "CSV (Excel)" gives it."""
    tongue = TONGUES[language]
    title, *header = tongue.google
    first, last = min(r.day for r in rows), max(r.day for r in rows)
    of_rows = [[r.day.isoformat(), r.campaign, currency, *_figures(r, tongue)] for r in rows]
    of_all = [tongue.total, " --", currency, *_figures(total(rows), tongue)]
    table = [[title], [f"{first} - {last}"], header, *of_rows, of_all]
    text = _csv(table, "\t" if excel else tongue.separator)
    return text.encode("utf-16") if excel else text.encode()


def meta(rows: Sequence[Sold], currency: str, language: str = "en") -> bytes:
    """The currency in the header, and the totals row first, without a name; an ad set's column where rows have one."""
    tongue = TONGUES[language]
    starts, ends, campaign, ad_set, day, spend, *others, value = tongue.meta
    first, last = min(r.day for r in rows).isoformat(), max(r.day for r in rows).isoformat()
    split = any(r.part for r in rows)
    names = [starts, ends, campaign, *([ad_set] if split else []), day, f"{spend} ({currency})", *others, value]
    table = [names, [first, last, "", *([""] if split else []), "", *_figures(total(rows), tongue)]]
    for r in rows:
        ad_sets = [r.part] if split else []
        table.append([first, last, r.campaign, *ad_sets, r.day.isoformat(), *_figures(r, tongue)])
    return _csv(table, tongue.separator).encode("utf-8-sig")


def microsoft(rows: Sequence[Sold], currency: str) -> bytes:
    """What the report is above the header, with its number of rows, and the copyright below."""
    first, last = min(r.day for r in rows), max(r.day for r in rows)
    table = [
        ["Report Name: Campaign performance"], [f"Report Time: {_us(first)} - {_us(last)}"],
        ["Time Zone: (GMT+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna"],
        ["Report Aggregation: Daily"], ["Report Filter: "], ["Potential Incomplete Data: false"],
        [f"Rows: {len(rows)}"], [],
        ["Gregorian date", "Account name", "Currency code", "Campaign name", "Impressions", "Clicks", "Spend",
         "Conversions", "Revenue"],
    ]  # fmt: skip
    for r in rows:
        spend, impressions, clicks, conversions, revenue = _figures(r, TONGUES["en"])
        day = r.day.isoformat()
        table.append([day, "Acme", currency, r.campaign, impressions, clicks, spend, conversions, revenue])
    table += [[], ["©2024 Microsoft Corporation. All rights reserved. "]]
    return _csv(table, ",", csv.QUOTE_ALL).encode("utf-8-sig")


def linkedin(rows: Sequence[Sold], currency: str) -> bytes:
    """UTF-16 with tabs, four lines above the header, American days, and ads' texts with line breaks."""
    first, last = min(r.day for r in rows), max(r.day for r in rows)
    split = any(r.part for r in rows)
    ad = ["Creative Name", "Ad Introduction Text"] if split else []
    table = [
        [f"{'Creative' if split else 'Campaign'} Performance Report (in UTC)"],
        [f"Report Start: {first:%B %d, %Y}, 12:00 AM"], [f"Report End: {last:%B %d, %Y}, 11:59 PM"],
        ["Date Generated: July 1, 2024, 9:00 AM"], [],
        ["Start Date (in UTC)", "Account Name", "Currency", "Campaign Name", *ad, "Total Spent", "Impressions",
         "Clicks", "Conversions", "Total Conversion Value"],
    ]  # fmt: skip
    for r in rows:
        text = [r.part, f"Two lines\nfor {r.part}"] if split else []
        table.append([_us(r.day), "Acme", currency, r.campaign, *text, *_figures(r, TONGUES["en"])])
    return _csv(table, "\t").encode("utf-16")


def tiktok(rows: Sequence[Sold], currency: str) -> bytes:
    """By day, campaign and, where rows have one, ad group; the totals row says how many results there are."""
    split = any(r.part for r in rows)
    part = ["Ad group name"] if split else []
    table = [["By Day", "Campaign name", *part, "Currency", "Cost", "Impressions", "Clicks (destination)",
              "Complete payment", "Total complete payment value"]]  # fmt: skip
    for r in rows:
        named = [r.part] if split else []
        table.append([r.day.isoformat(), r.campaign, *named, currency, *_figures(r, TONGUES["en"])])
    of_all = _figures(total(rows), TONGUES["en"])
    table.append([f"Total of {len(rows)} results", "-", *(["-"] if split else []), "-", *of_all])
    return _csv(table, ",").encode("utf-8-sig")


def ga4(rows: Sequence[Sold]) -> bytes:
    """``#`` lines, a table by day and campaign with its grand total, then a table of something else."""
    first, last = min(r.day for r in rows), max(r.day for r in rows)
    of_all = total(rows)
    table: list[list[str]] = [
        ["# ----------------------------------------"], ["# Purchases by campaign"], ["# Account: Acme"],
        ["# Property: Acme shop"], [f"# {first:%Y%m%d}-{last:%Y%m%d}"],
        ["# ----------------------------------------"], [],
        ["Date", "Session campaign", "Sessions", "Ecommerce purchases", "Purchase revenue"],
        ["", "", str(of_all.clicks), str(of_all.conversions), str(of_all.revenue), "Grand total"],
    ]  # fmt: skip
    table += [[f"{r.day:%Y%m%d}", r.campaign, str(r.clicks), str(r.conversions), str(r.revenue)] for r in rows]
    table += [[], ["# Landing pages"], ["Landing page", "Sessions"], ["/", str(of_all.clicks)]]
    return _csv(table, ",").encode()


Writer = Callable[[Sequence[Sold], str], bytes]


def total(rows: Iterable[Sold]) -> Sold:
    """The sum of all rows, as a totals row states it."""
    rows = list(rows)
    return Sold(
        rows[0].day,
        "",
        sum((r.spend for r in rows), Decimal(0)),
        sum(r.impressions for r in rows),
        sum(r.clicks for r in rows),
        sum((r.conversions for r in rows), Decimal(0)),
        sum((r.revenue for r in rows), Decimal(0)),
    )


def _figures(row: Sold, tongue: Tongue) -> list[str]:
    def written(value: Decimal | int, form: str) -> str:
        return format(value, form).replace(",", "g").replace(".", tongue.mark).replace("g", tongue.group)

    decimals = [written(v, ",.2f") for v in (row.conversions, row.revenue)]
    return [written(row.spend, ",.2f"), written(row.impressions, ",d"), written(row.clicks, ",d"), *decimals]


def _us(day: date) -> str:
    return f"{day.month}/{day.day}/{day.year}"


def _csv(table: Iterable[Sequence[str]], separator: str, quoting: int = csv.QUOTE_MINIMAL) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator="\r\n", quoting=quoting)  # type: ignore[arg-type]
    writer.writerows(table)
    return text.getvalue()
