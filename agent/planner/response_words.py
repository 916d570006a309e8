"""How people ask what more spend would bring."""

# ruff: noqa: E501 - phrases are read row by row

from __future__ import annotations

from agent.planner.text import Words

_ASK = r"(?:(?:what|how (?:much|high)) (?:is|are|s) |show (?:me |us )?|give (?:me|us) |tell me )?"
_UNIT = r"(?:euro|dollar|pound|eur|usd|gbp|unit|cent)s?"
MARGINAL = (
    rf"{_ASK}(?:the |our |my )*marginal (?:roas|roi|cpa|returns?|revenue|value)(?: on ad spend)?(?: (?:of|for|on|in|from))?|"
    rf"what (?:does|would|will) (?:the |an |one |another )*(?:next|extra|additional|more|marginal) {_UNIT} (?:on|in|for|spent on)|"
    rf"(?:returns?|value) of (?:the |an |one )*(?:next|extra|additional|marginal) {_UNIT}(?: (?:of|for|on|in))?|"
    r"response curves?(?: (?:of|for))?"
)  # fmt: skip
SATURATION = (
    r"(?:how )?(?:over ?)?saturated|saturation(?: (?:level|point))?(?: (?:of|for|on|in))?|(?:at|past|hitting|hit|reached|in|seeing) "
    r"(?:the )?(?:point of )?(?:diminishing returns|saturation)|diminishing returns(?: (?:of|for|on|in))?|maxed out|tapped out"
)
ROOM = (
    r"how much more (?:could|can|should|might)(?: (?:we|i|you))?|(?:is there |do we have |have we got |any )*(?:more )?room to "
    r"(?:grow|scale|spend(?: more)?)(?: (?:on|in|for|with))?|head ?room(?: (?:of|for|on|in|with))?|how far (?:can|could) (?:we |i )?scale"
)
_BUDGETED = (
    r"this (?:month|week|quarter|year)|months?|budgets?|plan|target|left|still|remaining|today|until|eom|rest of"
)
_SPENDING = r"(?:be )?(?:spend|spent|spending|invest|absorb|take|handle|scale)(?: on| in| to)?"


def take(words: Words) -> str:
    """What is asked of a response: ``marginal``, ``saturation``, ``room``; "" for another question."""
    if words.took(MARGINAL):
        words.take(r"bring|return|yield|get us|worth|earn|curve")
        return "marginal"
    if words.took(SATURATION):
        words.take(r"(?:already|yet|by now)")
        return "saturation"
    if not words.has(_BUDGETED) and words.took(ROOM):
        words.take(_SPENDING)
        return "room"
    return ""
