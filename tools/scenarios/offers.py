"""Which plans of a comparison a person may have proposed by a button."""

from __future__ import annotations

from domain.evidence import Offer
from domain.formatting import format_money
from tools.scenarios.compare import TODAY, Compared, Side
from tools.scenarios.estimate import Scenario


def offers(compared: Compared) -> tuple[Offer, ...]:
    """The plans that the gates would pass as things are now, an account's by its own. None on a file: it has no
    budget to change.
    """
    several = len(compared.sides) > 1
    return tuple(
        Offer(
            f"{side.basis.account.name}: {plan.label}" if several else plan.label,
            side.basis.account.id,
            {e: str(a) for e, a in (plan.amounts or {}).items() if a != side.basis.amounts[e]},
            _moves(side, plan),
            side.basis.levers.outcome,
            plan.flattery,
        )
        for side in compared.sides
        for plan in side.scenarios
        if side.basis.account.origin != "file" and proposable(side, plan)
    )


def _moves(side: Side, plan: Scenario) -> tuple[str, ...]:
    """The changes, the largest first."""
    currency, amounts = side.basis.account.currency, plan.amounts or {}
    moved = [v for v in side.basis.levers.levers if amounts.get(v.entity, v.now) != v.now]
    moved.sort(key=lambda v: (-abs(amounts[v.entity] - v.now), v.name))
    return tuple(
        f"{v.name} {format_money(v.now, currency)} → {format_money(amounts[v.entity], currency)}" for v in moved
    )


def proposable(side: Side, plan: Scenario) -> bool:
    """Whether a plan changes something, is estimated, and nothing forbids it."""
    moves = plan.amounts is not None and plan.amounts != side.basis.amounts
    return plan.key != TODAY and moves and plan.estimate is not None and not plan.forbidden
