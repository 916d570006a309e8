"""How people name the metrics."""

from __future__ import annotations

import re
from functools import cache

from agent.planner.text import Words, normalise
from domain.metrics import METRICS

# Said besides the words in domain.metrics, which name a metric wherever it is written.
SPOKEN: dict[str, tuple[str, ...]] = {
    "spend": ("ad cost", "ad costs", "media spend", "media cost", "adspend", "spends", "invested", "burn", "burned",
              "cost money", "kosten", "ausgegeben", "gastado", "gastos", "costing"),
    "conversions": ("converted", "converting", "converts", "purchase", "order", "conversoes"),
    "revenue": ("rev", "revenues", "conversion values", "value of conversions", "sale"),
    "cpa": ("cost per conv", "cost per convs", "cost per conversions", "cost per sale", "cpas", "cost conversion",
            "cpo", "price per conversion", "cost of a conversion",
            "spend per conversion", "spend per conversions", "spend per conv", "spend per sale",
            "spend per order", "spend per purchase"),
    "cpc": ("cpcs", "cost per clicks", "click price", "click prices", "spend per click"),
    "cpm": ("cpms",),
    "ctr": ("ctrs", "click rate"),
    "cvr": ("conversion rates", "cvrs", "conv rates"),
    "roas": ("return on adspend", "return on advertising spend", "roases"),
    "aov": ("basket size", "order value", "average basket", "avg order value", "average basket size"),
    "impressions": ("impression", "impresions"),
}  # fmt: skip


@cache
def metric_words() -> tuple[tuple[str, str], ...]:
    """(words, slug), the longest first, so that "cost per conversion" is not read as cost."""
    said = {normalise(word): m.slug for m in METRICS.values() for word in (*m.words, m.label)}
    said |= {normalise(word): slug for slug, words in SPOKEN.items() for word in words}
    return tuple(sorted(said.items(), key=lambda item: (-len(item[0]), item[0])))


def take_metrics(words: Words) -> dict[int, str]:
    """Where each metric is named, and which it is."""
    found: dict[int, str] = {}
    for phrase, slug in metric_words():
        for match in words.take(re.escape(phrase)):
            found[match.start()] = slug
    return found
