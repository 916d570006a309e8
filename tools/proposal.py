"""A split put into words: the recommendation, its facts, risks and alternatives."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import uuid4

import numpy as np

from analytics.realised import FEWEST_DONORS
from domain.evidence import Fact, Form, Unit
from domain.formatting import format_estimate, format_money, format_value, unit_of
from domain.money import Money
from domain.policy import Limits, expiry, tier
from domain.recommendation import Change, Range, Recommendation
from store.tables import Account
from tools.alternatives import alternatives
from tools.budget import DRAWS, Floats, Movable, Split
from tools.effect import (
    HORIZON_DAYS,
    LEVEL,
    by_move,
    chance_worse,
    earned,
    expected_range,
    left_at_margins,
    margins_known,
    unflattered_words,
)
from tools.labels import join_words, platform_label
from tools.levers import LAG_DAYS, Levers
from tools.mode_words import lead, tell_target

MOST_CHANCE_WORSE = 0.20
LEAST_GAIN = 0.005


@dataclass
class FactBook:
    """Collects facts in the order of the answer and hands out their references."""

    levers: Levers
    source: str
    facts: list[Fact] = field(default_factory=list)

    def add(
        self,
        label: str,
        value: Decimal | None,
        unit: Unit,
        *,
        entity: str,
        how: str,
        currency: str | None = None,
        form: Form = "plain",
        recent: bool = False,
        says: str | None = None,
    ) -> str:
        """Keep a figure as a fact; the ``{{f1}}`` reference that stands for it in a text.

        ``recent`` says that it is of the last weeks rather than of the whole history that was fitted.
        """
        fact = Fact(
            id=f"f{len(self.facts) + 1}",
            label=label,
            value=value,
            unit=unit,
            currency=currency if unit == "money" else None,
            entity=entity,
            window=self.levers.recent if recent else self.levers.history,
            source=self.source,
            how=how,
            form=form,
            says=says,
        )
        self.facts.append(fact)
        return f"{{{{{fact.id}}}}}"

    def fill(self, text: str) -> str:
        by_id = {f.id: f for f in self.facts}
        return re.sub(r"\{\{(f[0-9]+)\}\}", lambda m: format_value(by_id[m[1]]), text)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a person is shown; ``text`` refers to ``facts``. ``recommendation`` is None where nothing needs changing."""

    recommendation: Recommendation | None
    facts: tuple[Fact, ...]
    text: str


def propose(
    split: Split,
    levers: Levers,
    account: Account,
    limits: Limits,
    *,
    now: datetime,
    asked_by: str,
    chosen: bool = False,
) -> Proposal:
    """The recommendation for a split, or the plain statement that today's is as good as can be told.

    ``chosen``: a person picked these amounts, so they are proposed whatever they promise.
    """
    book = FactBook(levers, f"daily figures of {account.name} on {platform_label(account.platform)}")
    gain = split.gain(split.amounts) * HORIZON_DAYS
    if not chosen and (why_not := _not_worth_it(split, gain)) is not None:
        return _nothing(split, book, gain, account, why_not)
    expected = expected_range(gain, levers, account)
    worse = chance_worse(split, split.amounts, levers)
    text = _text(book, split, expected, worse, account)
    changes = tuple(_change(m, split, account, now) for m in by_move(split))
    recommendation = Recommendation(
        id=uuid4().hex,
        revision=1,
        account_id=account.id,
        title=_title(split, account),
        summary=book.fill(text),
        changes=changes,
        why=_why(book, split, levers, account),
        expected=expected,
        chance_worse=worse,
        confidence=_confidence(split, expected, worse),
        risks=_risks(split, levers, account),
        alternatives=alternatives(split, levers, limits, account),
        tier=tier(changes, limits),
        requested_by=asked_by,
        created_at=now,
        expires_at=expiry(now, limits, account.timezone),
        advice_only="came from a file: there is no budget to change" if account.origin == "file" else None,
    )
    return Proposal(recommendation, tuple(book.facts), text)


def with_warnings(recommendation: Recommendation, warnings: tuple[str, ...]) -> Recommendation:
    """The same recommendation with what the policy warns of."""
    return replace(recommendation, warnings=warnings)


def _not_worth_it(split: Split, gain: Floats) -> str | None:
    """A reason to leave everything as it is; a total that was asked for is always answered."""
    if split.total != split.total_now or not split.today_allowed:
        return None
    if not split.changed:
        return "no move within the limits promises more than today's split"
    if float(gain.mean()) < LEAST_GAIN * split.base() * HORIZON_DAYS:
        return "the best move promises too little to be worth a change"
    if float(np.mean(gain < 0)) > MOST_CHANCE_WORSE:
        return "the best move may as well be worse than today: its gain is below the noise"
    return None


def _nothing(split: Split, book: FactBook, gain: Floats, account: Account, reason: str) -> Proposal:
    outcome = book.levers.outcome
    refs = _range_refs(book, split, expected_range(gain, book.levers, account), account)
    text = f"Nothing needs changing at {account.name}: {reason}."
    if split.changed:
        text += f" Expected {outcome} a month: {refs[0]}, likely between {refs[1]} and {refs[2]}."
    return Proposal(None, tuple(book.facts) if split.changed else (), text)


def _text(book: FactBook, split: Split, expected: Range, worse: float, account: Account) -> str:
    mid, low, high = _range_refs(book, split, expected, account)
    net = " (revenue less spend)" if split.total != split.total_now and book.levers.outcome == "revenue" else ""
    chance = book.add(
        "chance of being worse than today",
        Decimal(repr(worse)),
        "percent",
        entity=account.name,
        how=f"share of {DRAWS} block-bootstrap draws in which the plan is worse than today's budgets{net}",
        form="chance",
    )
    moves = []
    for m in by_move(split):
        now, after = (
            book.add(label, amount, "money", entity=m.lever.name, currency=account.currency, how=how, recent=True)
            for label, amount, how in (
                ("now a day", m.lever.now, _how_now(account)),
                ("proposed a day", split.amounts[m.lever.entity], "exact allocation over the fitted responses"),
            )
        )
        moves.append(f"{m.lever.name} from {now} to {after} a day")
    same = split.total == split.total_now
    return (
        f"{lead(book, split, account)} {join_words(moves)}. Expected effect on "
        f"{book.levers.outcome} over a month: {mid}, likely between {low} and {high}"
        f"{'' if same else _spend_words(book, split, expected, account)}. Chance of being worse than today: {chance}."
        f"{_contribution_words(book, split, account)}"
    )


def _contribution_words(book: FactBook, split: Split, account: Account) -> str:
    """What is left of the effect after the goods and the ads, where the plan has a margin for all that moves."""
    margins = {m.lever.entity: m.lever.margin for m in split.changed}
    if book.levers.outcome != "revenue" or not margins or None in margins.values():
        return ""
    spent = float(split.total - split.total_now)
    change = expected_range((earned(split, split.amounts) - spent) * HORIZON_DAYS, book.levers, account)
    mid, low, high = _range_refs(book, split, change, account, "contribution (revenue * margin - spend)")
    return f" After the plan's margin the contribution changes by {mid} a month, likely between {low} and {high}."


def _spend_words(book: FactBook, split: Split, expected: Range, account: Account) -> str:
    """What the other total does to spend, beside what it does to the outcome."""
    change = book.add(
        "change of the budgets a month",
        (split.total - split.total_now) * HORIZON_DAYS,
        "money",
        entity=account.name,
        currency=account.currency,
        how=f"the total asked for less today's, times {HORIZON_DAYS} days",
        form="signed",
    )
    if book.levers.outcome != "revenue":
        return f", for a change of spend of {change} a month"
    less, low, high = _range_refs(book, split, _net(expected, split), account, "revenue less spend")
    return f", for a change of spend of {change} a month: {less} net, likely between {low} and {high}"


def _net(expected: Range, split: Split) -> Range:
    """Revenue less the spend that is added."""
    spent = (split.total - split.total_now) * HORIZON_DAYS
    return replace(expected, low=expected.low - spent, mid=expected.mid - spent, high=expected.high - spent)


def _how_now(account: Account) -> str:
    return "mean daily spend of the window" if account.origin == "file" else "budget as last read from the platform"


def _range_refs(book: FactBook, split: Split, expected: Range, account: Account, of: str | None = None) -> list[str]:
    how = (
        f"{HORIZON_DAYS} days; concave response per campaign, weekday and trend controlled; "
        f"{expected.level * 100:.0f} % interval of {DRAWS} block-bootstrap draws{unflattered_words(split)}"
    )
    return [
        book.add(
            f"expected {of or book.levers.outcome} a month, {what}",
            value,
            expected.unit,
            entity=account.name,
            currency=expected.currency,
            how=how,
            form="estimate",
        )
        for what, value in (("mean", expected.mid), ("low", expected.low), ("high", expected.high))
    ]


def _change(m: Movable, split: Split, account: Account, now: datetime) -> Change:
    return Change(
        platform=account.platform,
        account=account.external_id or account.name,
        entity=m.lever.entity,
        entity_name=m.lever.name,
        field="daily_budget",
        before=Money(m.lever.now, account.currency),
        after=Money(split.amounts[m.lever.entity], account.currency),
        observed_at=m.lever.observed_at or now,
        affects=m.lever.campaigns,
    )


def _title(split: Split, account: Account) -> str:
    moved = sum((max(Decimal(0), split.amounts[m.lever.entity] - m.lever.now) for m in split.movable), Decimal(0))
    raised = [m.lever.name for m in by_move(split) if split.amounts[m.lever.entity] > m.lever.now]
    if split.total != split.total_now or not raised:
        total, today = (format_money(amount, account.currency) for amount in (split.total, split.total_now))
        return f"{account.name}: {total} a day instead of {today}"
    return f"{account.name}: move {format_money(moved, account.currency)} a day to {join_words(raised)}"


def _why(book: FactBook, split: Split, levers: Levers, account: Account) -> tuple[Fact, ...]:
    """At most four facts: a target asked for, what the next unit returns at either end, and what limits a raise."""
    order = by_move(split)
    before = len(book.facts)
    tell_target(book, split, account)
    for m in (order[0], order[-1]) if len(order) > 1 else order:
        _marginal_fact(book, m, levers, account)
    if account.origin == "api" and split.amounts[order[0].lever.entity] > order[0].lever.now:
        _limit_fact(book, order[0])
    return tuple(book.facts[before:])


def _marginal_fact(book: FactBook, m: Movable, levers: Levers, account: Account) -> None:
    low, mid, high = m.marginal(m.lever.now)
    even = ""
    if m.lever.margin and levers.outcome == "revenue":
        even = f", against a break-even of {1 / m.lever.margin:.2f} at the plan's margin"
    returned, digits = ("in revenue", ".2f") if levers.outcome == "revenue" else ("conversions", ".3g")
    book.add(
        f"{levers.outcome} of the next {account.currency} at today's spend",
        Decimal(repr(mid)),
        "ratio",
        entity=m.lever.name,
        how=f"slope of the fitted response; {m.response.days} mature days, weekday and trend controlled",
        says=f"the next {unit_of(account.currency)} a day returns {{}} {returned}, "
        f"{LEVEL * 100:.0f} % interval {low:{digits}} to {high:{digits}}{even}",
    )


def _limit_fact(book: FactBook, m: Movable) -> None:
    lost, used = m.lever.lost_to_budget, m.lever.used
    if lost is not None:
        book.add(
            "impressions lost to the budget", Decimal(str(lost)), "percent",
            entity=m.lever.name, how="share of eligible impressions, as the platform states it", recent=True,
            says="{} of its impressions are lost to the budget",
        )  # fmt: skip
    elif used is not None:
        book.add(
            "share of the budget spent", Decimal(repr(used)), "percent",
            entity=m.lever.name, how="mean daily spend over the budget", recent=True,
            says="it spent {} of its budget",
        )  # fmt: skip


def _confidence(split: Split, expected: Range, worse: float) -> Literal["low", "medium", "high"]:
    varied = all(m.response.variation >= 0.2 and m.response.days >= 120 for m in split.changed)
    effect = _net(expected, split) if expected.unit == "money" else expected
    narrow = effect.low > effect.mid / 2 and all(_clear(m) for m in split.changed)
    if worse <= 0.05 and varied and narrow and not split.extrapolates:
        return "high"
    return "medium" if worse <= 0.10 and not split.extrapolates else "low"


def _clear(m: Movable) -> bool:
    """Whether the next unit's return is known within half and double of its mean."""
    low, mid, high = m.marginal(m.lever.now)
    return low >= mid / 2 and high <= mid * 2


def _on_the_record(split: Split) -> list[str]:
    """That a prediction was corrected, and by how much: it is never done silently."""
    known = split.correction
    if known is None:
        return []
    came = f"came in at {known.ratio:.2g} of what was predicted ({known.measured} measured changes)"
    wide = "" if 0.95 < known.widen < 1.05 else f", its range {'widened' if known.widen > 1 else 'narrowed'}"
    return [f"Our earlier predictions for this account {came}: this one is corrected by that{wide}"]


def _not_measurable(split: Split, levers: Levers) -> list[str]:
    """That nothing will be left to compare with, where a plan moves all that could be."""
    changed = {m.lever.entity for m in split.changed}
    left = {c for lever in levers.levers if lever.entity not in changed and lever.now > 0 for c in lever.campaigns}
    if len(left) >= FEWEST_DONORS:
        return []
    return [f"What comes of it will not be measurable: it leaves {len(left) or 'no'} campaign to compare with"]


def _at_margins(split: Split, account: Account) -> str:
    """What the plan leaves after the goods, too, where the plan's margins say it."""
    left = left_at_margins(split)
    if left is None:
        return "with the margin of the goods a raise pays later still"
    kept = format_estimate(abs(left) * HORIZON_DAYS, account.currency)
    return f"at the plan's margins the goods and ads leave {kept} a month {'more' if left >= 0 else 'less'} than today"


def _risks(split: Split, levers: Levers, account: Account) -> tuple[str, ...]:
    window = levers.history
    risks = [
        *_on_the_record(split),
        *_not_measurable(split, levers),
        f"{levers.outcome.capitalize()} is what {platform_label(account.platform)} attributes to itself, not what the "
        "ads caused; some of it would have come anyway",
        f"Learned from past ups and downs of spend between {window.start} and {window.end} (the last {LAG_DAYS} days "
        "are withheld: their conversions still arrive), not from an experiment; the next month may answer differently",
    ]
    if split.total != split.total_now and levers.outcome == "revenue":
        counted = "revenue at the plan's margins less spend" if margins_known(split) else "revenue less spend"
        risks.append(f"Worse than today counts {counted}; {_at_margins(split, account)}")
    outside = [m.lever.name for m in split.changed if not m.tried(split.amounts[m.lever.entity])]
    if outside:
        risks.append(
            f"{join_words(outside)} would spend outside the range tried so far: beyond it the curve is a guess"
        )
    risks += [
        f"{m.lever.name} is shared by {join_words(m.lever.campaigns)}: the platform decides how they divide it"
        for m in split.changed
        if len(m.lever.campaigns) > 1
    ]
    return tuple(risks)
