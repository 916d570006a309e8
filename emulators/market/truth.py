"""What is really so in the market. Tests compare estimates with it; no emulator serves it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from emulators.market.campaigns import MICROS
from emulators.market.response import expected_conversions, spend_for, within_target

if TYPE_CHECKING:
    from emulators.market.campaigns import CampaignSpec
    from emulators.market.world import Market

_MONDAY = date(2026, 3, 2)


@dataclass(frozen=True)
class Truth:
    """Means over a week, without noise, lag or incidents. Euros a day."""

    market: Market

    def spend(self, budget_id: str, daily: float) -> float:
        """What a budget of ``daily`` euros would really spend."""
        return sum(
            self._spend(c, daily, _MONDAY + timedelta(n)) for c in self.market.spenders(budget_id) for n in range(7)
        ) / 7  # fmt: skip

    def conversions(self, budget_id: str, daily: float) -> float:
        """Matured conversions a day."""
        return self._sum(budget_id, daily, lambda _value: 1.0)

    def revenue(self, budget_id: str, daily: float) -> float:
        """Matured conversion value a day."""
        return self._sum(budget_id, daily, lambda value: value)

    def marginal_revenue(self, budget_id: str, daily: float, step: float = 1.0) -> float:
        """Revenue of the next euro of budget."""
        return (self.revenue(budget_id, daily + step) - self.revenue(budget_id, daily)) / step

    def best_split(self, total: float, bounds: Mapping[str, tuple[float, float]]) -> dict[str, float]:
        """The split of ``total`` with the highest revenue: greedy euro by euro, exact because revenue is concave."""
        split = {b: low for b, (low, _high) in bounds.items()}
        for _ in range(round(total - sum(split.values()))):
            open_ = [b for b, amount in split.items() if amount + 1 <= bounds[b][1]]
            if not open_:
                break
            split[max(open_, key=lambda b: self.marginal_revenue(b, split[b]))] += 1
        return split

    def at_target(self, owner: str, level: float) -> tuple[float, float, float]:
        """(spend, conversions, revenue) a day of a target's campaigns if it stood at ``level``, budgets as today."""
        target = self.market.target_spec(owner)
        if target is None:
            raise ValueError(f"no target {owner!r}; there are {[t.owner for t in self.market.targets]}")
        total = [0.0, 0.0, 0.0]
        for c in (c for c in self.market.campaigns if c.id in target.campaigns):
            budget = self.market.budget_micros(c.budget_id) / MICROS
            for n in range(7):
                day = _MONDAY + timedelta(n)
                goes_for = within_target(c, target.most_cpa(c, level), day)
                spend = spend_for(c, budget, day, bid_for=goes_for)
                conversions = expected_conversions(c, spend, day) if spend else 0.0
                for at, value in enumerate((spend, conversions, conversions * c.order_value)):
                    total[at] += value / 7
        return total[0], total[1], total[2]

    def _sum(self, budget_id: str, daily: float, value: Callable[[float], float]) -> float:
        total = 0.0
        for c in self.market.spenders(budget_id):
            for n in range(7):
                day = _MONDAY + timedelta(n)
                total += expected_conversions(c, self._spend(c, daily, day), day) * value(c.order_value)
        return total / 7

    def _spend(self, spec: CampaignSpec, daily: float, day: date) -> float:
        """From a budget of ``daily`` euros, at the target that its bidding has today."""
        return spend_for(
            spec, daily, day, bid_for=within_target(spec, self.market.most_cpa(spec, self.market.today), day)
        )
