"""Figures in, a drafted budget change with its evidence out. It applies nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy.orm import Session

from analytics.realised import FEWEST_DONORS
from domain.errors import BadInput, CannotAnswer
from domain.evidence import Table, ToolResult
from domain.formatting import format_money
from domain.policy import check, in_effect
from domain.recommendation import Recommendation
from store import accounts, calendar, performance, policy_facts, recommendations
from store.engine import read, write
from store.tables import Account
from tools import frequency, record
from tools.base import REASONS, ToolContext, refusal
from tools.below_floor import look, never_raised
from tools.budget import Split, best_split
from tools.budget.amounts import MAX_CHANGES
from tools.budget.asked import paced, request_of, with_names
from tools.budget.envelope import within_envelope
from tools.focus import focused, shared
from tools.labels import join_words, platform_label, with_campaigns
from tools.levers import Lever, Levers
from tools.levers import read as levers_of
from tools.proposal import Proposal, propose, with_warnings
from tools.recommend import RecommendArguments
from tools.responses import MODEL, told
from tools.walls import walled


@dataclass(frozen=True, slots=True)
class Draft:
    """What came of it. ``recommendation`` is None where nothing needs changing or the data refuse."""

    result: ToolResult
    recommendation: Recommendation | None


def draft(context: ToolContext, arguments: RecommendArguments) -> Draft:
    """Fit, split, word, judge by policy, and keep the draft where there is a budget to change.

    Raises:
        BadInput: an account nobody knows, or a total that cannot be billed.
    """
    try:
        with read(context.engine) as session:
            made, origin = _drafted(session, context, arguments)
    except REASONS as reason:
        return Draft(ToolResult(refused=refusal(reason), freshness=last_days(context)), None)
    kept = made.recommendation
    if kept is None or kept.advice_only is not None:
        return made
    with write(context.engine) as session:
        recommendations.add(session, kept, origin)
    return replace(made, result=replace(made.result, recommendation_id=kept.id))


def _drafted(session: Session, context: ToolContext, arguments: RecommendArguments) -> tuple[Draft, dict[str, Any]]:
    """The draft, not yet stored, and what its prediction rests on."""
    now = context.now or datetime.now(UTC)
    account, caveats = one_account(session, context, arguments)
    request = request_of(arguments.total, arguments.plan)
    levers = levers_of(session, context.scope, account, context.today, context.limits.observation_days, request.outcome)
    zone = ZoneInfo(account.timezone)
    events = calendar.envelopes(session, account.id, account.timezone, now.astimezone(zone).date())
    limits = in_effect(context.limits, events, now)
    levers = walled(session, context.scope, account, levers, context.today)
    looked = look(session, context.scope, account, context.today, context.limits)
    levers, kept_low = never_raised(levers, looked)
    shown = frequency.look(session, context.scope, account, context.today, context.limits)
    levers, too_often = frequency.never_raised(levers, shown)
    if arguments.direction is not None:
        levers = focused(levers, arguments.campaigns, arguments.direction)
        caveats = (*caveats, *shared(levers, arguments.campaigns))
    rng = np.random.default_rng([account.id, levers.last_day.toordinal()])  # the same question, the same answer
    request = with_names(session, context.scope, account, levers, request, arguments.plan)
    if arguments.plan.pace:
        request = paced(session, context.scope, account, levers, request, context.today)
    request, capped = within_envelope(session, account, levers, request, limits, now)
    if request.mode == "fixed" and not request.pools:
        request = replace(request, max_changes=_leaving_some(levers, request.total))
    split = best_split(levers, request, limits, rng)
    split = replace(split, correction=record.correction(session, context.scope, account.id, levers.outcome))
    proposal = propose(split, levers, account, limits, now=now, asked_by=context.asked_by)
    recommendation, refused = judged(session, context, account, proposal, now)
    caveats = (
        *caveats,
        *(capped if _reached(split) else ()),
        *_barred(levers),
        *kept_low,
        *too_often,
        *_experiments_left_out(levers),
        *_held(split, levers, account),
        *_lent(split),
        *_stale(levers, account, context.today),
    )
    return Draft(_result(proposal, split, levers, account, caveats, refused), recommendation), origin_of(
        context, split, levers, account
    )


def _leaving_some(levers: Levers, total: Decimal | None) -> int | None:
    """How many budgets may change so that enough are left to measure the change against; None where the usual limit
    leaves them anyway, or where another total has to be met.
    """
    spending = sum(lever.now > 0 for lever in levers.levers)
    most = max(2, spending - FEWEST_DONORS)
    return None if total is not None or most >= MAX_CHANGES else most


def _reached(split: Split) -> bool:
    """Whether the plan spends what it was capped at, but for steps."""
    cap = split.request.total
    return cap is not None and cap - split.total < max(m.lever.now for m in split.movable) / 10


def last_days(context: ToolContext) -> dict[str, date]:
    """How far the data reach, where a refusal may be because they end too early."""
    with read(context.engine) as session:
        known = performance.accounts(session, context.scope)
    return {
        platform: max(a.last_day for a in known if a.platform == platform and a.last_day)
        for platform in {a.platform for a in known if a.last_day}
    }


def judged(
    session: Session, context: ToolContext, account: Account, proposal: Proposal, now: datetime
) -> tuple[Recommendation | None, str | None]:
    """The recommendation with the policy's warnings, or the policy's refusal. Advice on a file breaks no limit."""
    drafted = proposal.recommendation
    if drafted is None or drafted.advice_only is not None:
        return drafted, None
    facts = policy_facts.gather(session, account.id, drafted.changes, now)
    verdict = check(drafted.changes, facts, context.limits, now)
    if not verdict.allowed:
        return None, f"the policy forbids this plan for {account.name}: {'; '.join(verdict.refusals)}"
    return with_warnings(drafted, verdict.warnings), None


def _result(
    proposal: Proposal,
    split: Split,
    levers: Levers,
    account: Account,
    caveats: tuple[str, ...],
    refused: str | None,
) -> ToolResult:
    text = proposal.text
    if proposal.recommendation is not None and proposal.recommendation.advice_only is not None:
        text += f" This is advice only: {account.name} {proposal.recommendation.advice_only}."
    return ToolResult(
        facts=proposal.facts if refused is None else (),
        text=text if refused is None else "",
        table=_table(split, levers, account, proposed=proposal.recommendation is not None),
        row_count=sum(len(lever.history) for lever in levers.levers),
        freshness={account.platform: levers.last_day},
        caveats=caveats,
        refused=refused,
    )


def _table(split: Split, levers: Levers, account: Account, *, proposed: bool) -> Table:
    per_unit = f"Next {account.currency} returns"
    unit = "" if levers.outcome == "revenue" else " conversions"
    rows: list[tuple[Lever, Decimal, tuple[float | None, float | None, float | None], str]] = []
    for m in split.movable:
        low, mid, high = m.marginal(m.lever.now)
        after = split.amounts[m.lever.entity] if proposed else m.lever.now
        rows.append((m.lever, after, (mid, low, high), "" if after != m.lever.now else "no better place for it"))
    by_name = {lever.name: lever for lever in levers.levers}
    rows += [(by_name[name], by_name[name].now, (None, None, None), "left unchanged") for name in sorted(split.held)]
    return Table(
        f"{account.name}: budget a day",
        ("Budget", "Now", "Proposed", per_unit, "Low", "High", "Note"),
        tuple((lever.name, float(lever.now), float(after), *next_unit, note) for lever, after, next_unit, note in rows),
        shown=tuple(
            (
                with_campaigns(lever.name, lever.campaigns),
                *(format_money(amount, account.currency) for amount in (lever.now, after)),
                *(["not known", "", ""] if next_unit[0] is None else [f"{value:.3g}{unit}" for value in next_unit]),
                note,
            )
            for lever, after, next_unit, note in rows
        ),
    )


def _held(split: Split, levers: Levers, account: Account) -> tuple[str, ...]:
    """Why the others stay, and what they returned on average: too little to fit is not too little to look at."""
    notes = []
    for lever in levers.levers:
        if lever.name not in split.held:
            continue
        spent, brought = sum(d.spend for d in lever.history), sum(d.outcome for d in lever.history)
        returned = (
            f" (it returned {brought / spent:.3g} {levers.outcome} per {account.currency} spent)" if spent else ""
        )
        notes.append(f"{lever.name} is left unchanged: {split.held[lever.name]}{returned}")
    return tuple(notes)


def _lent(split: Split) -> tuple[str, ...]:
    """What curves rest on besides their own days."""
    return tuple(note for m in split.movable for note in told(m.response, m.lever.name))


def _experiments_left_out(levers: Levers) -> tuple[str, ...]:
    owners = [lever.campaigns for lever in levers.levers]
    every = {name for own in owners for name in own}
    unused = levers.beside.left_out(owners, every, levers.outcome, levers.history)
    return tuple(f"an experiment was left out: {why}" for why in unused)


def _barred(levers: Levers) -> tuple[str, ...]:
    """Which way a budget was not moved because a person rejected that lately."""
    return tuple(f"{lever.name}: {bar}" for lever in levers.levers for bar in lever.barred if bar.direction)


def _stale(levers: Levers, account: Account, today: date) -> tuple[str, ...]:
    age = (today - levers.last_day).days
    return (f"the figures of {account.name} end on {levers.last_day}, {age} days ago",) if age > 3 else ()


def origin_of(context: ToolContext, split: Split, levers: Levers, account: Account) -> dict[str, Any]:
    """Who asked, and what the prediction rests on: frozen before any outcome is known."""
    return {
        "asked_by": context.asked_by,
        "model": MODEL,
        "history": [levers.history.start.isoformat(), levers.history.end.isoformat()],
        "outcome": levers.outcome,
        "prediction": record.frozen(split, levers, account),
    }


class OfAccounts(Protocol):
    """Arguments that may name accounts, by themselves or by their platform or campaigns."""

    @property
    def accounts(self) -> Sequence[str]: ...
    @property
    def platforms(self) -> Sequence[str]: ...
    @property
    def campaigns(self) -> Sequence[str]: ...


def one_account(session: Session, context: ToolContext, arguments: OfAccounts) -> tuple[Account, tuple[str, ...]]:
    """The account to recommend for: the one named or in scope, else the only one with something to move between."""
    known = performance.accounts(session, context.scope)
    wanted = {name.casefold() for name in arguments.accounts}
    if unknown := wanted - {a.name.casefold() for a in known}:
        raise BadInput(
            f"no account is called {join_words(sorted(unknown))}; there are {join_words([a.name for a in known])}"
        )
    named = [a for a in known if not wanted or a.name.casefold() in wanted]
    named = [a for a in named if not arguments.platforms or a.platform in arguments.platforms]
    if arguments.campaigns:
        about = {name.casefold() for name in arguments.campaigns}
        owners = {c.account_id for c in performance.campaigns(session, context.scope) if c.name.casefold() in about}
        named = [a for a in named if a.id in owners]
        if not named:
            raise CannotAnswer(f"there is no campaign {join_words(list(arguments.campaigns))} there")
    if len(named) == 1:
        return accounts.get(session, named[0].id), ()
    campaigns = [c.account_id for c in performance.campaigns(session, context.scope)]
    several = [a for a in named if campaigns.count(a.id) > 1]
    if len(several) == 1:
        others = [f"{a.name} ({platform_label(a.platform)})" for a in named if a is not several[0]]
        left = f"{join_words(others)} is left out: with one campaign there is nothing to move within it"
        return accounts.get(session, several[0].id), (left,)
    choices = join_words([f"{a.name} ({platform_label(a.platform)})" for a in named])
    raise CannotAnswer(f"a budget change is approved account by account; name one of {choices}")
