"""Where no figures tell what a move of money would bring: what is known of both sides, and a test that would tell."""

from __future__ import annotations

import math
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from pydantic import Field, model_validator
from sqlalchemy.orm import Session

from domain.errors import CannotAnswer
from domain.evidence import Fact, Form, ToolResult, Unit
from domain.metrics import METRICS
from domain.window import Window
from store import performance, plans
from store.engine import read
from store.labels import labels_of
from store.performance import CampaignName, Rows, Totals
from store.plan_cover import cover
from tools.arguments import Filters
from tools.base import REASONS, Arguments, ToolContext, refusal
from tools.figures import Books, Cited, Group, fact
from tools.filters import select
from tools.labels import platform_label, quoted
from tools.spans import Span

RECENT_DAYS, TRIED_DAYS, NOISE_WEEKS = 28, 182, 12
LEAST_WEEKS, MOST_WEEKS = 2, 8
POWER = 1.645 + 0.842  # a one-sided 5 % test that finds the effect 4 times in 5


class Side(Arguments):
    """Where money is taken from, or goes to: a platform or a campaign."""

    platform: str | None = Field(default=None, description="platform slug")
    campaign: str | None = Field(default=None, description="exact campaign name")

    @model_validator(mode="after")
    def _one(self) -> Side:
        if (self.platform is None) == (self.campaign is None):
            raise ValueError("name a platform or a campaign, and not both")
        return self

    @property
    def name(self) -> str:
        return platform_label(self.platform) if self.platform else quoted(self.campaign or "")


class PlanTestArguments(Arguments):
    """A move of money between two platforms or campaigns."""

    amount: float = Field(gt=0, allow_inf_nan=False, description="in the accounts' currency")
    per: Literal["month", "week", "day"] = "month"
    source: Side
    target: Side


@dataclass(frozen=True, slots=True)
class _Known:
    """One side as its figures stand: the recent weeks, the most it ever spent on a day, and its weeks' outcome."""

    side: Side
    group: Group
    books: Books
    recent: Span
    campaigns: tuple[CampaignName, ...]
    spend_a_day: Decimal
    most: Decimal
    weeks: tuple[float, ...]  # revenue, the last full weeks first
    roas: Decimal | None


def run(context: ToolContext, arguments: PlanTestArguments) -> ToolResult:
    """Always a refusal: with the figures of both sides, and the test."""
    with read(context.engine) as session:
        known = performance.accounts(session, context.scope)
        try:
            source, target = (_side(context, session, known, s) for s in (arguments.source, arguments.target))
            cited = Cited()
            text = _text(context, arguments, source, target, cited)
        except REASONS as no:
            return ToolResult(refused=refusal(no))
        walls = _walls(session, context, source, target)
    fresh = {c.platform: side.recent.window.end for side in (source, target) for c in side.campaigns}
    return ToolResult(facts=cited.facts, text=text + walls, refused=text + walls, row_count=2, freshness=fresh)


def _side(context: ToolContext, session: Session, known: list[performance.AccountDays], side: Side) -> _Known:
    platforms, campaigns = ((name,) if name else () for name in (side.platform, side.campaign))
    named = Filters(platforms=platforms, campaigns=campaigns)
    chosen = select(known, lambda ids: performance.campaigns(session, context.scope, ids), named)
    names = performance.campaigns(session, context.scope, chosen.account_ids)
    own = tuple(c for c in names if chosen.chosen is None or c.id in chosen.chosen)
    lasts = [a.last_day for a in chosen.accounts if a.last_day]
    if not lasts:
        raise CannotAnswer(f"there are no figures on {side.name}")
    last = min(min(lasts), context.today - timedelta(days=1))
    recent = Window(last - timedelta(days=RECENT_DAYS - 1), last, context.timezone)
    rows = performance.totals(
        session,
        context.scope,
        Rows(last - timedelta(days=TRIED_DAYS - 1), last, chosen.account_ids, {c.id for c in own}),
        by={"day"},
    )
    now = [r for r in rows if r.day is not None and r.day in recent]
    group = Group.of(now)
    spend = group.sums.get("spend")
    if spend is None:
        raise CannotAnswer(f"{side.name} has no spend from {recent.start} to {last}")
    runs = {run for row in now for run in row.runs}
    books = Books({a.id: a for a in chosen.accounts}, performance.sources(session, context.scope, runs))
    revenue = group.sums.get("revenue")
    return _Known(
        side, group, books, Span(recent, None, ()), own, spend / RECENT_DAYS, _most(rows), _weeks(rows, last),
        revenue / spend if revenue is not None and spend else None,
    )  # fmt: skip


def _most(rows: list[Totals]) -> Decimal:
    by_day: dict[date, Decimal] = {}
    for row in rows:
        if row.day is not None:
            by_day[row.day] = by_day.get(row.day, Decimal(0)) + (row.sums["spend"] or Decimal(0))
    return max(by_day.values(), default=Decimal(0))


def _weeks(rows: list[Totals], last: date) -> tuple[float, ...]:
    """Revenue of the last full weeks; only whole ones from the first day with data."""
    days = [r.day for r in rows if r.day is not None]
    if not days:
        return ()
    count = min(NOISE_WEEKS, ((last - min(days)).days + 1) // 7)
    sums = [0.0] * count
    for row in rows:
        back = (last - row.day).days // 7 if row.day else count
        if back < count:
            sums[back] += float(row.sums["revenue"] or 0)
    return tuple(sums)


def _text(context: ToolContext, asked: PlanTestArguments, source: _Known, target: _Known, cited: Cited) -> str:
    currencies = {*source.books.currencies(source.group), *target.books.currencies(target.group)}
    if len(currencies) > 1:
        raise CannotAnswer(
            f"{source.side.name} and {target.side.name} keep money in {' and '.join(sorted(currencies))}"
        )
    currency = currencies.pop()
    days = {"month": monthrange(context.today.year, context.today.month)[1], "week": 7, "day": 1}[asked.per]
    wanted = Decimal(repr(asked.amount)) / days
    teller = _Teller(cited, target, currency)
    amount = teller.cite("Amount asked about", Decimal(repr(asked.amount)), "money", "as asked", source="the question")
    a_day = teller.cite("Amount a day", wanted, "money", f"amount / {days} days", source="the question")
    spent = teller.cite("Spend per day", target.spend_a_day, "money", f"sum(spend) / {RECENT_DAYS} days")
    most = teller.cite("Most spend on one day", target.most, "money", f"the largest day of up to {TRIED_DAYS} days")
    roas = cited.cite(fact(METRICS["roas"], target.group, target.side.name, target.recent, target.books))
    times = ""
    if target.spend_a_day:
        how = "amount a day / spend per day"
        ratio = teller.cite("Against what it spends", wanted / target.spend_a_day, "ratio", how)
        times = f", {ratio} times as much on top"
    beyond = " No day shows what it brings at such a spend." if target.spend_a_day + wanted > target.most else ""
    here, there = source.side.name, target.side.name
    return (
        f"I cannot say what moving {amount} a {asked.per} from {here} to {there} would bring: that is a forecast. A "
        f"ROAS of {roas} is what the money so far returned, as {there} claims it for itself, not what the next money "
        f"returns. {there} spent {spent} a day from {target.recent.window.start} to "
        f"{target.recent.window.end}, at most {most} on one day; this is {a_day} a day{times}.{beyond} "
        f"{_test(context, source, target, wanted, teller)}"
    )


def _test(context: ToolContext, source: _Known, target: _Known, wanted: Decimal, teller: _Teller) -> str:
    """A raise by at most the policy's step, for as long as the noise of the weeks asks for."""
    limit = context.limits.max_step
    step = min(wanted, max(target.spend_a_day * limit, context.limits.small_step)).quantize(Decimal("0.01"))
    raised = teller.cite("Spend per day in the test", target.spend_a_day + step, "money", "spend per day + the step")
    how = f"at most {limit * 100:.0f} % of the spend or {context.limits.small_step}, the policy's limits"
    more = teller.cite("Step of the test", step, "money", how)
    weeks, noise = _length(source, target, step)
    start = (
        f"Test it instead: raise {target.side.name} to {raised} a day (+{more}, within the policy's step limit), taken "
        f"from {source.side.name}"
    )
    if noise is None or weeks is None:
        return (
            f"{start}, for {teller.weeks(MOST_WEEKS)}, and compare the shop's orders with as many weeks before; how "
            "long it takes cannot be sized: fewer than four weeks of revenue are known."
        )
    how = f"standard deviation between weeks, up to {NOISE_WEEKS}"
    sd = teller.cite("Variation of a week's revenue", Decimal(repr(noise)), "money", how)
    if weeks > MOST_WEEKS:
        return (
            f"{start}; but a week's revenue there varies by {sd}, so before and after would not tell it within "
            f"{teller.weeks(MOST_WEEKS)}: hold it out by region instead, half of the regions with the raise and half "
            "without, and compare the shop's orders."
        )
    return (
        f"{start}, for {teller.weeks(weeks)}, and compare the shop's orders (or, weaker, its claimed revenue) with as "
        f"many weeks before: a week's revenue there varies by {sd}, and a return like that of {source.side.name} shows "
        "after that long. If it pays, take the next step."
    )


def _length(source: _Known, target: _Known, step: Decimal) -> tuple[int | None, float | None]:
    """(weeks that show a return like the source's, standard deviation of a week's revenue); None where unknown.

    Source: the sample size of a comparison of two means, n = 2 (z_a + z_b)^2 (sd / effect)^2.
    """
    weeks = target.weeks
    if len(weeks) < 4 or source.roas is None:
        return None, None
    mean = sum(weeks) / len(weeks)
    noise = math.sqrt(sum((w - mean) ** 2 for w in weeks) / (len(weeks) - 1))
    effect = float(step * 7 * source.roas)
    if effect <= 0:
        return None, noise
    return max(LEAST_WEEKS, math.ceil(2 * (POWER * noise / effect) ** 2)), noise


class _Teller:
    """Facts of the side that would be raised."""

    def __init__(self, cited: Cited, known: _Known, currency: str) -> None:
        self.cited, self.known, self.currency = cited, known, currency

    def cite(self, label: str, value: Decimal, unit: Unit, how: str, *, source: str = "", form: Form = "plain") -> str:
        return self.cited.cite(
            Fact(
                id="new", label=label, value=value, unit=unit, currency=self.currency if unit == "money" else None,
                entity=self.known.side.name, window=self.known.recent.window,
                source=source or self.known.books.source(self.known.group), how=how, form=form,
            )
        )  # fmt: skip

    def weeks(self, count: int) -> str:
        how = "2 * (2.487 * variation / effect)^2 weeks, the effect of a return like the source's; 2 to 8"
        return f"{self.cite('Weeks of the test', Decimal(count), 'count', how)} weeks"


def _walls(session: Session, context: ToolContext, source: _Known, target: _Known) -> str:
    """What the plan of the month says to it."""
    lines = plans.lines(session, context.scope, context.today, context.today)
    if not lines:
        return ""
    names = performance.campaigns(session, context.scope)
    laid = cover(lines, names, labels_of(session, context.scope))
    ours, theirs = ({laid.pool(c.id) or "" for c in side.campaigns} for side in (source, target))
    if ours & theirs:
        return ""
    here, there = (" and ".join(sorted(f'"{quoted(laid.pool_name(k))}"' for k in keys)) for keys in (ours, theirs))
    return (
        f" The plan of {context.today:%B %Y} forbids it besides: {source.side.name} is paid from {here} and "
        f"{target.side.name} from {there}, and money never moves between pools; the raise would need money of its own."
    )
