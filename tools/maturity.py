"""Which days' conversions can be judged, learned from how this account's days filled up as they aged.

Where nothing was learned yet the rule of the other tools holds: days of the last week are withheld.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from domain.scope import Scope
from store import lateness
from tools.levers import LAG_DAYS

LEARN_DAYS = 35  # days that the curve is learned from
OLD = 10  # a day of that age has all but its last conversions
FEWEST_DAYS = 7  # whole days seen at an age before it counts as known
FEWEST = 50.0  # conversions (for revenue: of its unit) behind a share: fewer and it is chance
LEAST_SHARE = 0.5  # with less than half of a day's conversions in, most of what is judged would be an estimate
COMPLETE = 0.98


@dataclass(frozen=True, slots=True)
class Maturity:
    """Shares of a day's final figure that are in after 0, 1, ... full days; empty where none was learned."""

    shares: tuple[float, ...]

    def share(self, age: int) -> float | None:
        """What part of a day's conversions is in; None where it is not known or too little."""
        if age >= max(OLD, LAG_DAYS):
            return 1.0
        if not self.shares:
            return 1.0 if age >= LAG_DAYS else None
        known = self.shares[age] if age < len(self.shares) else 1.0
        if known >= COMPLETE:
            return 1.0
        return known if known >= LEAST_SHARE else None

    @property
    def learned(self) -> bool:
        return bool(self.shares)


def learn(session: Session, scope: Scope, account_id: int, today: date) -> Mapping[str, Maturity]:
    """The curve of conversions and of revenue from the account's own restatements."""
    end = today - timedelta(days=OLD + 1)
    found = lateness.aged(session, scope, account_id, end - timedelta(days=LEARN_DAYS - 1), end, OLD)
    return {name: Maturity(curve(found.get(name, []))) for name in ("conversions", "revenue")}


def curve(found: list[lateness.Aged]) -> tuple[float, ...]:
    """Sum over sum by age, never falling; empty where any age up to ``OLD`` was seen on too few days.

    An account whose past was read in one load has no young days on record, hence no curve.
    """
    shares: list[float] = []
    for age in range(OLD + 1):
        seen = [a for a in found if a.age == age]
        whole = sum(a.now for a in seen)
        if len(seen) < FEWEST_DAYS or whole < FEWEST:
            return ()
        share = min(1.0, sum(a.then for a in seen) / whole)
        shares.append(max(share, shares[-1]) if shares else share)
    return tuple(shares)
