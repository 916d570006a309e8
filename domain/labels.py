"""What a label is, and which campaigns a naming rule gives it to.

A rule's pattern is ``words:brand,branded`` (one of these stands in the name) or ``field:_:1:de`` (the first field
between underscores is de; -1 is the last field).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from domain.errors import BadInput
from domain.naming import Name, read_name

KEY, MOST_VALUE, MOST_PATTERN = re.compile(r"[a-z][a-z0-9_-]{0,39}"), 100, 300
SURE, LIKELY, MAYBE = 3, 2, 1
SURENESS = {SURE: "sure", LIKELY: "likely", MAYBE: "a guess"}


@dataclass(frozen=True, slots=True)
class Rule:
    """Names that match ``pattern`` carry ``key`` = ``value``; where two rules of a key disagree, the higher
    ``priority`` stands."""

    key: str
    value: str
    pattern: str
    priority: int = SURE


@dataclass(frozen=True, slots=True)
class Assigned:
    """The label a name gets, or the ``contradictory`` values of rules that are equally strong."""

    value: str | None
    contradictory: tuple[str, ...] = ()


def parse(text: str) -> tuple[str, str]:
    """``key=value`` as (key, value). Raises BadInput with what is allowed."""
    key, sign, value = text.partition("=")
    key, value = key.strip().casefold(), " ".join(value.split())
    if not sign or not KEY.fullmatch(key) or not value or len(value) > MOST_VALUE or not value.isprintable():
        raise BadInput(f"{text[:60]!r} is no label; write KEY=VALUE, such as brand=non-brand or country=DE")
    return key, value


def matches(pattern: str, name: Name) -> bool:
    """Whether a rule's pattern fits. Raises BadInput for a pattern of no known kind."""
    kind, _, rest = pattern.partition(":")
    if kind == "words":
        return any(name.has(phrase) for phrase in rest.split(","))
    separator, position, value = _field(pattern)
    return name.separator == separator and name.field(position) == value


def described(pattern: str) -> str:
    """A pattern in words: ``'brand' or 'branded' in the name``."""
    kind, _, rest = pattern.partition(":")
    if kind == "words":
        said = [f"'{phrase}'" for phrase in rest.split(",")]
        more = f" or {len(said) - 3} more" if len(said) > 3 else ""
        return f"{' or '.join(said[:3])}{more} in the name"
    separator, position, value = _field(pattern)
    where = "last" if position == -1 else f"{position}."
    what = "word" if separator == " " else f"field between '{separator.strip()}'"
    return f"the {where} {what} is '{value}'"


def _field(pattern: str) -> tuple[str, int, str]:
    found = re.fullmatch(r"field:(.+?):(-?\d+):(.+)", pattern)
    if found is None:
        raise BadInput(f"{pattern[:80]!r} is no pattern; known are words:... and field:SEPARATOR:POSITION:VALUE")
    return found[1], int(found[2]), found[3]


def assign(name: Name, rules: Iterable[Rule]) -> dict[str, Assigned]:
    """What the rules say of one name, per key that any of them matches."""
    found: dict[str, dict[str, int]] = {}
    for rule in rules:
        if matches(rule.pattern, name):
            values = found.setdefault(rule.key, {})
            values[rule.value] = max(values.get(rule.value, 0), rule.priority)
    return {key: _strongest(values) for key, values in found.items()}


def _strongest(values: dict[str, int]) -> Assigned:
    best = max(values.values())
    first = sorted(value for value, priority in values.items() if priority == best)
    return Assigned(first[0]) if len(first) == 1 else Assigned(None, tuple(first))


def read_names(names: Iterable[str]) -> dict[str, Name]:
    """Each name taken apart."""
    return {name: read_name(name) for name in names}
