"""A split about some campaigns only: money moves to them, or away from them, and nothing else is moved about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from domain.errors import CannotAnswer
from tools.labels import join_words, quoted
from tools.levers import Levers

Direction = Literal["less", "more"]


def focused(levers: Levers, campaigns: Sequence[str], direction: Direction) -> Levers:
    """The levers with those of ``campaigns`` free to move one way, and all others free to give or take that money.

    Raises:
        CannotAnswer: no budget of theirs can be moved, or there is no other one to move money to or from.
    """
    wanted = {name.casefold() for name in campaigns}
    named = [lever for lever in levers.levers if wanted & {c.casefold() for c in lever.campaigns}]
    who = quoted(join_words(list(campaigns)))
    if not named:
        raise CannotAnswer(f"{who} has no budget that can be set by the day; what it spends is set on the platform")
    if all(lever.held for lever in named):
        why = "; ".join(f"{lever.name}: {lever.held}" for lever in named)
        raise CannotAnswer(f"no budget of {who} can be moved now. {why}")
    if len(named) == len(levers.levers):
        raise CannotAnswer(
            f"{who} is all that has a budget here, so there is nothing to move money {_from_or_to(direction)}; another "
            "total can be asked for: recommend a budget of AMOUNT per day"
        )
    step = 1 if direction == "more" else -1
    turned = tuple(replace(lever, only=step if lever in named else -step) for lever in levers.levers)
    return replace(levers, levers=turned)


def shared(levers: Levers, campaigns: Sequence[str]) -> tuple[str, ...]:
    """What moves along, because it lives on a budget of one of ``campaigns``."""
    wanted = {name.casefold() for name in campaigns}
    notes = []
    for lever in levers.levers:
        beside = [c for c in lever.campaigns if c.casefold() not in wanted]
        if beside and len(beside) < len(lever.campaigns):
            notes.append(
                f"the budget {quoted(lever.name)} is shared with {quoted(join_words(beside))}, which move with it"
            )
    return tuple(notes)


def _from_or_to(direction: Direction) -> str:
    return "to" if direction == "less" else "from"
