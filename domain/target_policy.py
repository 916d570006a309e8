"""Limits on a bid target: what the platform takes, how far one step may go, and no change while its bidding learns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from domain.ratio import amount_from_micros, exact
from domain.recommendation import Change

if TYPE_CHECKING:
    from domain.policy import EntityFacts, Limits


def target_refusals(change: Change, entity: EntityFacts, limits: Limits) -> Iterator[str]:
    """Why a target CPA or ROAS may not be set so, each with the figure and the limit."""
    yield from _target_amount(change, entity)
    yield from _target_step(change, entity, limits)


def _target_amount(change: Change, entity: EntityFacts) -> Iterator[str]:
    unit, currency = entity.billable_unit_micros, change.after.currency
    if unit is None:
        yield f"{change.entity_name}: this {change.called} was never read from the platform; sync the account first"
        return
    if change.before.micros == 0:
        yield f"{change.entity_name}: it bids without a {change.called} now; a first one is a person's to set"
    if change.after.micros < unit or change.after.micros > (entity.most_micros or change.after.micros):
        most = "" if entity.most_micros is None else f" to {amount_from_micros(entity.most_micros, currency)}"
        yield (
            f"{change.entity_name}: {exact(change.after)} is outside what the platform takes "
            f"({amount_from_micros(unit, currency)}{most or ' at least'})"
        )
    elif change.after.micros % unit:
        smallest = amount_from_micros(unit, currency)
        yield f"{change.entity_name}: {exact(change.after)} is not a multiple of {smallest}, the smallest step"
    if entity.learning:
        yield f"{change.entity_name}: its bidding is still learning; a change now would start that again"


def _target_step(change: Change, entity: EntityFacts, limits: Limits) -> Iterator[str]:
    start = entity.day_ago or change.before
    if start.currency != change.after.currency:
        yield f"{change.entity_name}: was in {start.currency} a day ago, the plan is in {change.after.currency}"
    elif start.amount and abs(moved := change.after.amount - start.amount) > start.amount * limits.max_target_step:
        since = "" if entity.day_ago is None else " in 24 hours"
        yield (
            f"{change.entity_name}: {moved / start.amount * 100:+.1f} %{since} is beyond the step limit of "
            f"{limits.max_target_step * 100:.0f} % for a {change.called}"
        )
