"""``find_cause``: the first rule that explains it, or "unknown" with everything that was looked at."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import date

from sqlalchemy.orm import Session

from domain.errors import BadInput
from domain.metrics import METRICS
from domain.scope import Scope
from domain.window import Window
from store import performance
from tools.causes import delivery, market, rules
from tools.causes.case import DAY, Case, read_case
from tools.causes.model import Cause, Looked
from tools.causes.rules import SMALL
from tools.causes.usual import POWERS
from tools.causes.words import Told, cause

ALONE = 0.8  # of an account's change: then it is that campaign's
RULES: tuple[Callable[[Case], Cause | None], ...] = (
    rules.arriving,
    rules.lateness,
    delivery.stopped,
    delivery.held_back,
    rules.counting,
    rules.in_the_calendar,
    rules.somebodys_hand,
    market.mix,
    market.factor,
)


def find_cause(
    session: Session, scope: Scope, today: date, *, account_id: int, metric: str, campaign_ids: Collection[int],
    first_day: date, last_day: date, direction: str | None = None,
) -> Cause:  # fmt: skip
    """Why ``metric`` was unusual from ``first_day`` to ``last_day``, for the campaigns or (none named) the account.

    ``today`` has no figures yet. Of the scope's other accounts only what was as usual or not, orders and analytics
    are looked at. Of an incident whose ``direction`` is "up" or "down" a cause that moved the metric the other way is
    evidence only.

    Raises:
        BadInput: a metric that is none, or days that end before they start.
    """
    if metric not in POWERS:
        raise BadInput(f"no cause is looked for of {metric!r}; there are {', '.join(POWERS)}")
    if last_day < first_day:
        raise BadInput(f"the days end ({last_day}) before they start ({first_day})")
    account = next((a for a in performance.accounts(session, scope) if a.id == account_id), None)
    if account is None:
        return _nothing(f"account {account_id} has no figures in scope")
    window = Window(first_day, max(first_day, min(last_day, today - DAY)), account.timezone)
    case = read_case(session, scope, today, account, metric, campaign_ids, window)
    if case is None:
        return _nothing(f"there are no figures for {first_day} to {last_day}")
    if case.move is None and not case.sides.total("impressions"):
        return _nothing("there are no usual days before it to hold it against")
    case.direction = direction
    return search(case)


def search(case: Case) -> Cause:
    """The first rule that explains it, in the direction in which it went; of an account, for the one campaign that most
    of the change is from."""
    if (one := _mostly(case)) is not None and market.mix(case) is None:
        case = replace(case, campaign_ids=frozenset({one}))
    for rule in RULES:
        if (found := rule(case)) is None:
            continue
        if not case.against:
            return found
        case.look("the direction", f"{found.kind.replace('_', ' ')}: it moved the figure the other way")
    return _unknown(case)


def _mostly(case: Case) -> int | None:
    """The campaign without which hardly anything would have changed, where the account is asked about."""
    base = "conversions" if case.late else METRICS[case.metric].numerator
    totals = {c: t for c, s in case.each().items() if (t := s.total(base)) is not None}
    change = sum(now - before for now, before in totals.values())
    usual = sum(before for _, before in totals.values())
    if case.campaign_ids or len(totals) < 2 or abs(change) < SMALL * usual:
        return None
    most = max(totals, key=lambda c: (totals[c][0] - totals[c][1]) / change)
    part = (totals[most][0] - totals[most][1]) / change
    return most if part >= ALONE and totals[most][1] < ALONE * usual else None


def _unknown(case: Case) -> Cause:
    told = Told(case)
    seen = f"{told.moved(case.move)} ({case.when})" if case.move is not None else f"the figure itself ({case.when})"
    if case.against:
        side = "above" if case.direction == "up" else "below"
        seen = (
            f"why it is {side} what was expected, since against the same weekdays of the four weeks before it is not:"
        )
        seen += f" {told.moved(case.move)} ({case.when})" if case.move is not None else ""
    looked = ", ".join(dict.fromkeys(e.at for e in case.evidence))
    return cause(case, "unknown", told, f"The cause is not known: nothing found explains {seen}; looked at {looked}.")


def _nothing(why: str) -> Cause:
    return Cause("unknown", f"The cause is not known: {why}.", (), (Looked("the figures", why),))
