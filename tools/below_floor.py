"""Which campaigns are worse than their floor, with what certainty: the plan's floor or target, or break-even."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from sqlalchemy.orm import Session

from analytics.errors import CannotEstimate
from domain.policy import Limits
from domain.scope import Scope
from domain.window import Window
from store import performance, plans
from store.labels import labels_of
from store.plan_cover import Cover, cover
from store.series import CampaignDay, campaign_days
from tools.levers import LAG_DAYS, Levers

if TYPE_CHECKING:
    import numpy as np

    from analytics.protection import Standing


class AccountLike(Protocol):
    """What ``look`` needs to know of an account."""

    @property
    def id(self) -> int: ...
    @property
    def timezone(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Floor:
    """The worst return that is acceptable (outcome per unit of spend), in its own unit, and where it comes from."""

    of_roas: bool
    value: Decimal
    says: str

    @property
    def returned(self) -> float:
        return float(self.value) if self.of_roas else 1 / float(self.value)


@dataclass(frozen=True, slots=True)
class Below:
    """A campaign that is worse than its floor. ``stake`` is what its spend of the window fell short of it."""

    campaign: str
    floor: Floor
    standing: Standing
    spend: float
    stake: float

    @property
    def value(self) -> Decimal | None:
        """The ROAS or the CPA; None for a CPA without any conversion."""
        return _own(self.floor, self.standing.value)

    @property
    def interval(self) -> tuple[Decimal | None, Decimal | None]:
        """(best, worst) of 90 %, in the floor's own unit."""
        return _own(self.floor, self.standing.high), _own(self.floor, self.standing.low)


@dataclass(frozen=True, slots=True)
class Looked:
    """Who is below, the worst stake first; ``unknown`` says by name why nothing can be told of others with a floor."""

    below: tuple[Below, ...]
    unknown: dict[str, str]
    window: Window
    floors: int


def look(session: Session, scope: Scope, account: AccountLike, today: date, limits: Limits) -> Looked | None:
    """Judge every campaign that has a floor over the last ``limits.protection_days`` mature days; None without
    figures."""
    start = today - timedelta(days=limits.protection_days + 4 * LAG_DAYS)
    rows = campaign_days(session, scope, account.id, start, today - timedelta(days=1))
    if not rows:
        return None
    end = max(r.day for r in rows) - timedelta(days=LAG_DAYS)
    window = Window(end - timedelta(days=limits.protection_days - 1), end, account.timezone)
    floors = _floors(session, scope, account, today)
    worth = _worth([r for r in rows if r.day in window])
    below: list[Below] = []
    unknown: dict[str, str] = {}
    for number, floor in floors.items():
        own = [r for r in rows if r.campaign_id == number and r.day in window]
        if not own:
            continue
        found = _judged(own, floor, worth, window)
        if isinstance(found, str):
            unknown[own[0].name] = found
        elif found.standing.below >= limits.protection_certainty:
            below.append(found)
    return Looked(tuple(sorted(below, key=lambda b: (-b.stake, b.campaign))), unknown, window, len(floors))


def never_raised(levers: Levers, looked: Looked | None) -> tuple[Levers, tuple[str, ...]]:
    """The levers with those of campaigns below their floor free to be cut only, and a note of each."""
    if looked is None or not looked.below:
        return levers, ()
    below = {b.campaign: b for b in looked.below}
    turned, notes = [], []
    for lever in levers.levers:
        bad = next((below[c] for c in lever.campaigns if c in below), None)
        turned.append(lever if bad is None or lever.only > 0 else replace(lever, only=-1))
        if bad is not None:
            notes.append(f"{lever.name} is not raised: {said(bad)}")
    return replace(levers, levers=tuple(turned)), tuple(notes)


def said(b: Below) -> str:
    """``its ROAS of 1.20 is below 2.00, its floor in the plan, with 97 % certainty``."""
    name, value = ("ROAS", b.value) if b.floor.of_roas else ("CPA", b.value)
    shown = f"its {name} of {value:,.2f}" if value is not None else "it brought no conversion, and its CPA"
    side = "below" if b.floor.of_roas else "above"
    sure = min(int(b.standing.below * 100), 99)
    return f"{shown} is {side} {b.floor.value:,.2f}, {b.floor.says}, with {sure} % certainty or more"


def _judged(rows: Sequence[CampaignDay], floor: Floor, worth: float | None, window: Window) -> Below | str:
    values = [r.revenue if floor.of_roas else r.conversions for r in rows]
    if any(r.spend is None for r in rows) or any(v is None for v in values):
        return "some of its days state no spend or no outcome"
    if len(rows) < window.days:
        return f"only {len(rows)} of the {window.days} mature days have figures"
    import numpy as np  # only where there is a floor to judge

    spend = np.array([float(r.spend or 0) for r in rows])
    outcome = np.array([float(v or 0) for v in values])
    try:
        standing = _standing(rows, spend, outcome, floor, worth)
    except CannotEstimate as reason:
        return str(reason)
    short = max(0.0, float(spend.sum()) - float(outcome.sum()) / floor.returned)
    return Below(rows[0].name, floor, standing, float(spend.sum()), short)


def _standing(
    rows: Sequence[CampaignDay], spend: np.ndarray, outcome: np.ndarray, floor: Floor, worth: float | None
) -> Standing:
    import numpy as np

    from analytics import protection

    if not floor.of_roas:
        return protection.of_counts(spend, outcome, floor.returned)
    if np.sum(outcome > 0) >= protection.MIN_PAYING_DAYS or worth is None or any(r.conversions is None for r in rows):
        return protection.of_revenue(spend, outcome, floor.returned)
    # too few sales to see how revenue scatters: their number, at what a conversion is worth in the account
    counts = np.array([float(r.conversions or 0) for r in rows])
    found = protection.of_counts(spend, counts, floor.returned / worth)
    return protection.Standing(found.value * worth, found.low * worth, found.high * worth, found.below)


def _worth(rows: Sequence[CampaignDay]) -> float | None:
    """Revenue per conversion of the whole account; None where either is unknown or nothing."""
    conversions = sum(r.conversions or 0.0 for r in rows)
    revenue = sum(r.revenue or 0.0 for r in rows)
    return revenue / conversions if conversions and revenue else None


def _floors(session: Session, scope: Scope, account: AccountLike, today: date) -> dict[int, Floor]:
    """By campaign (store id), from the lines of this month."""
    month = today.replace(day=1)
    lines = [line for line in plans.lines(session, scope, month, month) if line.account_id == account.id]
    names = performance.campaigns(session, scope, {account.id})
    laid = cover(lines, names, labels_of(session, scope))
    found = {c.id: _floor(laid, c.id) for c in names}
    return {number: floor for number, floor in found.items() if floor is not None and floor.value > 0}


def _floor(laid: Cover, number: int) -> Floor | None:
    """Its floor, else break-even at its margin, else its target."""
    line, margin = laid.line_of.get(number), laid.margin(number)
    of_roas = line is None or line.target_roas is not None or line.target_cpa is None
    if line is not None and line.floor is not None:
        return Floor(of_roas, line.floor, "its floor in the plan")
    if margin is not None and margin.margin:
        return Floor(True, 1 / margin.margin, f"break-even at the plan's margin of {margin.margin * 100:.0f} %")
    if line is not None and line.target_roas is not None:
        return Floor(True, line.target_roas, "its target in the plan")
    if line is not None and line.target_cpa is not None:
        return Floor(False, line.target_cpa.amount, "its target in the plan")
    return None


def _own(floor: Floor, returned: float) -> Decimal | None:
    if floor.of_roas:
        return Decimal(repr(returned))
    return Decimal(repr(1 / returned)) if returned > 0 else None
