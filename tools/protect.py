"""Protection: a campaign that is worse than its floor gives a fixed share of its budget to the best of its pool."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import ROUND_FLOOR, Decimal
from uuid import uuid4

import numpy as np
from sqlalchemy.orm import Session

from domain.evidence import Table, ToolResult
from domain.formatting import format_money
from domain.money import Money
from domain.policy import Limits, expiry, tier
from domain.recommendation import Alternative, Change, Recommendation
from store import recommendations
from store.engine import read, write
from store.tables import Account
from tools import frequency
from tools.base import REASONS, ToolContext, refusal
from tools.below_floor import Below, Looked, look, never_raised
from tools.budget import Movable, fit_levers
from tools.drafting import Draft, judged, last_days, one_account
from tools.labels import join_words, platform_label, with_campaigns
from tools.levers import Lever, Levers
from tools.levers import read as levers_of
from tools.proposal import FactBook, Proposal
from tools.recommend_protection import ProtectionArguments
from tools.walls import walled

MOST = 3
NOT_ESTIMATED = "not estimated: it takes money from what falls short of its floor; what the cut saves is on the card"


@dataclass(frozen=True, slots=True)
class Move:
    """One cut, and where its money goes: to ``to`` by ``given`` a day, the rest stays unspent."""

    below: Below
    source: Lever
    cut: Decimal
    to: Lever | None = None
    given: Decimal = Decimal(0)


def draft(context: ToolContext, arguments: ProtectionArguments) -> Draft:
    """Look, and draft the cuts through the same gates as every budget change.

    Raises:
        BadInput: an account nobody knows.
    """
    try:
        with read(context.engine) as session:
            made = _drafted(session, context, arguments)
    except REASONS as reason:
        return Draft(ToolResult(refused=refusal(reason), freshness=last_days(context)), None)
    if made.recommendation is None:
        return made
    with write(context.engine) as session:
        recommendations.add(session, made.recommendation, {"asked_by": context.asked_by, "kind": "protection"})
    return replace(made, result=replace(made.result, recommendation_id=made.recommendation.id))


def _drafted(session: Session, context: ToolContext, arguments: ProtectionArguments) -> Draft:
    now, limits = context.now or datetime.now(UTC), context.limits
    account, caveats = one_account(session, context, arguments)
    looked = look(session, context.scope, account, context.today, limits)
    levers = walled(
        session, context.scope, account,
        levers_of(session, context.scope, account, context.today, limits.observation_days), context.today,
    )  # fmt: skip
    shown = frequency.look(session, context.scope, account, context.today, limits)
    if (looked is None or not looked.floors) and not (shown and shown.over):
        caveats = (*caveats, *([frequency.unjudged(shown)] if shown and shown.unknown else []))
        text = f"No campaign of {account.name} has a floor: this month's plan has no floor, target or margin for any."
        return Draft(ToolResult(text=text, freshness={account.platform: levers.last_day}, caveats=caveats), None)
    looked = looked or Looked((), {}, levers.history, 0)
    levers, _ = never_raised(levers, looked)
    levers, _ = frequency.never_raised(levers, shown)
    too_often = [frequency.unjudged(shown)] if shown and shown.unknown else []
    moves, left = _moves(looked, levers, limits, account)
    recent = looked.window if shown is None else shown.window
    book = FactBook(replace(levers, history=looked.window, recent=recent), f"daily figures of {account.name}")
    text = " ".join(_words(book, b, account) for b in looked.below[:MOST]) or _none_below(looked, limits, account)
    recommendation, refused = None, None
    if moves:
        text += f" {_move_words(moves, account)}"
        drafted = _recommendation(book, moves, account, context, now, text)
        recommendation, refused = judged(session, context, account, Proposal(drafted, (), text), now)
    text = " ".join(filter(None, [text, *_too_often(book, shown, limits)]))
    notes = (
        *caveats,
        *left,
        *too_often,
        *(f"{name}: cannot be told: {why}" for name, why in sorted(looked.unknown.items())),
    )
    result = ToolResult(
        facts=tuple(book.facts) if refused is None else (), text=text if refused is None else "",
        table=_table(moves, levers, account), row_count=looked.floors,
        freshness={account.platform: levers.last_day}, caveats=notes, refused=refused,
    )  # fmt: skip
    return Draft(result, recommendation)


def _none_below(looked: Looked, limits: Limits, account: Account) -> str:
    if not looked.floors:
        return f"No campaign of {account.name} has a floor."
    sure = f"{limits.protection_certainty * 100:.0f} % certainty"
    return f"No campaign of {account.name} is worse than its floor with {sure}."


def _too_often(book: FactBook, shown: frequency.Seen | None, limits: Limits) -> list[str]:
    """The campaigns over the frequency cap, the worst first, and what to do; no amount is drafted for them."""
    lines = []
    if shown is None:
        return []
    for one in shown.over[:MOST]:
        ref = book.add("mean daily frequency", Decimal(repr(one.mean)), "ratio", entity=one.campaign, recent=True,
                       how=frequency.HOW)  # fmt: skip
        lines.append(
            f"{one.campaign} shows its ads to each person {ref} times a day, above the cap of "
            f"{shown.limit}: put in new ads, or cut it by {limits.protection_cut * 100:.0f} %. No amount is "
            "drafted, for what a cut of it would lose is not estimated."
        )
    return lines


def _moves(looked: Looked, levers: Levers, limits: Limits, account: Account) -> tuple[list[Move], list[str]]:
    """At most ``MOST`` cuts with their receivers, and why others are not cut."""
    moves: list[Move] = []
    left: list[str] = []
    if account.origin == "file":
        return [], [f"{account.name} came from a file: there is no budget to change"]
    movable, _ = fit_levers(levers, np.random.default_rng([account.id, levers.last_day.toordinal()]), limits)
    room = {m.lever.entity: _floor_to(m.lever.now * limits.warn_step, m.lever.unit) for m in movable}
    for b in looked.below[:MOST]:
        lever = next((x for x in levers.levers if b.campaign in x.campaigns), None)
        beside = [] if lever is None else [c for c in lever.campaigns if c not in {x.campaign for x in looked.below}]
        if lever is None or lever.now <= 0:
            left.append(f"{b.campaign} has no budget that can be set")
        elif any(m.source is lever for m in moves):
            continue
        elif beside:
            left.append(f"{b.campaign} is not cut: its budget also pays for {join_words(beside)}")
        elif lever.held is not None and "is not what limits" not in lever.held:
            left.append(f"{b.campaign} is not cut: {lever.held}")
        elif not lever.may_move(-1):
            left.append(f"{b.campaign} is not cut: {join_words([str(bar) for bar in lever.barred])}")
        else:
            moves.append(_move(b, lever, movable, room, limits))
    return moves, left


def _move(b: Below, lever: Lever, movable: list[Movable], room: dict[str, Decimal], limits: Limits) -> Move:
    """A cut of the fixed share; its money goes to the lever of the pool whose next unit surely returns most."""
    cut = _floor_to(lever.now * limits.protection_cut, lever.unit)
    open_ = [m for m in movable if m.lever.pool == lever.pool and m.lever.may_move(1) and room[m.lever.entity] > 0]
    if not open_:
        return Move(b, lever, cut)
    best = max(open_, key=lambda m: (m.marginal(m.lever.now)[0], m.lever.name))
    given = _floor_to(min(cut, room[best.lever.entity]), best.lever.unit)
    room[best.lever.entity] -= given
    return Move(b, lever, cut, best.lever, given)


def _floor_to(amount: Decimal, unit: Decimal) -> Decimal:
    return (amount / unit).to_integral_value(ROUND_FLOOR) * unit


def _words(book: FactBook, b: Below, account: Account) -> str:
    """One campaign below its floor, as a sentence with references."""
    metric = "ROAS" if b.floor.of_roas else "CPA"
    money = None if b.floor.of_roas else account.currency
    how = f"{metric} over mature days; the last week is withheld, its conversions still arrive"
    if b.value is None:
        shown = "without a conversion"
    else:
        ref = book.add(
            metric, b.value, "money" if money else "ratio", entity=b.campaign, currency=money, how=how,
            says=f"{metric} {{}} over the mature days, against {b.floor.value:,.2f}, {b.floor.says}",
        )  # fmt: skip
        shown = f"at a {metric} of {ref}"
    floor = book.add("floor", b.floor.value, "money" if money else "ratio", entity=b.campaign, currency=money,
                     how=b.floor.says)  # fmt: skip
    sure = book.add("chance of being truly worse than the floor", Decimal(repr(b.standing.below)), "percent",
                    entity=b.campaign, how="from the scatter of its mature days", form="chance",
                    says="worse than its floor with a certainty of {}")  # fmt: skip
    return f"{b.campaign} is {shown}, worse than {floor} ({b.floor.says}), with a certainty of {sure}."


def _move_words(moves: list[Move], account: Account) -> str:
    parts = []
    for m in moves:
        to = "" if m.to is None or not m.given else f", {Money(m.given, account.currency)} of it to {m.to.name}"
        parts.append(f"{m.source.name} by {Money(m.cut, account.currency)} a day{to}")
    return f"Proposed: cut {join_words(parts)}."


def _recommendation(
    book: FactBook, moves: list[Move], account: Account, context: ToolContext, now: datetime, text: str
) -> Recommendation:
    changes = _changes(moves, account, now)
    return Recommendation(
        id=uuid4().hex,
        revision=1,
        account_id=account.id,
        title=f"{account.name}: cut {join_words([m.source.name for m in moves])}, worse than {_whose(moves)} floor",
        summary=book.fill(text),
        changes=changes,
        why=tuple(f for f in book.facts if f.label != "floor")[:3],
        expected=None,
        chance_worse=None,
        confidence="medium",
        risks=(
            f"What {platform_label(account.platform)} attributes is not what the ads caused: it may help others",
            "A cut may restart learning, and the campaign's best days may lie ahead (season, stock, a new offer)",
        ),
        alternatives=(Alternative("Do nothing", "It goes on as it is, below its floor", None),),
        tier=tier(changes, context.limits),
        requested_by=context.asked_by,
        created_at=now,
        expires_at=expiry(now, context.limits, account.timezone),
        not_estimated=NOT_ESTIMATED,
    )


def _whose(moves: list[Move]) -> str:
    return "its" if len(moves) == 1 else "their"


def _table(moves: list[Move], levers: Levers, account: Account) -> Table | None:
    """Every budget that moves, and what its campaign brings of its floor."""
    after = {c.entity: c.budget[1].amount for c in _changes(moves, account, datetime.now(UTC))}
    below = {m.source.entity: m.below for m in moves}
    rows, shown = [], []
    for lever in (x for x in levers.levers if x.entity in after):
        b = below.get(lever.entity)
        value = None if b is None else b.value
        note = "the best of its pool" if b is None else f"floor {b.floor.value:,.2f}, {b.floor.says}"
        rows.append((lever.name, float(lever.now), float(after[lever.entity]), None if value is None else float(value),
                     None, None, note))  # fmt: skip
        metric = "" if b is None else "ROAS" if b.floor.of_roas else "CPA"
        said = "" if b is None else f"{metric} {value:,.2f}; {note}" if value is not None else f"no conversion; {note}"
        money = [format_money(amount, account.currency) for amount in (lever.now, after[lever.entity])]
        shown.append((with_campaigns(lever.name, lever.campaigns), *money, said or note, "", "", note))
    columns = ("Budget", "Now", "Proposed", "Over mature days", "Low", "High", "Note")
    return Table(f"{account.name}: protection", columns, tuple(rows), shown=tuple(shown)) if rows else None


def _changes(moves: list[Move], account: Account, now: datetime) -> tuple[Change, ...]:
    after: dict[str, tuple[Lever, Decimal]] = {m.source.entity: (m.source, m.source.now - m.cut) for m in moves}
    for m in moves:
        if m.to is not None and m.given:
            lever, amount = after.get(m.to.entity, (m.to, m.to.now))
            after[m.to.entity] = (lever, amount + m.given)
    return tuple(
        Change(
            platform=account.platform, account=account.external_id or account.name, entity=lever.entity,
            entity_name=lever.name, field="daily_budget", before=Money(lever.now, account.currency),
            after=Money(amount, account.currency), observed_at=lever.observed_at or now, affects=lever.campaigns,
        )
        for lever, amount in after.values()
        if amount != lever.now
    )  # fmt: skip
