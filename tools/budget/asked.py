"""A request as a person said it, with the names in it found among an account's budgets and labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from domain.errors import BadInput, CannotAnswer
from domain.scope import Scope
from store import performance
from store.labels import labels_of
from store.tables import Account
from tools.budget.limits import lever_named
from tools.budget.request import Bound, GroupBound, Request
from tools.levers import Lever, Levers
from tools.plan_arguments import PlanArguments, SaidBound
from tools.standings import standings


def request_of(total: float | None, asked: PlanArguments) -> Request:
    """What was asked for, without the limits on names, which need the levers.

    Raises:
        BadInput: it contradicts itself.
    """
    return Request(
        mode=asked.mode,
        objective=asked.objective,
        total=_decimal(total),
        target=_decimal(asked.target),
        cut=_decimal(asked.cut),
        on_margin=asked.on_margin,
        frozen=frozenset(asked.freeze),
        max_change=_decimal(asked.max_change),
        min_step=_decimal(asked.min_step),
    )


def with_names(
    session: Session, scope: Scope, account: Account, levers: Levers, request: Request, asked: PlanArguments
) -> Request:
    """The request with its bounds on budgets and labels.

    Raises:
        BadInput: a name or a label that nothing here has.
        CannotAnswer: a budget that is shared by campaigns with and without a label.
    """
    bounds: dict[str, Bound] = {}
    groups: list[GroupBound] = []
    for said in asked.bounds:
        bound = Bound(_decimal(said.least), _decimal(said.most))
        if "=" in said.of:
            groups.append(GroupBound(said.of, _labelled(session, scope, account, levers, said), bound))
        else:
            entity = lever_named(levers, said.of).entity
            bounds[entity] = _both(said.of, bounds.get(entity), bound)
    return replace(request, bounds=bounds, groups=tuple(groups))


def paced(session: Session, scope: Scope, account: Account, levers: Levers, request: Request, today: date) -> Request:
    """The request with each pool's daily budget set to what the month's plan leaves, evenly over the days left.

    Raises:
        CannotAnswer: no plan, a pool that another account spends from too, or nothing left.
    """
    found = {s.key: s for s in standings(session, scope, today).pools}
    pools: dict[str, Decimal] = {}
    for key in sorted({lever.pool for lever in levers.levers}):
        pool = found.get(key)
        if pool is None or pool.left_per_day is None:
            unknown = "its money has no budget in the plan of the month"
            why = unknown if pool is None or pool.budget is None else pool.reason or "no day of the month is left"
            raise CannotAnswer(f"{account.name} cannot be paced: {why}")
        if pool.accounts != (account.name,):
            raise CannotAnswer(f"{pool.pool} is spent by {', '.join(pool.accounts)}: one account cannot be paced alone")
        if pool.left_per_day <= 0:
            raise CannotAnswer(f"the budget of {pool.pool} for the month is spent: nothing is left to pace")
        pools[key] = pool.left_per_day
    return replace(request, pools=pools)


def _labelled(session: Session, scope: Scope, account: Account, levers: Levers, said: SaidBound) -> frozenset[str]:
    """The budgets all of whose campaigns carry the label."""
    key, _, value = (part.strip().casefold() for part in said.of.partition("="))
    labels = labels_of(session, scope)
    own = {
        c.name for c in performance.campaigns(session, scope, {account.id})
        if _folded(labels.get(c.id, {})).get(key) == value
    }  # fmt: skip
    if not own:
        raise BadInput(f"no campaign of {account.name} carries the label {said.of}")
    mixed = [lever for lever in levers.levers if 0 < _carried(lever, own) < len(lever.campaigns)]
    if mixed:
        raise CannotAnswer(
            f"the budget {mixed[0].name} is shared by campaigns with and without the label {said.of}, so a limit on "
            "the label cannot be kept by budgets"
        )
    return frozenset(lever.entity for lever in levers.levers if _carried(lever, own))


def _carried(lever: Lever, names: set[str]) -> int:
    return sum(campaign in names for campaign in lever.campaigns)


def _folded(labels: Mapping[str, str]) -> dict[str, str]:
    return {key.casefold(): value.casefold() for key, value in labels.items()}


def _both(name: str, first: Bound | None, second: Bound) -> Bound:
    if first is None:
        return second
    if (first.low is not None and second.low is not None) or (first.high is not None and second.high is not None):
        raise BadInput(f"{name} is bounded twice on the same side")
    return Bound(first.low if second.low is None else second.low, first.high if second.high is None else second.high)


def _decimal(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(repr(value))
