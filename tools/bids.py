"""Bid recommendations: an account's targets judged by what the next unit of spend returns, as a drafted change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import numpy as np
from sqlalchemy.orm import Session

from analytics import bidding
from analytics.bidding import Held, Proposal
from analytics.bootstrap import block_counts
from analytics.errors import CannotEstimate
from analytics.response import fit
from domain.errors import BadInput
from domain.evidence import Table, ToolResult
from domain.policy import Limits, expiry, tier
from domain.recommendation import Alternative, Recommendation
from store import recommendations
from store.engine import read, write
from store.tables import Account
from tools.base import REASONS, ToolContext, refusal
from tools.bid_levers import Bid, Bids, Hurdle
from tools.bid_levers import read as bids_of
from tools.bid_words import changes_of, effect_of, risks_of, rows_of, text_of, title_of, why_of
from tools.budget import DRAWS
from tools.drafting import Draft, judged, last_days, one_account
from tools.effect import HORIZON_DAYS, expected_range
from tools.labels import join_words, platform_label
from tools.levers import Levers, Outcome
from tools.proposal import FactBook
from tools.proposal import Proposal as Drafted
from tools.recommend_bids import BidArguments

MOST_CHANGES = 5


@dataclass(frozen=True, slots=True)
class Judged:
    """Every target of the account: what to move, and why the others stay, by name."""

    bids: Bids
    moved: tuple[tuple[Bid, Proposal], ...]
    held: Mapping[str, Held] = field(default_factory=dict)


def draft(context: ToolContext, arguments: BidArguments) -> Draft:
    """Fit, propose, word, judge by policy, and keep the draft where there is a target to change.

    Raises:
        BadInput: an account or a campaign nobody knows.
    """
    try:
        with read(context.engine) as session:
            made, origin = _drafted(session, context, arguments)
    except REASONS as reason:
        return Draft(ToolResult(refused=refusal(reason), freshness=last_days(context)), None)
    if made.recommendation is None:
        return made
    with write(context.engine) as session:
        recommendations.add(session, made.recommendation, origin)
    return replace(made, result=replace(made.result, recommendation_id=made.recommendation.id))


def judge(bids: Bids, limits: Limits, rng: np.random.Generator) -> Judged:
    """Propose each target's next step, at most the policy's step without a warning; the rest is held with a reason."""
    counts = block_counts(bids.history.days, DRAWS, rng)
    moved, held = [], {}
    for bid in bids.bids:
        found = _one(bid, bids, limits, counts)
        if isinstance(found, Held):
            held[bid.name] = found
        else:
            moved.append((bid, found))
    moved.sort(key=lambda pair: (-float(pair[1].net.mean()), pair[0].name))
    for bid, _ in moved[MOST_CHANGES:]:
        held[bid.name] = Held(f"the {MOST_CHANGES} steps that promise more go first")
    return Judged(bids, tuple(moved[:MOST_CHANGES]), held)


def _one(bid: Bid, bids: Bids, limits: Limits, counts: Any) -> Proposal | Held:
    if bid.held is not None:
        return Held(bid.held)
    if bid.hurdle is None:
        return Held(
            "the plan has neither a margin nor a target for it, so what its next conversion is worth is not known"
        )
    if bid.spend <= 0 or bid.achieved <= 0:
        return Held("it spent nothing lately, or nothing mature came of it")
    start = bids.history.start
    at = np.array([(d.day - start).days for d in bid.history], dtype=np.int64)
    try:
        curve = fit(
            np.array([d.spend for d in bid.history]), np.array([d.outcome for d in bid.history]),
            at + start.toordinal(), counts[:, at],
        )  # fmt: skip
        found = bidding.propose(curve, _situation(bid, bid.hurdle), float(limits.warn_target_step), float(bid.unit))
    except CannotEstimate as reason:
        return Held(str(reason))
    if isinstance(found, Proposal) and not bid.may_move(1 if found.target > float(bid.target) else -1):
        return Held(join_words([str(bar) for bar in bid.barred]), found.marginal)
    return found


def _situation(bid: Bid, hurdle: Hurdle) -> bidding.Situation:
    return bidding.Situation(
        kind=bid.kind, target=float(bid.target), spend=bid.spend, achieved=bid.achieved,
        mature_spend=bid.mature_spend, conversions=bid.conversions,
        hurdle=hurdle.value, used=bid.used, lost_to_budget=bid.lost_to_budget, lost_to_rank=bid.lost_to_rank,
    )  # fmt: skip


def _drafted(session: Session, context: ToolContext, arguments: BidArguments) -> tuple[Draft, dict[str, Any]]:
    now = context.now or datetime.now(UTC)
    account, caveats = one_account(session, context, arguments)
    margin = None if arguments.margin is None else Decimal(repr(arguments.margin))
    bids = bids_of(session, context.scope, account, context.today, context.limits.observation_days, margin)
    bids, without = _asked(bids, arguments.campaigns)
    rng = np.random.default_rng([account.id, bids.last_day.toordinal()])  # the same question, the same answer
    found = _of_one_outcome(judge(bids, context.limits, rng))
    levers = Levers((), _outcome(found), bids.history, bids.recent, bids.last_day)
    book = FactBook(levers, f"daily figures of {account.name} on {platform_label(account.platform)}")
    refused, recommendation = None, None
    text = text_of(book, found.moved, found.held, account)
    if found.moved:
        drafted = _recommendation(book, found, levers, account, context, now, text)
        recommendation, refused = judged(session, context, account, Drafted(drafted, (), text), now)
    said = {} if len(found.held) == 1 and not found.moved else found.held  # the text says it already
    notes = (*caveats, *(f"{name} is left unchanged: {held.reason}" for name, held in sorted(said.items())),
             *(f"{name} has no target to set: {why}" for name, why in sorted(without.items())))  # fmt: skip
    result = ToolResult(
        facts=tuple(book.facts) if refused is None else (),
        text=text if refused is None else "",
        table=_table(found, account),
        row_count=sum(len(bid.history) for bid in bids.bids),
        freshness={account.platform: bids.last_day},
        caveats=notes,
        refused=refused,
    )
    return Draft(result, recommendation), _origin(context, bids, found)


def _asked(bids: Bids, campaigns: Sequence[str]) -> tuple[Bids, Mapping[str, str]]:
    """Only what steers the campaigns asked for, where any were; a portfolio comes whole."""
    if not campaigns:
        return bids, bids.without
    wanted = {name.casefold() for name in campaigns}
    own = tuple(b for b in bids.bids if wanted & {n.casefold() for n in (b.name, *b.campaigns)})
    without = {name: why for name, why in bids.without.items() if name.casefold() in wanted}
    if not own and not without:
        known = join_words(sorted([*(b.name for b in bids.bids), *bids.without]))
        raise BadInput(f"no bid target of {join_words(sorted(campaigns))} is known; there are those of {known}")
    return replace(bids, bids=own), without


def _of_one_outcome(found: Judged) -> Judged:
    """One expectation adds up one outcome: revenue where every target's conversions have a worth, else conversions."""
    if not found.moved or _outcome(found) == "conversions" or all(_worth(b) is not None for b, _ in found.moved):
        return found
    kept = tuple((b, p) for b, p in found.moved if _worth(b) is not None)
    other = {b.name: Held("its conversions have no value, so it stands on no card with revenue; ask for it by name",
                          p.marginal) for b, p in found.moved if _worth(b) is None}  # fmt: skip
    return Judged(found.bids, kept, {**found.held, **other})


def _outcome(found: Judged) -> Outcome:
    return "revenue" if any(_worth(b) is not None for b, _ in found.moved) else "conversions"


def _worth(bid: Bid) -> float | None:
    """Revenue of one unit of its outcome."""
    return 1.0 if bid.kind == "roas" else bid.worth


def _recommendation(
    book: FactBook, found: Judged, levers: Levers, account: Account, context: ToolContext, now: datetime, text: str
) -> Recommendation:
    outcome, worse = effect_of(found.moved, levers.outcome)
    changes = changes_of(found.moved, account)
    still = expected_range(np.zeros(1), levers, account)
    return Recommendation(
        id=uuid4().hex,
        revision=1,
        account_id=account.id,
        title=title_of(found.moved, account),
        summary=book.fill(text),
        changes=changes,
        why=why_of(book, found.moved, account),
        expected=expected_range(outcome * HORIZON_DAYS, levers, account),
        chance_worse=worse,
        confidence="medium" if worse <= 0.10 else "low",
        risks=risks_of(found.moved, levers, account),
        alternatives=(
            Alternative("Do nothing", "Every target stays as it is; nothing is learned from it either", still),
        ),
        tier=tier(changes, context.limits),
        requested_by=context.asked_by,
        created_at=now,
        expires_at=expiry(now, context.limits, account.timezone),
    )


def _table(found: Judged, account: Account) -> Table:
    columns = ("Bid target", "Now", "Proposed", f"Next {account.currency} returns", "Low", "High", "Note")
    rows, shown = rows_of(found.bids.bids, {b.entity: p for b, p in found.moved}, found.held, account)
    return Table(f"{account.name}: bid targets", columns, rows, shown=shown)


def _origin(context: ToolContext, bids: Bids, found: Judged) -> dict[str, Any]:
    return {
        "asked_by": context.asked_by,
        "model": "bids: marginal return of the response against break-even or the plan's target; version 1",
        "history": [bids.history.start.isoformat(), bids.history.end.isoformat()],
        "outcome": _outcome(found),
        "kind": "bid",
    }
