"""What to say of words that nobody understood: which they are, and one question near it that is understood."""

from __future__ import annotations

import re

from agent.planner.entities import campaign_list
from agent.planner.name_words import CAMPAIGN_NICKNAMES, PLATFORM_WORDS
from agent.planner.text import CannotRead, normalise
from agent.planner.vocabulary import metric_words
from agent.state import PlanContext
from domain.metrics import METRICS
from tools.labels import join_words, platform_label

_MOST_WORDS = 6
_TYPES = {"shopping", *(w for aliases in CAMPAIGN_NICKNAMES.values() for alias in aliases for w in alias.split())}


def not_understood(question: str, left: list[str], context: PlanContext) -> CannotRead:
    """What to say when words remain that would change the meaning."""
    unknown = list(dict.fromkeys(left))
    shown = join_words([f"'{w}'" for w in unknown][:_MOST_WORDS])
    names = f" {campaign_list(context)}" if any(_looks_like_a_name(question, w) for w in unknown) else ""
    return CannotRead(
        f"I did not understand {shown}, and leaving it out would answer another question.{names} "
        f"I can answer for example '{_nearby(question, context)}'."
    )


def _looks_like_a_name(question: str, word: str) -> bool:
    """Written as a name is: a capital inside a sentence, quotes, digits among letters, or beside "for", "campaign"."""
    said = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", question, re.IGNORECASE)
    if said is None:
        return False
    before = question[: said.start()]
    capital = said[0][0].isupper() and before.strip() != "" and not question.isupper() and not question.istitle()
    behind = (
        re.search(r"(?:\b(?:for|of|on|campaign|account|called|named)|[\"'“]) ?$", before, re.IGNORECASE) is not None
    )
    ahead = re.match(r" campaign\b", question[said.end() :], re.IGNORECASE) is not None
    return (
        word in _TYPES or capital or behind or ahead or (word.isalnum() and not word.isalpha() and not word.isdigit())
    )


def metric_named(question: str) -> str:
    """The figure that the question names, as a question would say it; ROAS where it names none."""
    words = f" {normalise(question)} "
    label = METRICS[next((slug for phrase, slug in metric_words() if f" {phrase} " in words), "roas")].label
    return label if label.isupper() else label.lower()


def platform_words(platform: str) -> tuple[str, ...]:
    """What people call a platform, its short name last."""
    said = PLATFORM_WORDS.get(platform, (platform.replace("_", " "),))
    return (*said, next((w for w in said if " " not in w and w in platform), said[0]))


def _nearby(question: str, context: PlanContext) -> str:
    """A question with the figure and the platform that this one names."""
    words = f" {normalise(question)} "
    platform = next((p for p in context.platforms if any(f" {said} " in words for said in platform_words(p))), None)
    on = f" on {platform_label(platform)}" if platform else ""
    return f"{metric_named(question)}{on} last month"
