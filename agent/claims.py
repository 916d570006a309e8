"""Words that claim a direction or a rank, held against the facts of their own sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from domain.evidence import Fact
from domain.metrics import METRICS

_UP = re.compile(
    r"\b(up|rose|risen|rise|rises|rising|grew|grown|grow|growing|growth|increase[ds]?|increasing|climb(?:ed|s)?|jump(?:ed|s)?"
    r"|gain(?:ed|s)?|soar(?:ed|s)?|surge[ds]?|gestiegen|höher|subió|aumentó)\b",
    re.IGNORECASE,
)
_DOWN = re.compile(
    r"\b(down|fell|fall|falls|fallen|falling|drop(?:ped|s)?|decrease[ds]?|decreasing|decline[ds]?|declining|shrank"
    r"|lost|sank|slid|plunge[ds]?|reduced|gesunken|niedriger|bajó|cayó)\b",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"\b(higher|more|greater|larger|bigger|above|exceed(?:ed|s)?|ahead of|outperform(?:ed|s)?)\b", re.IGNORECASE
)
_LESS = re.compile(r"\b(lower|less|fewer|smaller|below|behind|under|underperform(?:ed|s)?)\b", re.IGNORECASE)
_MOST = re.compile(r"\b(highest|most|largest|biggest|greatest|maximum|peak)\b", re.IGNORECASE)
_LEAST = re.compile(r"\b(lowest|least|smallest|fewest|minimum)\b", re.IGNORECASE)
_BEST = re.compile(r"\b(best|top|leading|strongest|cheapest|winner)\b", re.IGNORECASE)
_WORST = re.compile(r"\b(worst|weakest|priciest|loser)\b", re.IGNORECASE)
_JUDGED = re.compile(r"\b(better|worse|improved?|improving|improvement|worsened?|deteriorated?)\b", re.IGNORECASE)


def unsupported_claims(text: str, facts: Sequence[Fact], reference: re.Pattern[str]) -> list[str]:
    """Claims that the facts of their sentence contradict or do not carry, worded for the model.

    A rise or a fall needs a referenced change of that sign, or two referenced figures in that order;
    a rank needs the extreme one among the comparable facts. A claim without such a fact is refused.
    """
    by_id = {f.id: f for f in facts}
    found: list[str] = []
    for sentence in re.split(r"(?<=[.!?;])\s+|\n+", text):
        used = [by_id[i] for i in reference.findall(sentence) if i in by_id]
        words = reference.sub(" ", sentence)
        for claim, holds in _claims(words, used, facts):
            if not holds:
                found.append(f"{claim!r} is not what the facts of that sentence show")
    return found


def _claims(words: str, used: Sequence[Fact], facts: Sequence[Fact]) -> list[tuple[str, bool]]:
    claims: list[tuple[str, bool]] = []
    if match := _UP.search(words):
        claims.append((match[0], _moved(used, +1)))
    if match := _DOWN.search(words):
        claims.append((match[0], _moved(used, -1)))
    if match := _MORE.search(words):
        claims.append((match[0], _ordered(used, +1)))
    if match := _LESS.search(words):
        claims.append((match[0], _ordered(used, -1)))
    for pattern, sign, judged in ((_MOST, 1, False), (_LEAST, -1, False), (_BEST, 1, True), (_WORST, -1, True)):
        if match := pattern.search(words):
            claims.append((match[0], any(_extreme(f, facts, sign, judged=judged) for f in used)))
    if match := _JUDGED.search(words):
        claims.append((match[0], False))  # needs the metric's own direction and both figures: the tools' text says it
    return claims


def is_change(fact: Fact) -> bool:
    """Whether the fact is itself a difference, whose sign says up or down."""
    return fact.form not in ("plain", "level", "chance")


def _moved(used: Sequence[Fact], sign: int) -> bool:
    changes = [f.value for f in used if is_change(f) and f.value is not None]
    if changes:
        return all(_sign(v) == sign for v in changes)
    pairs = [
        (a.value, b.value)
        for a in used
        for b in used
        if _same_measure(a, b) and a.entity == b.entity and a.window.end < b.window.end
    ]
    return bool(pairs) and all(a is not None and b is not None and _sign(b - a) == sign for a, b in pairs)


def _ordered(used: Sequence[Fact], sign: int) -> bool:
    """Two figures in the order they are mentioned: "Meta {{f1}} was higher than Google {{f2}}"."""
    if len(used) == 1 and is_change(used[0]) and used[0].value is not None:
        return _sign(used[0].value) == sign
    if len(used) != 2 or not _same_measure(*used):
        return False
    first, then = used[0].value, used[1].value
    return first is not None and then is not None and _sign(first - then) == sign


def _extreme(fact: Fact, facts: Sequence[Fact], sign: int, *, judged: bool) -> bool:
    if judged:
        better = next((m.better for m in METRICS.values() if m.label == fact.label), 0)
        if better == 0:
            return False
        sign *= better
    peers = [f.value for f in facts if _same_measure(f, fact) and f.window == fact.window and f.value is not None]
    if fact.value is None or len(peers) < 2:
        return False
    return fact.value == (max(peers) if sign > 0 else min(peers))


def _same_measure(a: Fact, b: Fact) -> bool:
    return (a.label, a.unit, a.currency, a.basis) == (b.label, b.unit, b.currency, b.basis)


def _sign(value: Decimal) -> int:
    return (value > 0) - (value < 0)
