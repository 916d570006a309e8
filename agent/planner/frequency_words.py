"""How people ask how often each person sees the ads."""

# ruff: noqa: E501 - phrases are read row by row

from __future__ import annotations

from agent.planner.text import Words

_FREQUENCY = (
    r"(?:the |our |my )*(?:average |mean |avg |daily |ad |ads )*frequenc(?:y|ies)(?: (?:of|for|on|in))?|"
    r"how often (?:does|do|did|has|have) (?:each|every|a|one|the same|people|users|persons?)(?: (?:person|user|one))? (?:see|saw|seen|get|got)(?: (?:the |our |my |an )*(?:ads?|it|them|shown))?(?: (?:of|for|on|in))?"
)


def take(words: Words) -> bool:
    """Whether the frequency is asked for; takes the words that say so."""
    if words.has(r"caps?|capped|capping|change|set|raise|lower") or not words.took(_FREQUENCY):
        return False
    words.take(r"high|right now|now|currently|at the moment|per person|a day|per day|daily")
    return True
