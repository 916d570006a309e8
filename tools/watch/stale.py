"""Whether an account's data are late, by its own habit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.scope import Scope
from store import lateness
from store.performance import AccountDays
from store.tables import Account

SYNCED_DAYS = 1  # a synced account has yesterday within the day; one day more is a night's trouble
FEWEST_LOADS = 3  # of files, to speak of a habit
DORMANT_DAYS = 28  # an account that was silent longer is no news


@dataclass(frozen=True, slots=True)
class Late:
    """Days that should be there. ``overdue``: days beyond the account's habit."""

    first: date
    last: date
    overdue: int
    said: str


def stale(session: Session, scope: Scope, account: AccountDays, today: date) -> Late | None:
    """The days that are missing for longer than usual; None where that is as usual, or no habit is known."""
    if account.last_day is None:
        return None
    yesterday = today - timedelta(days=1)
    missing = (yesterday - account.last_day).days
    if missing <= 0 or missing > DORMANT_DAYS:
        return None
    habit = _habit(session, scope, account)
    if habit is None or missing <= habit:
        return None
    first = account.last_day + timedelta(days=1)
    days = f"{first}" if first == yesterday else f"{first} to {yesterday}"
    usual = "the day before" if habit <= SYNCED_DAYS else f"no more than {habit} days behind"
    said = f"The data end on {account.last_day}: {days} is missing, and this account is usually read up to {usual}."
    return Late(first, yesterday, missing - habit, said)


def _habit(session: Session, scope: Scope, account: AccountDays) -> int | None:
    """Days that the data are usually behind at most: one where they are synced, else the longest of the usual gaps
    between loads of files on different days (the longest but one of many: one holiday is no habit)."""
    origin = session.scalar(select(Account.origin).where(Account.id == account.id))
    if origin == "api":
        return SYNCED_DAYS
    zone = ZoneInfo(account.timezone)
    days = sorted({at.astimezone(zone).date() for at in lateness.loads(session, scope, account.id)})
    gaps = sorted((b - a).days for a, b in pairwise(days))
    if len(gaps) < FEWEST_LOADS - 1:
        return None
    return gaps[-2] if len(gaps) >= 5 else gaps[-1]
