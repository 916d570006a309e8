"""Filters and groupings by label: which campaigns carry what, and which carry nothing of a key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from domain.errors import CannotAnswer
from domain.labels import parse
from store.labels import Labels, matching
from store.performance import CampaignName
from tools.arguments import Filters
from tools.labels import join_words, quoted

BY = "label:"
CAMPAIGNS_SHOWN = 6


def key_of(by: str | None) -> str | None:
    """The key of a grouping by label: ``label:country`` is by country."""
    return by.removeprefix(BY) if by is not None and by.startswith(BY) else None


def nothing_of(key: str) -> str:
    """How campaigns without a label are listed."""
    return f"no {key} label"


def wanted(labels: Iterable[str]) -> list[tuple[str, str]]:
    """``brand=non-brand`` as (key, value)."""
    return [parse(label) for label in labels]


def require_key(key: str, labels: Labels, known: Sequence[CampaignName]) -> None:
    """Raises CannotAnswer where none of these campaigns carries the key; the message names what there is."""
    if not any(key in labels.get(c.id, {}) for c in known):
        raise CannotAnswer(f"no campaign carries a {quoted(key)} label; {_there(labels, known)}")


def carrying(known: Sequence[CampaignName], labels: Labels, filters: Sequence[str]) -> frozenset[int]:
    """The campaigns with one of the values of every key. Raises CannotAnswer where there is none."""
    ids = {c.id for c in known}
    asked = wanted(filters)
    for key, value in asked:
        if not any(labels.get(i, {}).get(key, "").casefold() == value.casefold() for i in ids):
            raise CannotAnswer(f"no campaign is labelled {quoted(key)}={quoted(value)}; {_there(labels, known)}")
    found = matching(labels, asked) & ids
    if not found:
        raise CannotAnswer(f"no campaign carries {join_words([quoted(f) for f in filters])} at once")
    return found


def left_out(known: Sequence[CampaignName], labels: Labels, filters: Sequence[str]) -> frozenset[int]:
    """The campaigns with any of the values. Raises CannotAnswer where there is none, or nothing would be left."""
    found: set[int] = set()
    for label in filters:
        found |= carrying(known, labels, [label])
    if filters and found >= {c.id for c in known}:
        raise CannotAnswer(f"that leaves no campaign: all of them are {said(filters)}")
    return frozenset(found)


def said(filters: Sequence[str]) -> str:
    """``non-brand``; of several keys each: ``brand, country DE``."""
    by_key: dict[str, list[str]] = defaultdict(list)
    for key, value in wanted(filters):
        by_key[key].append(quoted(value))
    return ", ".join(
        join_words(values) if len(by_key) == 1 or not _short(values) else f"{key} {join_words(values)}"
        for key, values in by_key.items()
    )


def notes(
    known: Sequence[CampaignName], labels: Labels, filters: Filters, read: frozenset[int], without: frozenset[int]
) -> tuple[str, ...]:
    """Which campaigns a filter by label reads or leaves out, and which it cannot judge."""
    found = []
    if filters.labels:
        found.append(f"read by label: {_each(known, labels, filters.labels, read)}")
    if filters.exclude_labels:
        found.append(f"left out by label: {_each(known, labels, filters.exclude_labels, without)}")
    for key in dict.fromkeys(key for key, _ in wanted((*filters.labels, *filters.exclude_labels))):
        silent = frozenset(c.id for c in known if key not in labels.get(c.id, {}))
        if silent and filters.labels:
            found.append(f"{_named(known, silent)}: no {quoted(key)} label, so not in it")
        elif silent:
            found.append(f"{_named(known, silent)}: no {quoted(key)} label, so still counted in")
    return tuple(found)


def _each(known: Sequence[CampaignName], labels: Labels, filters: Sequence[str], ids: frozenset[int]) -> str:
    """Each label with its campaigns."""
    return "; ".join(f"{said([label])} ({_named(known, matching(labels, wanted([label])) & ids)})" for label in filters)


def _named(known: Sequence[CampaignName], ids: frozenset[int]) -> str:
    names = list(dict.fromkeys(quoted(c.name) for c in known if c.id in ids))
    if len(names) > CAMPAIGNS_SHOWN:
        return f"{', '.join(names[:CAMPAIGNS_SHOWN])} and {len(names) - CAMPAIGNS_SHOWN} more"
    return join_words(names)


def _there(labels: Labels, known: Sequence[CampaignName]) -> str:
    values: dict[str, set[str]] = defaultdict(set)
    for campaign in known:
        for key, value in labels.get(campaign.id, {}).items():
            values[key].add(value)
    if not values:
        return "no label is confirmed yet: budgeteer labels propose"
    there = [f"{key} ({', '.join(sorted(values[key]))})" for key in sorted(values)]
    return f"there is {join_words([quoted(t) for t in there])}"


def _short(values: Sequence[str]) -> bool:
    return any(len(value) <= 3 for value in values)


def value_of(labels: Mapping[int, Mapping[str, str]], campaign_id: int | None, key: str) -> str:
    """The label of a campaign, or that it has none."""
    return labels.get(campaign_id or 0, {}).get(key) or nothing_of(key)
