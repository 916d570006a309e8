"""A bid recommendation in words: its text, its changes, facts, risks and table rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from analytics.bidding import LEVEL, Held, Proposal
from domain.evidence import Fact, Unit
from domain.formatting import format_money, unit_of
from domain.money import Money
from domain.ratio import Amount, Ratio
from domain.recommendation import Change
from store.tables import Account
from tools.bid_levers import Bid
from tools.budget import Floats
from tools.effect import HORIZON_DAYS
from tools.labels import join_words, platform_label, with_campaigns
from tools.levers import LAG_DAYS, Levers, Outcome
from tools.proposal import FactBook

Moved = Sequence[tuple[Bid, Proposal]]
NAMES = {"cpa": "target CPA", "roas": "target ROAS"}


def amount(bid: Bid, value: Decimal, account: Account) -> Amount:
    """A target's value as it is set."""
    return Ratio(value) if bid.kind == "roas" else Money(value, account.currency)


def proposed(bid: Bid, found: Proposal) -> Decimal:
    """The proposed target, exact to its unit."""
    return Decimal(repr(found.target)).quantize(bid.unit)


def changes_of(moved: Moved, account: Account) -> tuple[Change, ...]:
    """The operations of the plan."""
    return tuple(
        Change(
            platform=account.platform,
            account=account.external_id or account.name,
            entity=bid.entity,
            entity_name=bid.name,
            field="target_cpa" if bid.kind == "cpa" else "target_roas",
            before=amount(bid, bid.target, account),
            after=amount(bid, proposed(bid, found), account),
            observed_at=bid.observed_at,
            affects=bid.campaigns,
        )
        for bid, found in moved
    )


def effect_of(moved: Moved, outcome: Outcome) -> tuple[Floats, float]:
    """(change of the outcome a day per draw, chance that the plan is worse than today once its spend is paid)."""
    total = np.sum([p.outcome * _worth(b, outcome) for b, p in moved], axis=0)
    net = np.sum([p.net for _, p in moved], axis=0)
    worse = min(
        (int(np.sum(net < 0)) + 1) / (len(net) + 1), 1.0
    )  # some hundred draws cannot show that it never happens
    return np.asarray(total, dtype=np.float64), worse


def _worth(bid: Bid, outcome: Outcome) -> float:
    return 1.0 if outcome == "conversions" or bid.kind == "roas" else float(bid.worth or 0.0)


def title_of(moved: Moved, account: Account) -> str:
    """``Acme EU: raise the target CPA of Brand``."""
    if len(moved) > 1:
        return f"{account.name}: {len(moved)} bid targets"
    bid, found = moved[0]
    verb = "raise" if found.target > float(bid.target) else "lower"
    return f"{account.name}: {verb} the {NAMES[bid.kind]} of {bid.name}"


def text_of(book: FactBook, moved: Moved, held: Mapping[str, Held], account: Account) -> str:
    """The answer in a few sentences with references to its facts."""
    if not moved:
        only = next(iter(held.items()), None) if len(held) == 1 else None
        if only is not None:
            return f"The bid target of {only[0]} stays: {only[1].reason}."
        return f"No bid target of {account.name} needs changing; why each stays is below."
    parts = [_move_words(book, bid, found, account) for bid, found in moved]
    spend = np.sum([p.spend for _, p in moved], axis=0) * HORIZON_DAYS
    outcome, worse = effect_of(moved, book.levers.outcome)
    low, mid, high = _range(outcome * HORIZON_DAYS)
    money = book.levers.outcome == "revenue"
    refs = [
        book.add(
            f"expected {book.levers.outcome} a month, {what}", value, "money" if money else "count",
            entity=account.name, currency=account.currency if money else None, how=_HOW, form="estimate",
        )
        for what, value in (("mean", mid), ("low", low), ("high", high))
    ]  # fmt: skip
    spent = book.add(
        "expected change of spend a month", _range(spend)[1], "money", entity=account.name, currency=account.currency,
        how=_HOW, form="estimate",
    )  # fmt: skip
    chance = book.add(
        "chance of being worse than today", Decimal(repr(worse)), "percent", entity=account.name,
        how="share of block-bootstrap draws in which the outcome gained does not pay for the spend added, or the "
        "spend saved does not pay for the outcome lost", form="chance",
    )  # fmt: skip
    return (
        f"{' '.join(parts)} Expected effect on {book.levers.outcome} over a month: {refs[0]}, likely between "
        f"{refs[1]} and {refs[2]}, for a change of spend of {spent}. No budget changes. "
        f"Chance of being worse than today: {chance}."
    )


_HOW = (
    f"{HORIZON_DAYS} days; the platform spends until the average return has moved as the target did, on the fitted "
    f"response and never outside the spend that was tried; {LEVEL * 100:.0f} % interval of block-bootstrap draws"
)


def _move_words(book: FactBook, bid: Bid, found: Proposal, account: Account) -> str:
    unit: Unit = "money" if bid.kind == "cpa" else "ratio"
    currency = account.currency if bid.kind == "cpa" else None
    now, after = (
        book.add(f"{NAMES[bid.kind]}, {what}", value, unit, entity=bid.name, currency=currency, how=how, recent=True)
        for what, value, how in (
            ("now", bid.target, "as last read from the platform"),
            ("proposed", proposed(bid, found), f"a step towards {found.best:.2f}, where the next unit just pays"),
        )
    )
    verb = "Raise" if found.target > float(bid.target) else "Lower"
    return f"{verb} the {NAMES[bid.kind]} of {bid.name} from {now} to {after}."


def why_of(book: FactBook, moved: Moved, account: Account) -> tuple[Fact, ...]:
    """What the plan spends more or less, what the next unit returns against what it has to, what is lost to rank."""
    before = len(book.facts)
    book.add(
        "change of spend a month", _range(np.sum([p.spend for _, p in moved], axis=0) * HORIZON_DAYS)[1], "money",
        entity=account.name, currency=account.currency, how=_HOW, form="estimate",
        says="spend is expected to change by {} a month within budgets that stay as they are",
    )  # fmt: skip
    for bid, found in moved[:2]:
        (_cost_fact if bid.kind == "cpa" else _return_fact)(book, bid, found, account)
        if found.loosens and bid.lost_to_rank is not None:
            book.add(
                "impressions lost to rank", Decimal(str(bid.lost_to_rank)), "percent", entity=bid.name,
                how="share of eligible impressions, as the platform states it", recent=True,
                says="{} of its impressions are lost to rank, which a looser target can win",
            )  # fmt: skip
    return tuple(book.facts[before:])


def _how_slope(bid: Bid) -> str:
    return f"slope of the fitted response; {len(bid.history)} mature days, weekday and trend controlled"


def _return_fact(book: FactBook, bid: Bid, found: Proposal, account: Account) -> None:
    low, mid, high = found.marginal
    hurdle = "" if bid.hurdle is None else f"; it has to return {bid.hurdle.value:.2f} ({bid.hurdle.says})"
    book.add(
        f"revenue of the next {account.currency} at today's spend", Decimal(repr(mid)), "ratio", entity=bid.name,
        how=_how_slope(bid),
        says=f"the next {unit_of(account.currency)} a day returns {{}} in revenue, {LEVEL * 100:.0f} % interval "
        f"{low:.2f} to {high:.2f}{hurdle}",
    )  # fmt: skip


def _cost_fact(book: FactBook, bid: Bid, found: Proposal, account: Account) -> None:
    """The same in the owner's own measure: what the next conversion costs, and what it may."""
    low, high = (
        format_money(Decimal(repr(1 / v)), account.currency) if v > 0 else "without end"
        for v in (found.marginal[0], found.marginal[2])
    )
    hurdle = ""
    if bid.hurdle is not None:
        may = format_money(Decimal(repr(1 / bid.hurdle.value)), account.currency)
        hurdle = f"; it may cost {may} ({bid.hurdle.says})"
    book.add(
        "cost of the next conversion at today's spend", Decimal(repr(1 / found.marginal[1])), "money", entity=bid.name,
        currency=account.currency, how=_how_slope(bid),
        says=f"the next conversion costs {{}}, {LEVEL * 100:.0f} % interval {high} to {low}{hurdle}",
    )  # fmt: skip


def risks_of(moved: Moved, levers: Levers, account: Account) -> tuple[str, ...]:
    """What may go wrong with it."""
    shared = [
        f"{bid.name} is a portfolio of {join_words(bid.campaigns)}: the platform decides how they divide what it wins"
        for bid, _ in moved
        if len(bid.campaigns) > 1
    ]
    return (
        f"{levers.outcome.capitalize()} is what {platform_label(account.platform)} attributes to itself, not what the "
        "ads caused; some of it would have come anyway",
        "A target steers an average over weeks: the platform may miss it, and bids learn for days after a change",
        f"Learned from past ups and downs of spend between {levers.history.start} and {levers.history.end} (the last "
        f"{LAG_DAYS} days are withheld: their conversions still arrive), not from an experiment",
        *shared,
    )


def rows_of(
    bids: Sequence[Bid], found: Mapping[str, Proposal], held: Mapping[str, Held], account: Account
) -> tuple[tuple[tuple[Any, ...], ...], tuple[tuple[str, ...], ...]]:
    """Table rows with their cells as a program and as a person reads them."""
    rows, shown = [], []
    for bid in sorted(bids, key=lambda b: b.name):
        move = found.get(bid.entity)
        after = bid.target if move is None else proposed(bid, move)
        stays = held.get(bid.name)
        marginal = move.marginal if move is not None else stays.marginal if stays is not None else None
        note = "" if move is not None else "left unchanged"
        low, mid, high = marginal if marginal is not None else (None, None, None)
        rows.append((bid.name, float(bid.target), float(after), mid, low, high, note))
        unit = "" if bid.kind == "roas" else " conversions"
        said = (
            ["not known", "", ""] if mid is None else [f"{v:.3g}{unit if v == mid else ''}" for v in (mid, low, high)]
        )
        label = f"{with_campaigns(bid.name, bid.campaigns)} ({NAMES[bid.kind]})"
        shown.append((label, *(_shown(bid, v, account) for v in (bid.target, after)), *said, note))
    return tuple(rows), tuple(tuple(s) for s in shown)


def _shown(bid: Bid, value: Decimal, account: Account) -> str:
    return format_money(value, account.currency) if bid.kind == "cpa" else str(Ratio(value))


def _range(draws: Floats) -> tuple[Decimal, Decimal, Decimal]:
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Decimal(repr(float(low))), Decimal(repr(float(draws.mean()))), Decimal(repr(float(high)))
