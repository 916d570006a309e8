"""What each metric means, once.

A base metric is a column of the store; a derived metric is a sum over a sum, never
a mean of ratios. ``unit`` is that of ``domain.evidence``; percents are fractions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from domain.evidence import Unit

Base = Literal["spend", "impressions", "clicks", "conversions", "revenue", "sessions"]
BASES: tuple[Base, ...] = ("spend", "impressions", "clicks", "conversions", "revenue", "sessions")


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric's one definition.

    ``denominator`` is None for a base metric. ``better`` is +1 where more is better,
    -1 where less is, 0 where neither (spend). ``words`` are lower-case ways people say it.
    """

    slug: str
    label: str
    numerator: Base
    denominator: Base | None
    scale: int
    unit: Unit
    better: int
    definition: str
    words: tuple[str, ...]

    @property
    def formula(self) -> str:
        times = f"{self.scale} * " if self.scale != 1 else ""
        return f"{times}sum({self.numerator})" + (f" / sum({self.denominator})" if self.denominator else "")

    def value(self, sums: Mapping[Base, Decimal | None]) -> tuple[Decimal | None, str | None]:
        """(value, None) or (None, reason), from sums of the base metrics over the same rows."""
        top = sums.get(self.numerator)
        if top is None:
            return None, f"{self.numerator} is not in the data"
        if self.denominator is None:
            return top, None
        bottom = sums.get(self.denominator)
        if bottom is None:
            return None, f"{self.denominator} is not in the data"
        if bottom == 0:
            return None, f"undefined: no {self.denominator} in this period"
        return self.scale * top / bottom, None


METRICS: dict[str, Metric] = {
    m.slug: m
    for m in (
        Metric(
            "spend", "Spend", "spend", None, 1, "money", 0,
            "What the platform charged for the ads.",
            ("spend", "cost", "costs", "spent", "spending", "ad spend", "amount spent", "ausgaben", "gasto",
             "gastamos"),
        ),
        Metric(
            "impressions", "Impressions", "impressions", None, 1, "count", 1,
            "How often ads were shown.",
            ("impressions", "impr", "imps", "impresiones"),
        ),
        Metric(
            "clicks", "Clicks", "clicks", None, 1, "count", 1,
            "Clicks on ads as the platform counts them.",
            ("clicks", "click", "klicks", "clics"),
        ),
        Metric(
            "conversions", "Conversions", "conversions", None, 1, "count", 1,
            "Conversions as the platform attributes them; not incremental.",
            ("conversions", "conversion", "convs", "conv", "purchases", "orders", "konversionen", "conversiones"),
        ),
        Metric(
            "revenue", "Revenue", "revenue", None, 1, "money", 1,
            "Conversion value as the platform claims it; two platforms may claim the same order.",
            ("revenue", "conversion value", "conv value", "sales", "turnover", "umsatz", "ingresos"),
        ),
        Metric(
            "ctr", "CTR", "clicks", "impressions", 1, "percent", 1,
            "Click-through rate: clicks per impression.",
            ("ctr", "click-through rate", "click through rate", "clickthrough rate"),
        ),
        Metric(
            "cpc", "CPC", "spend", "clicks", 1, "money", -1,
            "Cost per click.",
            ("cpc", "cost per click", "price per click"),
        ),
        Metric(
            "cpm", "CPM", "spend", "impressions", 1000, "money", -1,
            "Cost per thousand impressions.",
            ("cpm", "cost per mille", "cost per thousand", "cost per thousand impressions"),
        ),
        Metric(
            "cvr", "Conversion rate", "conversions", "clicks", 1, "percent", 1,
            "Conversions per click.",
            ("cvr", "conversion rate", "conv rate", "cr"),
        ),
        Metric(
            "cpa", "CPA", "spend", "conversions", 1, "money", -1,
            "Cost per conversion, as the platform attributes conversions.",
            ("cpa", "cost per conversion", "cost per acquisition", "cost per action", "cost per purchase",
             "cost per order", "cost/conv", "cost / conv"),
        ),
        Metric(
            "roas", "ROAS", "revenue", "spend", 1, "ratio", 1,
            "Return on ad spend: revenue the platform claims per unit of spend; not incremental.",
            ("roas", "return on ad spend", "return on spend"),
        ),
        Metric(
            "aov", "Average order value", "revenue", "conversions", 1, "money", 1,
            "Revenue per conversion.",
            ("aov", "average order value", "value per conversion", "basket"),
        ),
        Metric(
            "sessions", "Sessions", "sessions", None, 1, "count", 1,
            "Visits to the site as analytics (GA4) counts and attributes them; no ads platform states any.",
            ("sessions", "session", "sitzungen", "sesiones"),
        ),
        Metric(
            "session_cvr", "Conversion rate per session", "conversions", "sessions", 1, "percent", 1,
            "Conversions per session, both as analytics (GA4) counts them.",
            ("conversion rate per session", "session conversion rate", "conversions per session",
             "conversion per session", "cvr per session"),
        ),
    )
}  # fmt: skip
