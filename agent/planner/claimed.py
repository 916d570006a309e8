"""What the person says happened ("cpa +30%, why?", "reason for the decline"), held against what the data show."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from agent.planner.intents import WHY
from agent.planner.text import normalise
from domain.evidence import Fact
from domain.formatting import format_value

_UP = (
    r"up|rose|risen|rises?|rising|grew|grown|growth|growing|increase[ds]?|increasing|jump(?:ed|s)?|spiked?|surged?|"
    r"higher|gain(?:ed|s)?"
)
_DOWN = (
    r"down|fell|falls?|fallen|falling|drop(?:ped|s)?|decrease[ds]?|decreasing|declined?|declines|declining|"
    r"dip(?:ped|s)?|lower|lost|loss|crash(?:ed)?|tank(?:ed|ing)?|collapsed?"
)
_AMOUNT = r"(?P<sign>[+-])?(?P<number>\d+(?:\.\d+)?)%"
_TOLERANCE = Decimal("0.01")  # of the baseline: "30%" of 29.4 % is no contradiction


@dataclass(frozen=True, slots=True)
class Claim:
    """``up`` is the direction that was claimed, ``amount`` the fraction where one was named."""

    up: bool
    amount: Decimal | None
    said: str


def claim(question: str) -> Claim | None:
    """The change that the question takes for granted; None where it takes none, or both directions, for granted."""
    text = normalise(re.sub(r"(?<![\w.])-(?=\d[\d.]*\s?%)", "down ", question))
    amount = re.search(rf"(?<![\w.]){_AMOUNT}", text)
    ups = re.findall(rf"\b(?:{_UP})\b", text)
    downs = re.findall(rf"\b(?:{_DOWN})\b", text)
    signed = amount is not None and amount["sign"] == "+"
    presumed = signed or bool(re.search(rf"\b(?:{WHY}|drove|contributed)\b", text))
    if not presumed or bool(ups or signed) == bool(downs):
        return None
    said = next(iter([amount[0]] if amount else ups or downs))
    fraction = Decimal(amount["number"]) / 100 if amount else None
    return Claim(bool(ups or signed), fraction, f"-{said}" if amount and downs else said)


def contradictions(question: str, facts: Sequence[Fact]) -> tuple[str, ...]:
    """A note where the first change that was computed is not the one the question takes for granted."""
    claimed = claim(question)
    change = next((f for f in facts if f.label.endswith(" change, relative")), None)
    if claimed is None or change is None or change.value is None:
        return ()
    same_way = change.value != 0 and (change.value > 0) == claimed.up
    near = claimed.amount is None or abs(abs(change.value) - claimed.amount) <= max(
        _TOLERANCE, claimed.amount * _TOLERANCE * 10
    )
    if same_way and near:
        return ()
    return (f"The question says '{claimed.said}', but the data show {format_value(change)} ({change.entity}).",)
