"""The limits of a request laid on the levers, each bound with the name of what sets it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from domain.errors import BadInput, CannotAnswer
from tools.budget.movable import Movable, within_tried
from tools.budget.request import Bound, GroupBound, Request
from tools.levers import Lever, Levers


def with_request(movable: Sequence[Movable], request: Request, levers: Levers, *, tried: bool) -> list[Movable]:
    """The levers, as far as policy lets them, within what was asked for and, with ``tried``, the spend tried before.

    A bound that a person asked for may lie outside what was tried.

    Raises:
        BadInput: a name that is no lever's.
        CannotAnswer: a bound asked for that the other limits forbid; names both and the nearest amount.
    """
    bounds = {lever_named(levers, name).entity: bound for name, bound in request.bounds.items()}
    frozen = {lever_named(levers, name).entity for name in request.frozen}
    found = []
    for m in movable:
        entity = m.lever.entity
        if entity in frozen:
            m = _only(m, m.lever.now, "it was asked to stay")
        elif request.max_change is not None:
            m = _nearer(m, request.max_change)
        inner = within_tried(m) if tried else m
        if entity not in bounds:
            found.append(inner)
        else:
            found.append(_bounded(inner if _meets(inner, bounds[entity]) else m, bounds[entity]))
    return found


def lever_named(levers: Levers, name: str) -> Lever:
    """The lever with this entity or name, upper and lower case alike.

    Raises:
        BadInput: there is none, or several share the name.
    """
    wanted = name.casefold()
    exact = [lever for lever in levers.levers if lever.entity == name]
    named = exact or [lever for lever in levers.levers if lever.name.casefold() == wanted]
    if len(named) == 1:
        return named[0]
    known = ", ".join(lever.name for lever in levers.levers)
    raise BadInput(f"{'no budget is' if not named else 'several budgets are'} called {name}; there are {known}")


def sums_of(movable: Sequence[Movable], request: Request, fixed: Mapping[str, Decimal]) -> list[GroupBound]:
    """The groups asked for as bands on their movable members, what the others spend taken off.

    Raises:
        CannotAnswer: what stays as it is alone leaves the band.
    """
    able = {m.lever.entity for m in movable}
    found = []
    for group in request.groups:
        stays = sum((fixed.get(entity, Decimal(0)) for entity in group.entities), Decimal(0))
        low, high = group.bound.low, group.bound.high
        if high is not None and stays > high:
            raise CannotAnswer(f"{group.name}: what cannot be moved there is {stays:,.2f} a day, more than {high:,.2f}")
        inside = group.entities & able
        if not inside and low is not None and stays < low:
            raise CannotAnswer(f"{group.name}: nothing there can be moved, and it is {stays:,.2f} a day")
        if inside:
            bound = Bound(None if low is None else max(low - stays, Decimal(0)), None if high is None else high - stays)
            found.append(GroupBound(group.name, inside, bound))
    return found


def reasons(movable: Sequence[Movable], side: str) -> str:
    """What holds the levers on one side (``low`` or ``high``), each reason with the levers it binds."""
    by_reason: dict[str, list[str]] = {}
    for m in movable:
        by_reason.setdefault(getattr(m, f"{side}_why"), []).append(m.lever.name)
    parts = [f"{why} ({', '.join(names)})" for why, names in by_reason.items() if why]
    return next(iter(by_reason)) if len(by_reason) == 1 else f"what holds the budgets: {'; '.join(parts)}"


def _nearer(m: Movable, change: Decimal) -> Movable:
    why = f"the change of at most {change * 100:.0f} % that was asked for"
    now = m.lever.now
    return m.raised(min(now * (1 - change), m.high), why).lowered(max(now * (1 + change), m.low), why)


def _only(m: Movable, amount: Decimal, why: str) -> Movable:
    return replace(m, low=amount, high=amount, low_why=why, high_why=why)


def _meets(m: Movable, bound: Bound) -> bool:
    return (bound.low is None or bound.low <= m.high) and (bound.high is None or bound.high >= m.low)


def _bounded(m: Movable, bound: Bound) -> Movable:
    for amount, ends in ((bound.low, "at least"), (bound.high, "at most")):
        if amount is None:
            continue
        if ends == "at least" and amount > m.high:
            raise _conflict(m, f"at least {amount:,.2f}", f"{m.high_why}")
        if ends == "at most" and amount < m.low:
            raise _conflict(m, f"at most {amount:,.2f}", f"{m.low_why}")
    if bound.low is not None:
        m = m.raised(bound.low, "the least that was asked for it")
    if bound.high is not None:
        m = m.lowered(bound.high, "the most that was asked for it")
    return m


def _conflict(m: Movable, asked: str, against: str) -> CannotAnswer:
    nearest = m.high if asked.startswith("at least") else m.low
    return CannotAnswer(
        f"{m.lever.name}: {asked} was asked for, but {against}; the nearest that can be met is {nearest:,.2f} a day"
    )


def with_weights(movable: Sequence[Movable], margins: Mapping[str, Decimal | None]) -> list[Movable]:
    """The levers with their outcome counted at the plan's margin.

    Raises:
        CannotAnswer: a lever without one; its profit is not known, and it is not 0.
    """
    without = [m.lever.name for m in movable if margins.get(m.lever.entity) is None]
    if without:
        raise CannotAnswer(
            f"profit needs a margin, and the plan of this month has none for {', '.join(without)}; "
            "give margins with the plan, or ask for revenue"
        )
    return [replace(m, weight=float(margins[m.lever.entity] or 0)) for m in movable]
