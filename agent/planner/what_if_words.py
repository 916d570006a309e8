"""Words about what other budgets would do: "what if we cut 15 %", "get cpa under 30", "where should the next 5k go"."""

# ruff: noqa: E501 - phrases are read row by row; broken rows would hide what belongs together

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from agent.planner.text import Words

Aim = Literal["target_cpa", "target_roas", "same_for_less"]
Per = Literal["month", "week", "day"]


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What is wished for: shares are fractions (-0.15 is 15 % less), ``amount`` is on top of today's budgets."""

    change: float | None = None
    totals: tuple[float, ...] = ()
    amount: float | None = None
    per: Per | None = None
    aim: Aim | None = None
    target: float | None = None
    behind: bool = False  # only another figure for the wish before it


_NUMBER = r"(\d+(?:\.\d+)?)(k|m| thousand| million)?"
_CURRENCY = r"(?:eur|usd|gbp|euros?|dollars?|pounds?)"
_RATE = r"(?: (?:a|per|each|every) (month|week|day)| (monthly|weekly|daily))?"
_IF = r"(?:what (?:if|happens? if|would happen if|happens? when|would happen when)|what do we lose if|how much (?:do|would) we lose if) (?:we|i|you) (?:would )?"
_DOWN = r"(?:cut|cuts|reduce|reduced|lower|lowered|decrease|decreased|trim|trimmed|save|saved|slash|slashed|spend|spent|take out|took out)"
_UP = r"(?:raise|raised|increase|increased|boost|boosted|add|added|scale|scaled)"
_MONEY = r"(?:(?:the |our |my |all )*(?:total |daily |whole )?(?:ad )?(?:budgets?|spend|spending|money)|everything|it all|all of it)"
_SHARE = r"(?:by )?[+-]?(\d+(?:\.\d+)?)%"
_LOSS = r"(?:with|for|at) (?:the )?(?:least|smallest|minimal|lowest|minimum|as little) (?:possible )?(?:loss|damage|harm|pain)(?: as possible| possible)?"
_NEXT = rf"where (?:should|would|could|do|does|shall|to) (?:we |i |you |it )?(?:best )?(?:put |spend |invest |add )?(?:the |an |another |my |our )*(?:next|extra|additional|another) (?:{_CURRENCY} )?{_NUMBER}(?: {_CURRENCY})?{_RATE}(?: (?:of (?:budget|spend|money)|go|be spent|work best))*"
_HAVE = rf"where (?:should|would|could|do|shall) (?:we|i|you) (?:best )?(?:put|spend|invest|add) (?:{_CURRENCY} )?{_NUMBER}(?: {_CURRENCY})?{_RATE} (?:more|extra)(?: (?:of (?:budget|spend|money)))?"
_GET = r"(?:(?:how (?:do|can|could|would|to) (?:we |i )?|what (?:would|does) it take to |can (?:we|i) )?(?:get|bring|push|drive|keep|hold|hit|reach)) (?:the |our |my )?"
_TO = r"(?: back)? (?:under|below|down to|to|at|above|over|up to|of|at most|at least)"
_CPA = rf"{_GET}(?:[a-z]+ )?cpa{_TO} (?:{_CURRENCY} )?(\d+(?:\.\d+)?)(?: {_CURRENCY})?"
_ROAS = rf"{_GET}(?:[a-z]+ )?roas{_TO} (\d+(?:\.\d+)?)x?"
_OF = r" (?:of|for|on|in) (?=(?:\S+ ){1,5}?(?:back )?(?:under|below|down|to|at|above|over|up)(?= ))"  # a name follows, and stays
_HIT = r"(?:(?:how (?:do|can|could) (?:we |i )?|can (?:we|i) )?(?:hit|reach|achieve)) (?:an? |the |our |my )?"
_SAME = r"(?:(?:how (?:do|can|could) (?:we |i )?)?(?:get |keep |hold )?)(?:the |our )?same (?:results?|revenue|outcome|sales|conversions|return) (?:for|with|at) less(?: (?:money|spend|budget|spending))?"
_SIDES = r"(?:(?:show|compare|see|list|give)(?: me| us)? )?(?:the |our |my |some )?(?:budget )?(?:scenarios|what ?ifs?(?: scenarios?)?|budget plans side by side|plans side by side)"
_BOTH = r"(?:compare |show (?:me )?|what (?:about|if) )?[+-]?\d+(?:\.\d+)?%(?:(?:,| and| vs| versus| or| with| against|) [+-]?\d+(?:\.\d+)?%)+"
_AIMS: dict[Aim, str] = {"target_cpa": _CPA, "target_roas": _ROAS}
_SIGNED = re.compile(r"([+\-\u2212\u2013]|\bminus |\bplus )?\s?(\d+(?:\.\d+)?)\s?(?:%|percent\b)", re.IGNORECASE)
_BEHIND = r"^(?:(?:and|or|what|about|how|with|at|by|if|ok|for|it|were|was) )*[+-]?(\d+(?:\.\d+)?)%(?: (less|more))?(?= instead|$)"
_BEHIND_AMOUNT = rf"^(?:(?:and|or|what|about|how|with|at|by|if|ok|for|it|were|was) )*(?:{_CURRENCY} )?{_NUMBER}(?: {_CURRENCY})?{_RATE}(?= instead|$)"
_CHOSEN = r"(?:a|per) (month|day)$"


def patterns() -> list[str]:
    """Every pattern, so that the words in them are not taken for typos."""
    return [_IF, _DOWN, _UP, _MONEY, _LOSS, _NEXT, _HAVE, _CPA, _ROAS, _HIT, _SAME, _SIDES, "least less more scenarios"]


def take(words: Words, question: str) -> WhatIf | None:
    """The wish in the words, taken from them; names between its words stay for who reads names.

    ``question`` is as typed: a sign before a per cent is no word.
    """
    return _next(words) or _aim(words) or _several(words, question) or _share(words) or _plain(words)


def take_behind(words: Words, question: str, asked: Mapping[str, Any]) -> WhatIf | None:
    """ "and with 20 %?", "and 10k?" behind a wish: its own figure, the rest as before."""
    before = WhatIf(**{**asked, "totals": tuple(asked.get("totals", ()))})
    if found := take(words, question):
        return found
    if before.change is not None and (match := next(iter(words.take(_BEHIND)), None)):
        sign = {"less": -1, "more": 1}.get(match[2] or "") or _sign(question) or (1 if before.change > 0 else -1)
        return WhatIf(change=sign * float(match[1]) / 100, behind=True)
    if before.amount is not None and (match := next(iter(words.take(_BEHIND_AMOUNT)), None)):
        return WhatIf(amount=_amount(match[1], match[2]), per=_per(match[3], match[4]) or before.per, behind=True)
    if before.target is not None and (match := next(iter(words.take(_BEHIND_AMOUNT)), None)):
        return WhatIf(aim=before.aim, target=_amount(match[1], match[2]), behind=True)
    return None


def take_chosen(words: Words) -> Per | None:
    """The choice between "a month" and "a day" that stands behind a question asked back."""
    match = next(iter(words.take(_CHOSEN)), None)
    return None if match is None else match[1]  # type: ignore[return-value]


def _next(words: Words) -> WhatIf | None:
    for pattern in (_NEXT, _HAVE):
        if (match := next(iter(words.take(pattern)), None)) is not None:
            words.take(r"go|be spent|work best")
            return WhatIf(amount=_amount(match[1], match[2]), per=_per(match[3], match[4]) or take_chosen(words))
    return None


def _aim(words: Words) -> WhatIf | None:
    for aim, pattern in _AIMS.items():
        if (target := _aimed(words, aim.removeprefix("target_"), pattern)) is not None:
            return WhatIf(aim=aim, target=target)
    return WhatIf(aim="same_for_less") if words.took(_SAME) else None


def _aimed(words: Words, metric: str, pattern: str) -> float | None:
    """ "get cpa under 30", "get cpa of (brand) under 30", "hit cpa 30"."""
    if words.has(r"(?:did|have|had) (?:we|i|you|they|it)"):
        return None  # "did we hit ROAS 5 last week" asks what was
    number = rf"(?:{_CURRENCY} )?(\d+(?:\.\d+)?)x?(?: {_CURRENCY})?"
    match = next(iter(words.take(rf"{pattern}|{_HIT}{metric} {number}")), None)
    if match is not None:
        return float(match[1] or match[2])
    named = rf"{_GET}(?:[a-z]+ )?{metric}{_OF}"
    if words.has(named) and (found := re.search(rf"{_TO} {number}(?![\w%])", words.rest)) is not None:
        words.take(named)
        words.mask(*found.span())
        return float(found[1])
    return None


def _several(words: Words, question: str) -> WhatIf | None:
    """ "compare +10 % and -10 %": only where each has its sign, for a per cent may be of anything."""
    signed = [(m[1], float(m[2])) for m in _SIGNED.finditer(question)]
    if len(signed) < 2 or not all(sign for sign, _ in signed) or not words.has(_BOTH):
        return None
    words.take(_BOTH)
    words.take(_MONEY)
    return WhatIf(totals=tuple((1 if s.strip() in ("+", "plus") else -1) * n / 100 for s, n in signed))


def _share(words: Words) -> WhatIf | None:
    """ "what if we cut (brand) by 15%", "cut 15 % with the least loss", "what happens with 20% less budget"."""
    down = words.has(rf"{_IF}{_DOWN}|{_DOWN} (?:[\w·]+ ){{0,3}}?{_SHARE}(?: of {_MONEY})? {_LOSS}")
    up = words.has(rf"{_IF}{_UP}")
    bare = words.has(rf"what (?:happens|if|would happen)(?: with)? (?:we (?:had|have|get|got) )?{_SHARE} (?:less|more)")
    if not (down or up or bare) or not words.has(_SHARE):
        return None
    words.take(rf"{_IF}(?:{_DOWN}|{_UP})(?: {_MONEY})?")
    words.take(r"what (?:happens|would happen|if)(?: with)?(?: we (?:had|have|get|got))?")
    match = words.take(_SHARE)[0]
    more, less = words.took(rf"more(?: {_MONEY})?"), words.took(rf"less(?: {_MONEY})?")
    words.take(rf"{_LOSS}|(?:of|from|on|in|for) {_MONEY}|{_DOWN}(?= |$)(?<!spend)|{_MONEY}")
    sign = 1 if more or (up and not less) else -1
    return WhatIf(change=sign * float(match[1]) / 100)


def _plain(words: Words) -> WhatIf | None:
    return WhatIf() if words.took(_SIDES) else None


def _sign(question: str) -> int:
    found = next((m[1] for m in _SIGNED.finditer(question) if m[1]), "")
    return {"": 0, "+": 1, "plus": 1}.get(found.strip().casefold(), -1)


def _per(rate: str | None, adverb: str | None) -> Per | None:
    return rate or {"monthly": "month", "weekly": "week", "daily": "day"}.get(adverb or "")  # type: ignore[return-value]


def _amount(number: str, suffix: str | None) -> float:
    scale = {"k": 1_000, "thousand": 1_000, "m": 1_000_000, "million": 1_000_000}
    return float(number) * scale.get((suffix or "").strip(), 1)
