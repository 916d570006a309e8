"""What a person asks a budget plan for: a mode, an objective, and the limits to keep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from domain.errors import BadInput
from tools.plan_arguments import Mode, Objective


@dataclass(frozen=True, slots=True)
class Bound:
    """The least and the most a day, in the account's currency; None where nothing was asked."""

    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True, slots=True)
class GroupBound:
    """A band for the summed budgets of several levers, by their entities; groups may overlap."""

    name: str
    entities: frozenset[str]
    bound: Bound


@dataclass(frozen=True, slots=True)
class Request:
    """One plan asked for; all amounts are a day and in the account's currency.

    ``mode``:
        ``fixed`` splits ``total`` (None: today's). ``least_loss`` cuts today's total by the fraction ``cut``, each
        pool's alike. ``flexible`` spends as long as the next unit pays for itself, with ``total`` as a cap.
        ``target_cpa`` and ``target_roas`` spend the most that still meets ``target`` on average over the account, with
        ``total`` as a cap; with ``on_margin`` the last unit spent meets it too. ``same_for_less`` spends the least that
        is expected to bring what today's budgets bring.
    ``objective``: None takes revenue where it is known, else conversions. Profit is revenue at the plan's margins less
        spend.
    ``bounds``: by a lever's entity or name. ``frozen``: levers that stay, by entity or name. ``max_change`` and
        ``min_step`` are fractions of each lever's amount today; ``max_changes`` is how many may change.
    ``groups``: bands for sums of levers, which may overlap. ``pools``: what each pool may spend a day, by its key, in
        the place of today's; a pool that is not named keeps today's.
    """

    mode: Mode = "fixed"
    objective: Objective | None = None
    total: Decimal | None = None
    target: Decimal | None = None
    cut: Decimal | None = None
    on_margin: bool = False
    bounds: Mapping[str, Bound] = field(default_factory=dict)
    groups: tuple[GroupBound, ...] = ()
    frozen: frozenset[str] = frozenset()
    max_change: Decimal | None = None
    min_step: Decimal | None = None
    max_changes: int | None = None
    pools: Mapping[str, Decimal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _require_one(self)
        for what, amount in (("total", self.total), ("target", self.target)):
            if amount is not None and not (amount.is_finite() and amount > 0):
                raise BadInput(f"a {what} of {amount}: give a positive amount")
        for what, share in (("cut", self.cut), ("maximum change", self.max_change), ("minimum step", self.min_step)):
            if share is not None and not (share.is_finite() and 0 < share <= 1):
                raise BadInput(f"a {what} of {share}: give a share above 0 % and up to 100 %")
        if self.cut is not None and self.cut == 1:
            raise BadInput("a cut of 100 %: that is to pause everything, which no split decides")
        if self.max_changes is not None and self.max_changes < 1:
            raise BadInput(f"at most {self.max_changes} changes: give 1 or more")
        for name, bound in (*self.bounds.items(), *((g.name, g.bound) for g in self.groups)):
            _require_bound(name, bound)

    @property
    def outcome(self) -> Literal["revenue", "conversions"] | None:
        """What has to be known of the account's figures; None takes what there is."""
        if self.mode == "target_cpa" or self.objective == "conversions":
            return "conversions"
        return "revenue" if self.mode == "target_roas" or self.objective in ("revenue", "profit") else None

    @property
    def settles_total(self) -> bool:
        """Whether the mode says itself how much is spent."""
        return self.mode in ("target_cpa", "target_roas", "flexible", "same_for_less")


def _require_one(request: Request) -> None:
    """Only what the mode uses may be given."""
    targeted = request.mode in ("target_cpa", "target_roas")
    if targeted and request.target is None:
        raise BadInput(f"the mode {request.mode} needs its target")
    if not targeted and (request.target is not None or request.on_margin):
        raise BadInput(f"a target does not go with the mode {request.mode}")
    if targeted and request.objective is not None:
        raise BadInput("a target says itself what counts: conversions for a CPA, revenue for a ROAS")
    if (request.cut is not None) != (request.mode == "least_loss"):
        raise BadInput("a cut in percent goes with the mode least_loss, and that mode needs one")
    if request.total is not None and request.mode in ("least_loss", "same_for_less"):
        raise BadInput(f"the mode {request.mode} settles the total itself; leave it out")
    if request.pools and (request.mode != "fixed" or request.total is not None):
        raise BadInput("what each pool may spend settles the total: leave the total and other modes out")


def _require_bound(name: str, bound: Bound) -> None:
    for amount in (bound.low, bound.high):
        if amount is not None and not (amount.is_finite() and amount >= 0):
            raise BadInput(f"a bound of {amount} for {name}: give an amount of 0 or more")
    if bound.low is not None and bound.high is not None and bound.low > bound.high:
        raise BadInput(f"{name}: at least {bound.low:,.2f} is more than at most {bound.high:,.2f}")
