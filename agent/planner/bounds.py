"""A bound in a question: "campaigns with cpa over 50", "days with less than 10 conversions"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agent.planner.filler import FILLER
from agent.planner.intents import By
from agent.planner.text import TAKEN, CannotRead, Words
from agent.state import PlanContext
from domain.metrics import METRICS

_ABOVE = r"over|above|exceed(?:s|ed|ing)?|(?:more|greater|higher|bigger|larger) than"
_BELOW = r"under|below|(?:less|fewer|lower|smaller) than"
_MONEY = r"(?:eur|usd|gbp|euros?|dollars?|pounds?)"
_AMOUNT = rf"(?:an? )?(?:{_MONEY} )?(\d+(?:\.\d+)?)(k|m)?(%| percent)?(?: {_MONEY})?"
BOUND = rf"(?:({_ABOVE})|({_BELOW})) {_AMOUNT}(?! (?:days|weeks|months))"
_CURRENCY_WORDS = {
    "USD": "usd|us dollars?|dollars?", "EUR": "eur|euros?", "GBP": "gbp|pounds?|quid", "CHF": "chf|francs?",
    "CAD": "cad|dollars?", "AUD": "aud|dollars?",
}  # fmt: skip
NOUNS: tuple[tuple[By, str], ...] = (
    ("campaign", "campaigns?"), ("platform", "platforms?|channels?"), ("account", "accounts?"),
    ("day", "days?"), ("week", "weeks?"), ("month", "months?"),
)  # fmt: skip
# What is listed is a noun in front of its condition or behind a word that asks for a list.
_LISTING = (
    r"\b(?:{0})(?: on \w+)? (?:with|had|has|have|over|under|above|below|where|whose|that|spending)\b"
    r"|\b(?:which|what|any|all|list|the|how many) (?:{0})\b"
)


@dataclass(frozen=True, slots=True)
class Bound:
    """``metric`` lies above or below ``value`` (per cents as fractions); ``by`` is what is listed."""

    metric: str
    side: str  # "above" or "below"
    value: float
    by: By


def take_bound(words: Words, mentions: dict[int, str]) -> Bound | None:
    """The bound, with the metric that stands next to it. ``mentions`` says where each metric stands.

    Raises CannotRead for two bounds, and where no metric or nothing to list is named.
    """
    listed = next((by for by, noun in NOUNS if words.has(noun) and re.search(_LISTING.format(noun), words.text)), None)
    if listed is None or not words.has(BOUND):
        return None
    found = words.take(BOUND)
    if len(found) > 1:
        raise CannotRead("I list what lies beyond one bound at a time. Which one?")
    match = found[0]
    metric = _metric_beside(words, match.start(), match.end(), mentions)
    if metric is None:
        raise CannotRead(f"Which figure is to be '{match[0]}'? For example 'campaigns with cpa over 50 last month'.")
    words.take("|".join(noun for _, noun in NOUNS))
    scale = {"k": 1_000, "m": 1_000_000}.get(match[4] or "", 1)
    value = float(match[3]) * scale / (100 if match[5] else 1)
    if METRICS[metric].unit == "percent" and not match[5]:
        raise CannotRead(f"{METRICS[metric].label} is a percentage: is the bound {match[3]}%? Write it with the sign.")
    return Bound(metric, "above" if match[1] else "below", value, listed)


def _metric_beside(words: Words, start: int, end: int, mentions: dict[int, str]) -> str | None:
    """The metric right behind the number, else the nearest one before with nothing but filler between."""
    if end + 1 in mentions:
        return mentions[end + 1]
    before = [at for at in mentions if at < start]
    if not before:
        return None
    nearest = max(before)
    between = re.findall(rf"[^\s{TAKEN}]+", words.rest[nearest:start])
    return mentions[nearest] if all(word in FILLER for word in between) else None


def take_own_currency(words: Words, context: PlanContext) -> None:
    """The accounts' one currency changes nothing where it is named: "spend in dollars" of accounts in USD."""
    if len(context.currencies) == 1:
        own = context.currencies[0]
        words.take(rf"(?:in )?(?:{_CURRENCY_WORDS.get(own, own.lower())})(?! \d)")


def take_asked_bound(words: Words, metrics: tuple[str, ...]) -> str | None:
    """ "did we spend more than 100k in june": the bound as it was said, where one figure is asked."""
    if len(metrics) != 1 or not re.match(r"(?:did|have|has|was|were|is|are|do|does)\b", words.text):
        return None
    found = words.take(BOUND)
    return found[0].group() if len(found) == 1 else None
