"""Which plans of a comparison a person may have proposed by a button."""

from __future__ import annotations

from domain.evidence import Offer
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
        )
        for side in compared.sides
        for plan in side.scenarios
        if side.basis.account.origin != "file" and proposable(side, plan)
    )


def proposable(side: Side, plan: Scenario) -> bool:
    """Whether a plan changes something, is estimated, and nothing forbids it."""
    moves = plan.amounts is not None and plan.amounts != side.basis.amounts
    return plan.key != TODAY and moves and plan.estimate is not None and not plan.forbidden
