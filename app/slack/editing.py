"""A submitted edit, answered at once: errors beside the inputs, or a fresh card. Nothing waits for a worker here,
because Slack shows the errors only in the answer to the submission itself.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from slack_sdk import WebClient
from sqlalchemy.exc import SQLAlchemyError

from app.slack import blocks as bk
from app.slack import modals
from app.slack.deps import SlackDeps
from app.slack.people import named, presence
from domain.errors import BadInput
from domain.ratio import Amount
from domain.recommendation import Prediction
from domain.scope import Scope
from store import inbox, recommendations, revising
from store.approvals import ApprovalView, view
from store.engine import read
from store.revising import WHOLE_PLAN

log = logging.getLogger("budgeteer.slack")
KIND = "edit"
DRAFTED = 1  # the revision that was fitted


def is_edit(body: Mapping[str, Any]) -> bool:
    """Whether a request is a submitted edit, whose answer is its acknowledgement."""
    view_ = body.get("view")
    submitted = body.get("type") == "view_submission" and isinstance(view_, Mapping)
    return submitted and isinstance(view_, Mapping) and view_.get("callback_id") == modals.EDIT_VIEW


def answer(deps: SlackDeps, client: WebClient, body: Mapping[str, Any]) -> dict[str, str]:
    """What ``submit`` says, and the same again where it was said before and the acknowledgement was lost.

    Where nothing was kept, because a process died on the way, it is submitted anew: a card that was edited is closed,
    so nothing is edited twice, and whoever submitted reads how it stands.
    """
    key = f"{KIND}:{body['user']['id']}:{body['trigger_id']}"
    try:
        if (said := inbox.answer(deps.engine, key)) is not None:
            return dict(said["errors"])
    except SQLAlchemyError as error:  # submit says so
        log.error("an edit's answer was not looked up: %s", type(error).__name__)
    errors = submit(deps, client, body)
    try:
        inbox.keep_answer(deps.engine, key, KIND, {"errors": errors}, datetime.now(UTC))
    except SQLAlchemyError as error:
        log.error("an edit's answer was not kept: %s", type(error).__name__)
    return errors


def submit(deps: SlackDeps, client: WebClient, body: Mapping[str, Any]) -> dict[str, str]:
    """Errors by block, empty where the fresh card is on its way. Never raises: whoever submitted is answered."""
    blocks = body["view"]["blocks"]
    try:
        return _submit(deps, client, body)
    except SQLAlchemyError as error:
        log.error("an edit was not stored: %s", type(error).__name__)
        return {modals.first_block(blocks): "The store could not be reached in time; nothing was changed. Try again."}
    except Exception as error:
        reference = uuid.uuid4().hex[:8]
        log.error("edit %s failed: %s", reference, type(error).__name__, exc_info=error)
        return {modals.first_block(blocks): f"That did not work (reference {reference}); nothing was changed."}


def _submit(deps: SlackDeps, client: WebClient, body: Mapping[str, Any]) -> dict[str, str]:
    view_, user = body["view"], str(body["user"]["id"])
    approval_id = str(view_.get("private_metadata", ""))
    shown_card = _card(deps, approval_id)
    planned = {} if shown_card is None else {o.seq: o.change.after for o in shown_card.operations}
    amounts, errors = modals.amounts(planned, view_["state"]["values"])
    if errors:
        return errors
    prediction = Prediction.unknown("not estimated for your amounts")
    if shown_card is not None and amounts:
        prediction = predict(deps, shown_card, amounts)
    made = revising.revise(
        deps.engine,
        approval_id,
        user,
        amounts,
        prediction,
        now=deps.now(),
        limits=deps.limits,
        mention=named(client),
        presence=presence(client, user),
    )
    if made.approval_id is None:
        first = modals.first_block(view_["blocks"])
        return _beside(made.errors, first, {str(b.get("block_id")) for b in view_["blocks"]})
    deps.opened(made.approval_id)
    for replaced in made.superseded:
        deps.moved(replaced)
    return {}


def _card(deps: SlackDeps, approval_id: str) -> ApprovalView | None:
    with read(deps.engine) as session:
        try:
            return view(session, approval_id)
        except BadInput:
            return None


def predict(deps: SlackDeps, shown_card: ApprovalView, amounts: Mapping[int, Amount]) -> Prediction:
    """What the draft's own fit says of the edited amounts, or why it says nothing."""
    from tools.reestimate import reestimate

    scope = Scope((shown_card.account.id,))
    by_entity = {o.change.entity: amounts[o.seq] for o in shown_card.operations if o.seq in amounts}
    with read(deps.engine) as session:
        rec_id = shown_card.recommendation.id
        drafted = recommendations.get(session, scope, rec_id, DRAFTED)
        origin = recommendations.origin(session, scope, rec_id, DRAFTED)
        return reestimate(session, scope, drafted, origin, by_entity, deps.limits)


def _beside(errors: Mapping[int, str], first: str, blocks: set[str]) -> dict[str, str]:
    """Each error beside its amount; what is about the whole plan beside the first input."""
    said: dict[str, str] = {}
    for seq, text in errors.items():
        block = f"amount:{seq}"
        where = block if seq != WHOLE_PLAN and block in blocks else first
        line = bk.clean(f"{text[:1].upper()}{text[1:].rstrip('.')}.", 300)
        said[where] = f"{said[where]} {line}" if where in said else line
    return said
