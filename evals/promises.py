"""Fifty applied recommendations on emulated markets: predicted against measured against true, and what they brought.

Each account goes the product's own way: sync, recommend, approve, apply, wait, measure, recommend again, with what was
measured correcting what is predicted. Half of the accounts are small, half have three countries; all share a market
whose demand wanders, which is nobody's merit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from emulators.market.campaigns import BUDGETS, CAMPAIGNS, MICROS, BudgetSpec, CampaignSpec
from emulators.market.response import Mood, expected_conversions, spend_for
from emulators.market.world import Market
from evals._playing import WAITS, Play
from store.engine import open_engine
from store.migrate import upgrade
from store.promises import PromiseView
from tools.levers import RECENT_DAYS

ROUNDS = 6
APPLIED = 50  # of small and of wide accounts together
MAX_STEP = 0.5
_COUNTRIES = {"": 1.0, "FR ": 0.7, "AT ": 0.5}
_DAYS = 1200
DAY = timedelta(days=1)


class WanderingMarket(Market):
    """A market whose demand and conversion rate drift for all campaigns together, by about a tenth over some weeks."""

    def mood(self, spec: CampaignSpec, day: date) -> Mood:
        n = (day - self.first_day).days
        demand, rate = self._luck
        return Mood(float(demand[n]), float(rate[n]))

    @cached_property
    def _luck(self) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng([self.seed, 23])
        return np.exp(_wander(rng, 0.08)), np.exp(_wander(rng, 0.08))

    def expected(self, budget_id: str, amount: float, day: date) -> float:
        """True mean revenue of one budget at ``amount`` on one day: without the day's own noise, all of it arrived."""
        total = 0.0
        for c in self.spenders(budget_id):
            mood = self.mood(c, day)
            spend = spend_for(c, amount, day, 1.0, mood.demand)
            total += expected_conversions(c, spend, day, mood.demand) * mood.conversion_rate * c.order_value
        return total


def _wander(rng: np.random.Generator, spread: float, memory: float = 0.95) -> np.ndarray:
    steps = rng.normal(0, spread * (1 - memory**2) ** 0.5, _DAYS)
    luck = np.zeros(_DAYS)
    for n in range(1, _DAYS):
        luck[n] = memory * luck[n - 1] + steps[n]
    return luck


def account(seed: int, *, wide: bool) -> WanderingMarket:
    """A market of seven campaigns, or of three countries with seven each, most of whose budgets were tried."""
    if not wide:
        return WanderingMarket(seed=seed)
    campaigns, budgets = [], []
    for n, (country, size) in enumerate(_COUNTRIES.items()):
        for b in BUDGETS:
            turned = (*b.tested[n:-1], *b.tested[:n], 1.0)
            budgets.append(BudgetSpec(f"{n}{b.id}", f"{country}{b.name}", round(b.daily * size), b.shared, turned,
                                      b.block_days + n))  # fmt: skip
        campaigns += [
            replace(c, id=f"{n}{c.id}", name=f"{country}{c.name}", budget_id=f"{n}{c.budget_id}",
                    demand=c.demand * size, max_conversions=c.max_conversions * size, half_spend=c.half_spend * size)
            for c in CAMPAIGNS
        ]  # fmt: skip
    return WanderingMarket(seed=seed, campaigns=tuple(campaigns), budgets=tuple(budgets))


@dataclass(frozen=True, slots=True)
class Outcome:
    """One applied recommendation, measured or not, with the truth over the same days."""

    promise: PromiseView
    true: float
    wide: bool


@dataclass(frozen=True, slots=True)
class Brought:
    """True revenue of an account from its first change on, had it been left alone, and by each way to decide."""

    nothing: float
    recommended: float
    proportional: float


def play(seed: int, folder: Path, *, wide: bool) -> tuple[list[Outcome], Brought]:
    """Rounds of one account, and the same account decided by a plain rule on the same mornings."""
    engine = open_engine(f"sqlite:///{folder / f'{seed}-{wide}.db'}")
    upgrade(engine)
    here = account(seed, wide=wide)
    player = Play(engine, here)
    ruled = account(seed, wide=wide)
    first = here.today
    for _ in range(ROUNDS):
        made = player.recommend().recommendation
        if made is not None and made.advice_only is None:
            player.apply(made)
        by_rule(ruled)
        player.pass_days(WAITS)
        ruled.advance(WAITS)
        player.measure()
    found = [Outcome(p, _truth(here, p), wide) for p in player.promises()]
    engine.dispose()
    alone = account(seed, wide=wide)
    days = [first + n * DAY for n in range((here.today - first).days)]
    return found, Brought(*(_revenue(here, world, days) for world in (alone, here, ruled)))


def by_rule(market: WanderingMarket) -> None:
    """The plain rule: today's total, divided by what each budget brought in the last four weeks, in steps of at most
    half of a budget. Half of the tools in use do about that.
    """
    since = market.today - RECENT_DAYS * DAY
    brought = dict.fromkeys((b.id for b in market.budgets), 0.0)
    for row in market.rows(since, market.today - DAY):
        brought[row.campaign.budget_id] += row.revenue
    now = {b: market.budget_micros(b) / MICROS for b in brought}
    total = sum(now.values())
    wanted = {b: total * brought[b] / sum(brought.values()) for b in brought}
    for _ in range(50):  # what the step limit takes from one goes to the others
        kept = {b: min(max(wanted[b], now[b] * (1 - MAX_STEP)), now[b] * (1 + MAX_STEP)) for b in now}
        wanted = {b: amount * total / sum(kept.values()) for b, amount in kept.items()}
    for b, amount in kept.items():
        market.set_budget(b, round(amount * 100) * 10_000, by="rule")


def _truth(market: WanderingMarket, p: PromiseView) -> float:
    days = [p.window_start + n * DAY for n in range(p.days)]
    return sum(
        market.expected(c.entity, c.after_micros / MICROS, day)
        - market.expected(c.entity, c.before_micros / MICROS, day)
        for c in p.changes
        for day in days
    )


def _revenue(truth: WanderingMarket, world: WanderingMarket, days: Sequence[date]) -> float:
    """True revenue of a world's budgets, by the one market that all worlds share."""
    return sum(
        truth.expected(b.id, world.budget_micros(b.id, day) / MICROS, day) for b in truth.budgets for day in days
    )


def run() -> list[str]:
    """Predicted, measured and true, for small and wide accounts; and what all of it brought."""
    found: list[Outcome] = []
    brought: list[Brought] = []
    with TemporaryDirectory() as folder:
        for wide in (False, True):
            for seed in count():
                if sum(o.wide == wide for o in found) >= APPLIED // 2:
                    break
                outcomes, came = play(seed, Path(folder), wide=wide)
                found += outcomes
                brought.append(came)
    lines = [line for wide in (False, True) for line in _told([o for o in found if o.wide == wide], wide)]
    nothing, recommended, ruled = (
        sum(getattr(b, w) for b in brought) for w in ("nothing", "recommended", "proportional")
    )
    return [
        *lines,
        f"true revenue over {ROUNDS * WAITS} days of {len(brought)} accounts: {nothing:,.0f} EUR left alone, "
        f"{recommended:,.0f} with the recommendations ({recommended / nothing - 1:+.1%}), {ruled:,.0f} by the "
        f"proportional rule ({ruled / nothing - 1:+.1%})",
    ]


def _told(found: Sequence[Outcome], wide: bool) -> list[str]:
    measured = [o for o in found if o.promise.realised is not None and o.promise.promised is not None]
    said = np.array([_ends(o.promise.promised) for o in measured])
    came = np.array([_ends(o.promise.realised) for o in measured])
    true = np.array([o.true for o in measured])
    reasons = sorted({(o.promise.reason or "").split(";")[0] for o in found if o.promise.status != "measured"})
    corrected = [o.promise.correction for o in measured if o.promise.correction]
    raw = np.array([o.promise.raw.over(o.promise.days, o.promise.horizon_days).mid for o in measured if o.promise.raw])
    held = int(np.sum((said[:, 0] <= true) & (true <= said[:, 2])))
    covered = int(np.sum((came[:, 0] <= true) & (true <= came[:, 2])))
    last = f", the last by {corrected[-1]['ratio']:.2f}" if corrected else ""
    return [
        f"{'three countries, 18 budgets' if wide else 'one country, 6 budgets'}: {len(found)} applied, "
        f"{len(measured)} measured, {sum(o.promise.status == 'no_counterfactual' for o in found)} without a "
        f"counterfactual {reasons or ''}; {len(corrected)} predictions corrected{last}",
        f"  truly better: {int(np.sum(true > 0))} of {len(true)}; mean over the window: true {true.mean():,.0f}, fit "
        f"{raw.mean():,.0f}, predicted {said[:, 1].mean():,.0f}, measured {came[:, 1].mean():,.0f} EUR",
        f"  90 % ranges that held the truth: predicted {held} of {len(true)}, measured {covered} of {len(true)}",
        f"  usual miss of the truth: predicted {np.sqrt(np.mean((said[:, 1] - true) ** 2)):,.0f}, measured "
        f"{np.sqrt(np.mean((came[:, 1] - true) ** 2)):,.0f} EUR; half width of the measured range "
        f"{np.mean(came[:, 2] - came[:, 0]) / 2:,.0f}",
    ]


def _ends(total: object) -> tuple[float, float, float]:
    return total.low, total.mid, total.high  # type: ignore[attr-defined]
