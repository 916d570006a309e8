"""What cannot be answered yet, why, and which file or command would change that. A pure function of what is stored."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from domain.scope import Scope
from store.readiness import Held, held
from tools.labels import join_words

STALE = timedelta(days=3)  # exports arrive a day or two late without anybody worrying
YEAR = 365 + 31
BY_FILE = frozenset({"figures", "newer days", "history", "plan", "margin", "orders"})
DROPPED = "Drop the CSV into our direct messages, or on the server"


NOTHING = Held((), False, None, False, False, False, (), False, (), False, ())
"""What an empty store holds."""


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing people ask that fails: ``asks`` is a question, ``fix`` the file or command that answers it."""

    part: str
    asks: str
    why: str
    fix: str


def gaps(stored: Held, today: date) -> list[Gap]:
    """What is missing, the most valuable first: without figures nothing is answered, without a plan most of Monday."""
    if not any(account.first_day for account in stored.accounts):
        return [
            Gap(
                "figures", "how did we do last week", "no export is loaded and no platform was read",
                "budgeteer import FILE, or budgeteer sync",
            )
        ]  # fmt: skip
    return [*_figures(stored, today), *_knowledge(stored, today), *_people(stored)]


def _figures(held: Held, today: date) -> Iterator[Gap]:
    stale = [a for a in held.accounts if a.last_day is not None and today - a.last_day > STALE]
    if stale:
        names = join_words([f"{a.name} ends on {a.last_day}" for a in stale[:3]])
        yield Gap("newer days", "how did we do yesterday", names, "budgeteer import NEWER_EXPORT, or budgeteer sync")
    if held.failed_sources:
        names = join_words(list(held.failed_sources[:3]))
        yield Gap("sources", "how did we do yesterday", f"{names} could not be read", "budgeteer source list")
    firsts = [a.first_day for a in held.accounts if a.first_day is not None]
    lasts = [a.last_day for a in held.accounts if a.last_day is not None]
    if (max(lasts) - min(firsts)).days < YEAR:
        why = f"the figures begin on {min(firsts)}"
        yield Gap("history", "last month vs last year", why, "budgeteer import OLDER_EXPORT, into the same account")


def _knowledge(held: Held, today: date) -> Iterator[Gap]:
    month = today.replace(day=1)
    if held.plan_month is None or held.plan_month < month:
        why = "no plan is loaded" if held.plan_month is None else f"the plan ends with {held.plan_month:%B %Y}"
        yield Gap("plan", "are we on track", why, "budgeteer plan template > plan.csv; budgeteer plan import plan.csv")
    if not held.margin:
        why = "no margin is planned"
        yield Gap(
            "margin", "did we make money last month", why, "a margin column in the plan: budgeteer plan import plan.csv"
        )
    if not held.orders:
        why = "no shop orders are loaded"
        fix = "budgeteer import ORDERS.csv --platform shopify --account NAME --currency CODE"
        yield Gap("orders", "how many new customers did we buy last month", why, fix)
    if not held.labels:
        why = "labels are proposed and not confirmed" if held.labels_proposed else "no campaign is labelled"
        first = shlex.quote(held.accounts[0].name)
        fix = "budgeteer labels list" if held.labels_proposed else f"budgeteer labels propose --account {first}"
        yield Gap("labels", "roas without brand last month", why, fix)


def _people(held: Held) -> Iterator[Gap]:
    if len(held.accounts) > 1 and not held.bound:
        why = "no channel is bound, and there are several accounts"
        first = shlex.quote(held.accounts[0].name)
        yield Gap("channels", "anything, in Slack", why, f"budgeteer channel bind CHANNEL --account {first}")
    if held.without_approver:
        first = shlex.quote(held.without_approver[0])
        why = f"nobody may approve for {join_words(list(held.without_approver[:3]))}"
        yield Gap("approvers", "the Approve button", why, f"budgeteer approvers add SLACK_USER_ID --account {first}")


def in_slack(session: Session, scope: Scope, now: datetime, timezone: str) -> list[str]:
    """What one person's accounts cannot answer yet, a line each. A source belongs to no account: it is left out, since
    its name may be another client's.
    """
    seen = replace(held(session, scope), failed_sources=())
    return [
        f'"{gap.asks}": {gap.why}. {DROPPED if gap.part in BY_FILE else "On the server"}: {gap.fix}'
        for gap in gaps(seen, now.astimezone(ZoneInfo(timezone)).date())
    ]


def next_hint(stored: Held, today: date) -> str:
    """One line: the most valuable thing to do next, or where to see that nothing is missing."""
    found = gaps(stored, today)
    if not found:
        return "Next: budgeteer digest"
    first = found[0]
    return f'Next: {first.fix}  ({first.why}, so "{first.asks}" cannot be answered yet)'
