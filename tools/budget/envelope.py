"""The policy's envelope as a cap where a mode settles by itself how much is spent."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal

from sqlalchemy.orm import Session

from domain.errors import CannotAnswer
from domain.formatting import format_money
from domain.money import from_micros
from domain.policy import Limits, envelope_micros
from store import policy_facts
from store.tables import Account
from tools.budget.request import Request
from tools.levers import Levers


def within_envelope(
    session: Session, account: Account, levers: Levers, request: Request, limits: Limits, now: datetime
) -> tuple[Request, tuple[str, ...]]:
    """The request with a total that the policy lets pass today, and a note where that is what caps it.

    Raises:
        CannotAnswer: recent spend is unknown, so nothing says what may be added.
    """
    if account.origin != "api" or not request.settles_total or request.mode == "same_for_less":
        return request, ()
    facts = policy_facts.gather(session, account.id, (), now)
    allowed = envelope_micros(facts, limits)
    if allowed is None:
        raise CannotAnswer("spend of the last 7 days is unknown, so none may be added; sync the account first")
    today = sum((lever.now for lever in levers.levers), Decimal(0))
    unit = max(lever.unit for lever in levers.levers)
    left = max(from_micros(allowed - facts.reserved_24h_micros), Decimal(0))
    cap = today + (left / unit).to_integral_value(ROUND_FLOOR) * unit
    if request.total is not None and request.total <= cap:
        return request, ()
    most = format_money(cap, account.currency)
    note = f"the policy's envelope for new spend in 24 hours caps the total at {most} a day"
    return replace(request, total=cap), (note,)
