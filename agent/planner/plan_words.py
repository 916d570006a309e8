"""Words about the plan, about profit and about moving money, taken before the refusals are read."""

# ruff: noqa: E501 - phrases are read row by row; broken rows would hide what belongs together

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from agent.planner.name_words import PLATFORM_WORDS
from agent.planner.shop_words import PER_AD
from agent.planner.text import Words

About = Literal["track", "landing", "left", "targets"]
Per = Literal["month", "week", "day"]


@dataclass(frozen=True, slots=True)
class Pace:
    """A month against its plan. ``said`` are budgets by platform slug ("" for everything) that the question names."""

    about: About
    said: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Profit:
    """What is left after the goods and the ads; ``margin`` is the fraction that the question names."""

    margin: float | None
    even_only: bool  # only the break-even ROAS is asked for


@dataclass(frozen=True, slots=True)
class Move:
    """ "move 20k a month from google to meta": the amount, and where "from" and "to" stand."""

    amount: float
    per: Per | None
    source_at: int
    target_at: int


_WE = r"(?:we|i|it|they|[·]+)"
_END = r"(?: (?:this|at|by|for|until|till)(?: the)?(?: end of)?(?: the| this)? (?:month|months? end|month-end|end of (?:the )?month|end)(?: end)?| (?:(?:per|a|each|every) day )?(?:for|over|in) (?:the |what is the )?(?:rest|remainder) of (?:the |this )?month| (?:per|a|each|every) day| eom)?"
_OUR = r"(?:the |our |my |a )?"
_PLAN = r"(?:plan(?:ned)?|budgets?|targets?|goals?|schedule)"
ABOUT: tuple[tuple[About, str], ...] = (
    ("left", rf"(?:how much|what)(?: more| money| budget)? (?:can|could|may|do|should) {_WE} (?:still |yet )?(?:have )?(?:left )?(?:to )?spend{_END}|(?:how much|what)(?: {_PLAN})? (?:is|do {_WE} have|have {_WE}(?: got)?) (?:still )?(?:left|remaining)(?: to spend)?{_END}|budgets? (?:left|remaining)|left to spend|(?:the )?remaining budgets?|how much budget"),
    ("landing", rf"where (?:do|does|will|would|are|is|did) {_WE} (?:going to |gonna )?(?:land|landing|end up|finish){_END}|(?:projected |expected )?(?:month[- ]end )?landing{_END}|(?:will|do) {_WE} (?:over|under) ?spend{_END}|run ?rate"),
    ("targets", rf"(?:what|whats|which) (?:is|are|was|were)? ?{_OUR}(?:[\w·]+ )?(?:targets?|goals?|plan|budgets?)|(?:show|list)(?: me)? {_OUR}(?:targets?|goals?|plan|budgets?)"),
    ("track", rf"(?:did|do|will|have) {_WE} (?:stay|stayed|keep|kept|remain) (?:in|within|under|below|on) {_OUR}{_PLAN}|how far (?:behind|ahead|over|under)(?: of)?(?: (?:the |our )?{_PLAN})? (?:are|is|am) {_WE}|(?:are|am|is|were) {_WE} (?:still )?on (?:track|pace|plan|budget|target){_END}|on (?:track|pace|plan){_END}|(?:how )?(?:are|is|am) {_WE} pacing{_END}|pacing|behind or ahead(?: of)? ?{_OUR}{_PLAN}?|ahead or behind(?: of)? ?{_OUR}{_PLAN}?|(?:(?:are|am|is) {_WE} )?(?:ahead of|behind|over|under|above|below|ahead) {_OUR}{_PLAN}|(?:are|am|is) {_WE} (?:ahead|behind)|(?:vs|versus|v|against|compared (?:to|with)) {_OUR}{_PLAN}|{_PLAN} (?:vs|versus|v|against) (?:actuals?|spend|reality)|(?:did|have|do|does|is|are) {_WE} (?:hit|hitting|meet|met|meeting|reach|make) {_OUR}(?:[\w·]+ )?{_PLAN}|(?:over|under) ?(?:spen[dt]|spending|pacing)"),
)  # fmt: skip
_POOLS = r"(?:(?:by|per|for each|each) )(?:pools?|purchase orders?|pos?)|pools?"
_NUMBER = r"(\d+(?:\.\d+)?) ?(k|m|mio|thousand|million)?(?: (?:usd|eur|gbp|dollars?|euros?|pounds?))?"
_GAVE = r"(?:(?:because |since |if )?(?:finance|they|the client|client|cfo|controlling|boss|we) (?:just )?(?:gave|give|gives|got|have|has|approved|said|signed off)(?: us| me)?|(?:the )?budgets? (?:is|are|of|was)|with(?: a)?(?: budget)?(?: of)?|given|assuming)"
_SIGN = r"(?:(?:usd|eur|gbp) )?"

_ABOUT_PLAN = r"land|lands|landing|on (?:track|pace|plan)|pacing|finish|end up|(?:over|under) ?(?:spen[dt]|spending)|left to spend|ahead|behind"

_SHOP = r"returns?(?! on)|refunds?|refunded|returned|cogs|shopify|orders|customers?|net revenue"
_MARGIN = r"(?:(?:at|with|on|given|assuming|using) )?(?:a |an |our )?(?:(?:gross |contribution |product )?margins? (?:of |is |at )?(\d+(?:\.\d+)?)%|(\d+(?:\.\d+)?)% (?:gross |contribution |product )?margins?)"
_BARE = r"(?:at|with) (?:a )?(\d+(?:\.\d+)?)%"
_NEEDED = r"(?:what|which) roas (?:do|would) (?:we|i) need(?: to (?:be profitable|break even|(?:make|earn) money))?"
_EVEN = rf"{_NEEDED}|(?:what is |what |whats )?(?:the |our )?break ?-?even(?: point)?"
_EARN = (
    r"(?:did|do|does|are|is|have|has|were|was) [\w·]+ (?:actually |really )?(?:make|making|made|earn|earning|lose|losing|lost)(?: any| us| me)? money|"
    r"(?:making|make|made|earning|losing|lose|lost)(?: any| us| me)? money|(?:are|is|was|were|am) [\w·]+ profitab\w+|profitab\w+|profits?|poas"
)
_MOVE = r"(?:move|moving|moved|shift|shifting|shifted|reallocate|put|take|took)"
_PER = r"(?: (?:a|per|each|every) (month|week|day)| (monthly|weekly|daily))?"
_COMMAND = r"^(?:[·]+ )*(?:(?:hey|hi|ok|please|pls|now|just|go|and) )*"


def patterns() -> list[str]:
    """Every pattern, so that the words in them are not taken for typos."""
    return [*(pattern for _, pattern in ABOUT), _POOLS, _GAVE, _MARGIN, _EVEN, _EARN, _MOVE]


def take_pace(words: Words, said: tuple[tuple[str, float], ...]) -> Pace | None:
    """What a question about the plan wants first. ``said`` are budgets that it names itself."""
    found = [about for about, pattern in ABOUT if words.took(pattern)]
    if not found:
        return None
    words.take(_POOLS)
    words.take(r"(?:the )?months? end|eom|(?:by|at|until) (?:the )?end of (?:the |this )?month")
    return Pace(found[0], said)


def take_said(words: Words) -> tuple[tuple[str, float], ...]:
    """ "finance gave 180k google / 60k meta", "google 180k and meta 60k", "the budget is 240k": read before names are.

    Nothing where the question is not about a plan: "google 2024" is no budget.
    """
    if not words.has(_ABOUT_PLAN) or words.has(_MOVE):
        return ()
    slugs = {said: slug for slug, names in PLATFORM_WORDS.items() for said in names}
    names = "|".join(sorted((re.escape(n) for n in slugs), key=len, reverse=True))
    behind = rf"{_SIGN}{_NUMBER}(?: (?:for|on|to|in|at))? ({names})"
    ahead = rf"({names})(?: (?:gets?|has|have|at|with|is|of|budget))* {_SIGN}{_NUMBER}"
    forms = ((behind, 3, 1), (ahead, 1, 2))
    pattern, name, number = max(
        forms, key=lambda form: len(re.findall(rf"(?<![\w%+])(?:{form[0]})(?![\w%])", words.rest))
    )
    said = [(slugs[m[name]], _amount(m[number], m[number + 1])) for m in words.take(pattern)]
    if not said:
        said = [("", _amount(m[1], m[2])) for m in words.take(rf"{_GAVE} {_SIGN}{_NUMBER}")][:1]
    if said:
        words.take(_GAVE)
    return tuple(said)


def take_profit(words: Words) -> Profit | None:
    """ "did google make money at 35% margin", "break-even roas at 40% margin"; nothing where the shop's orders are meant."""
    if words.has(_SHOP) or not words.has(f"{_EVEN}|{_EARN}"):
        return None
    even, earn = words.took(_EVEN), words.took(_EARN)
    match = next(iter(words.take(_MARGIN) or words.take(_BARE)), None)
    number = next((g for g in match.groups() if g), None) if match else None
    return Profit(None if number is None else float(number) / 100, even and not earn)


def of_the_ads(words: Words) -> bool:
    """Whether it is asked beside a shop too: the break-even ROAS is the margin's, a campaign's profit a claim's."""
    return (bool(words.has(_EVEN)) and not words.has(_EARN)) or bool(words.has(f"{PER_AD}|{_NEEDED}"))


def take_margin(words: Words) -> float | None:
    """ "at 40%", "with a margin of 40%", "40%?" behind a question of profit, as a fraction."""
    alone = r"^(?:[·]+ )*(?:(?:and|what|about|how|ok|or|if|it|was|were|is) )*(\d+(?:\.\d+)?)%(?= instead|$)"
    match = next(iter(words.take(_MARGIN) or words.take(_BARE) or words.take(alone)), None)
    number = next((g for g in match.groups() if g), None) if match else None
    return None if number is None else round(float(number) / 100, 6)


def take_pools(words: Words) -> bool:
    """Whether a question of the plan asks for its pools, which it always tells."""
    return words.took(_POOLS)


def take_move(words: Words) -> Move | None:
    """ "what if i move 5k from meta to search"; nothing for a command, which typed text never is."""
    pattern = rf"(?:(?:what|how about|why not|and) (?:if|happens? if) (?:we |i |you )?|(?:should|shall|can|could|would it help to) (?:we |i )?|if (?:we |i ))?{_MOVE} {_SIGN}{_NUMBER}{_PER}(?: (?:of )?(?:budget|spend|money))?(?= (?:away )?from (?:[\w·]+ ){{1,4}}(?:in)?to )"
    if re.match(rf"{_COMMAND}{_MOVE}\b", words.rest):
        return None
    match = next(iter(words.take(pattern)), None)
    if match is None:
        return None
    words.take(r"what (?:would|will) happen|what happens")
    words.take(r"(?:is|was|are|at|of) \d+(?:\.\d+)?x?(?:%| percent)?(?= [·])")  # "meta roas is 31": a claim, not a wish
    per = match[3] or {"monthly": "month", "weekly": "week", "daily": "day"}.get(match[4] or "")
    source = re.search(r"\bfrom\b", words.text[match.end() :])
    target = re.search(r"\b(?:in)?to\b", words.text[match.end() :])
    if source is None or target is None:
        return None
    return Move(_amount(match[1], match[2]), per or None, match.end() + source.start(), match.end() + target.start())  # type: ignore[arg-type]


def _amount(number: str, suffix: str | None) -> float:
    scale = {"k": 1_000, "thousand": 1_000, "m": 1_000_000, "mio": 1_000_000, "million": 1_000_000}
    return float(number) * scale.get(suffix or "", 1)
