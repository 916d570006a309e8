"""Small typos put right: "conversoins for serch last moth"."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from rapidfuzz.distance import OSA

from agent.planner import (
    dates,
    intents,
    name_words,
    periods,
    plan_words,
    refusals,
    relative,
    shop_words,
    vocabulary,
    what_if_words,
)
from agent.planner.filler import FILLER
from agent.planner.text import normalise
from agent.state import PlanContext


@cache
def _corrections(extra: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    """(words that are right as they stand, words that a typo may be read as)."""
    told = {w for phrase, _ in vocabulary.metric_words() for w in phrase.split()}
    told |= {w for names in name_words.PLATFORM_WORDS.values() for name in names for w in name.split()}
    told |= {*dates.MONTHS, *relative.WEEKDAYS, *relative.UNITS, *extra, *name_words.PLACEMENT_WORDS}
    told |= {
        "median",
        "yesterday",
        "last",
        "weekend",
        "platform",
        "campaign",
        "compare",
        "compared",
        "between",
        "previous",
    }
    told |= {w for phrase in name_words.CAMPAIGN_NICKNAMES for w in phrase.split()}
    own = (
        *intents.patterns(), *refusals.patterns(), *shop_words.patterns(), *plan_words.patterns(),
        *what_if_words.patterns(),
    )  # fmt: skip
    patterns = [*own, *(p for p, _ in periods.FORMS)]
    known = set(re.findall(r"[a-z]{3,}", " ".join(re.sub(r"\\[a-z]", " ", p) for p in patterns)))
    return frozenset(known | told | FILLER), frozenset(w for w in told if len(w) >= 4)


def names_words(context: PlanContext) -> frozenset[str]:
    """Every word of every name in the data."""
    labels = [word for key, values in context.labels.items() for word in (key, *values)]
    names = [*labels, *(e.name for e in (*context.campaigns, *context.accounts))]
    return frozenset(w for name in names for w in normalise(name).split())


def correct(text: str, context: PlanContext) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The text with small typos of words that matter put right, and (typed, read as) for each.

    A word is never "corrected" into filler: that would drop it in silence.
    """
    known, targets = _corrections(names_words(context))
    changed: list[tuple[str, str]] = []
    out: list[str] = []
    for word in text.split():
        right = word if word in known or not word.isalpha() or len(word) < 4 else _nearest(word, targets)
        if right != word:
            changed.append((word, right))
        out.append(right)
    return " ".join(out), tuple(changed)


def _nearest(word: str, targets: Iterable[str]) -> str:
    """The one word a slip of the finger away, else the word itself.

    Short words allow a letter too many, too few or two swapped; only long ones a wrong letter, because
    "coats" is not "costs".
    """
    allowed = 1 if len(word) < 8 else 2
    near = [
        (OSA.distance(word, target, score_cutoff=allowed), target)
        for target in targets
        if target[0] == word[0] and abs(len(target) - len(word)) <= allowed
    ]
    near = sorted((d, t) for d, t in near if d <= allowed and (len(word) >= 7 or _is_slip(word, t)))
    if not near or (len(near) > 1 and near[0][0] == near[1][0] and near[0][1].rstrip("s") != near[1][1].rstrip("s")):
        return word
    return near[0][1]


def _is_slip(word: str, target: str) -> bool:
    return len(word) != len(target) or sorted(word) == sorted(target)
