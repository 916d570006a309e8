"""Labels in a question: "without brand", "DE vs AT", "prospecting only", "by category". Confirmed labels only."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from agent.planner.entities import Named, excluded
from agent.planner.filler import FILLER
from agent.planner.text import Words, normalise
from agent.planner.vocabulary import metric_words
from agent.state import PlanContext
from domain import countries
from domain.label_proposals import VOCABULARY

_PER = (
    r"(?:by|per|for each|for every|each|every|across(?: all)?|split (?:by|into)|broken down by|"
    r"break ?down (?:by|per|of)|grouped by|which|what)(?: the| our)?"
)
_KEYS: Mapping[str, str] = {
    "brand": r"brand(?: (?:and|vs|or) ?non ?brand)?|brand labels?",
    "country": r"countr(?:y|ies)|markets?|geos?|laender|lander|pais(?:es)?",
    "category": r"categor(?:y|ies)|product (?:lines?|categor(?:y|ies))|kategorien?",
    "funnel": r"funnels?(?: stages?| steps?)?",
    "type": r"(?:campaign )?types?",
}
_SHORTEST = 3


def by_label(words: Words, context: PlanContext) -> list[str]:
    """``label:KEY`` for each key that the question breaks down by."""
    return [
        f"label:{key}"
        for key in context.labels
        if words.took(rf"{_PER} (?:{_KEYS.get(key, _plural(key))})")
        or words.took(rf"(?:{_word(key)}) (?:split|breakdown)")
    ]


def take_labels(words: Words, context: PlanContext, named: Named, question: str) -> None:
    """Values of labels, the longest phrase first, with "without" before them."""
    for phrase, label in sorted(_phrases(context).items(), key=lambda item: (-len(item[0]), item[0])):
        if len(phrase) < _SHORTEST and not (_written_as_code(phrase, question) or _beside(phrase, words.text)):
            continue
        for match in words.take(rf"{re.escape(phrase)}(?:s)?(?: campaigns?| ads?| traffic)?(?: only)?"):
            target = named.exclude_labels if excluded(words, match.start(), label, named) else named.labels
            if label not in target:
                target.append(label)
            named.at.append(match.start())
            named.where.setdefault(label, match.start())


def phrases(context: PlanContext) -> frozenset[str]:
    """What says a label here; a campaign of just that name waits, for labels win."""
    return frozenset(_phrases(context))


def _phrases(context: PlanContext) -> dict[str, str]:
    """Folded phrase -> ``key=value``; a phrase that says two labels says none."""
    found: dict[str, set[str]] = {}
    for key, values in context.labels.items():
        for value in values:
            for phrase in _said(key, value):
                found.setdefault(phrase, set()).add(f"{key}={value}")
    plain = {phrase for phrase, _ in metric_words()} | FILLER
    return {
        phrase: labels.copy().pop()
        for phrase, labels in found.items()
        if len(labels) == 1 and phrase and (phrase not in plain or len(phrase) < _SHORTEST)
    }


def _said(key: str, value: str) -> Iterator[str]:
    yield normalise(value)
    yield normalise(f"{key} {value}")
    if key == "country" and len(value) == 2:
        yield from _country_names(value)
        if value == "GB":
            yield "uk"
    for words, _ in VOCABULARY.get(key, {}).get(value, ()):
        yield from words
    if (key, value) == ("brand", "non-brand"):
        yield from ("non brand", "non branded", "not brand", "nonbranded")


@cache
def _country_names(code: str) -> tuple[str, ...]:
    return tuple(name for name, of in countries.names().items() if of == code.upper())


def _written_as_code(phrase: str, question: str) -> bool:
    """Two letters are a code where they are written as one, or are no word of any other use."""
    return re.search(rf"\b{phrase.upper()}\b", question) is not None or phrase not in FILLER | {"es", "no", "be", "it"}


def _beside(phrase: str, text: str) -> bool:
    """ "de vs at": what stands beside a versus is no filler."""
    return re.search(rf"\b(?:vs|versus|or) {phrase}\b|\b{phrase} (?:vs|versus|or)\b", text) is not None


def _word(key: str) -> str:
    return re.escape(normalise(key)) or re.escape(key)


def _plural(key: str) -> str:
    return f"{_word(key)}s?"
