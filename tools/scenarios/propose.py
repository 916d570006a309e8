"""A plan that a person picked, as a drafted recommendation: figures read again, policy checked again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain.errors import BadInput, CannotAnswer
from domain.evidence import ToolResult
from store import accounts, recommendations
from store.engine import read, write
from tools.base import REASONS, ToolContext, refusal
from tools.drafting import Draft, judged, origin_of
from tools.labels import join_words
from tools.levers import Outcome
from tools.proposal import propose
from tools.scenarios.basis import Basis, refusals
from tools.scenarios.basis import read as basis_of
from tools.scenarios.estimate import scenario


def propose_plan(
    context: ToolContext,
    account_id: int,
    amounts: Mapping[str, Decimal],
    *,
    rec_id: str,
    source: Mapping[str, Any],
    outcome: Outcome | None = None,
    flattery: float = 0.0,
) -> Draft:
    """Draft ``amounts`` (a day, by the budget's platform id) for approval, under the id ``rec_id``.

    The same id twice gives the same draft: a second press of a button, or a second delivery, makes no second one.
    ``source`` is kept with the draft: which answer or saved plan it came from. ``outcome`` is what the plan's estimate
    counted; None takes revenue where there is any. ``flattery`` is what the fits flatter the plan by where a search
    picked it, as it was shown.

    Raises:
        BadInput: an account that the scope does not hold.
    """
    if account_id not in context.scope.account_ids:
        raise BadInput("that plan is of an account that is not seen here")
    try:
        with read(context.engine) as session:
            if (made := _made_before(session, context, rec_id)) is not None:
                return made
            draft, origin = _drafted(session, context, account_id, amounts, outcome, flattery)
    except REASONS as reason:
        return Draft(ToolResult(refused=refusal(reason)), None)
    kept = draft.recommendation
    if kept is None or kept.advice_only is not None:
        return draft
    kept = replace(kept, id=rec_id)
    try:
        with write(context.engine) as session:
            if (made := _made_before(session, context, rec_id)) is not None:
                return made
            recommendations.add(session, kept, {**origin, **source})
    except IntegrityError:  # another process drafted it in this moment
        with read(context.engine) as session:
            made = _made_before(session, context, rec_id)
        if made is None:
            raise
        return made
    return Draft(replace(draft.result, recommendation_id=rec_id), kept)


def _made_before(session: Session, context: ToolContext, rec_id: str) -> Draft | None:
    try:
        made = recommendations.get(session, context.scope, rec_id)
    except BadInput:
        return None
    return Draft(ToolResult(text=made.summary, recommendation_id=rec_id), made)


def _drafted(
    session: Session,
    context: ToolContext,
    account_id: int,
    amounts: Mapping[str, Decimal],
    outcome: Outcome | None,
    flattery: float,
) -> tuple[Draft, dict[str, Any]]:
    account = accounts.get(session, account_id)
    basis = basis_of(session, context, account, outcome)
    _check_known(basis, amounts)
    plan = scenario(basis, "picked", "the plan", amounts)
    if plan.not_estimated is not None:
        raise CannotAnswer(f"this plan cannot be proposed: {plan.not_estimated}")
    whole = {**basis.amounts, **amounts}
    if account.origin != "file" and (why := refusals(basis, whole)):
        raise CannotAnswer(f"this plan cannot be proposed for {account.name}: {'; '.join(why)}")
    split = basis.split(whole, flattery)
    proposal = propose(
        split, basis.levers, account, basis.limits, now=basis.now, asked_by=context.asked_by, chosen=True
    )
    recommendation, refused = judged(session, context, account, proposal, basis.now)
    result = ToolResult(
        facts=proposal.facts if refused is None else (),
        text=proposal.text if refused is None else "",
        freshness={account.platform: basis.levers.last_day},
        refused=refused,
    )
    return Draft(result, recommendation), origin_of(context, split, basis.levers, account)


def _check_known(basis: Basis, amounts: Mapping[str, Decimal]) -> None:
    """Raises CannotAnswer for a budget that is not there any more, or a plan that is today's already."""
    if gone := sorted(set(amounts) - set(basis.amounts)):
        raise CannotAnswer(f"{join_words(gone)} of this plan is no budget of {basis.account.name} any more")
    if all(basis.amounts[e] == amount for e, amount in amounts.items()):
        raise CannotAnswer(f"the budgets of {basis.account.name} are at the amounts of this plan already")
