"""``watch``: one look at every account of a scope, as candidates that ``store.incident_settling`` makes incidents of.

Reads only. What was not looked at is said: an account whose look failed is a candidate of its own kind.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.alert import Stakes, severity
from domain.money import MICROS
from domain.scope import Scope
from store import bindings, calendar, performance, quiet_rules, series
from store.incident_values import Candidate, DayValue
from store.performance import AccountDays
from store.quiet_rules import Quiet
from store.tables import Budget, Campaign
from store.watch_looks import last_looks
from tools.labels import join_words, quoted
from tools.maturity import learn
from tools.watch import stakes
from tools.watch.causes import unknown
from tools.watch.groups import Matter, matters, upstream
from tools.watch.series import AccountSeries, build
from tools.watch.signals import JUDGED_DAYS, RECENT, Signal, last_judged, signals, window_start
from tools.watch.stale import stale

log = logging.getLogger("budgeteer.watch")
HISTORY_DAYS = 182  # what the detector starts from, and the days that it judges
KNOWN = ("promotion", "holiday", "event", "tracking")
SALES = ("promotion", "holiday")
NAMED = 3
MANY = 0.6  # of the account's spend: from there on it is the account that moved, not some campaigns
Find = Callable[..., Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class AccountLook:
    """What was found in one account. ``looked``: the last judged day by metric. ``error``: why nothing was."""

    account: AccountDays
    found: tuple[Candidate, ...] = ()
    looked: Mapping[str, date] = field(default_factory=dict)
    quieted: int = 0
    error: str | None = None


def watch(
    session: Session, scope: Scope, today: date | None = None, *, now: datetime, find: Find | None = None,
    given: Scope | None = None,
) -> tuple[AccountLook, ...]:  # fmt: skip
    """Look at each ads account of the scope on its own; ``today`` (None: by ``now`` in its zone) has no figures yet.

    ``find`` names the cause of a matter, ``tools.causes.find_cause`` where it is None. ``given`` is what whoever asked
    sees (None: ``scope``).
    """
    looks = []
    for account in performance.accounts(session, scope):
        day = today or now.astimezone(ZoneInfo(account.timezone)).date()
        try:
            beside = bindings.scopes_beside(session, account.id, given or scope)
            looks.append(_look(session, Scope((account.id,)), account, day, now, Search(beside, find)))
        except Exception as error:  # one account's trouble must not blind the others, nor pass for quiet
            log.error("watch of account %s failed: %s", account.id, type(error).__name__, exc_info=error)
            looks.append(AccountLook(account, (failed(day, type(error).__name__),), {}, error=type(error).__name__))
    return tuple(looks)


def failed(day: date, what: str) -> Candidate:
    """A look that did not come to its end, as a matter of its own."""
    said = f"The watch could not look at this account ({what}): what happens in it is not seen until that is mended."
    return _blind(
        "watch_failed", "watch", day, day, said, severity(Stakes("watch_failed", "watch", "none", None, None))
    )


def _look(
    session: Session, scope: Scope, account: AccountDays, today: date, now: datetime, search: Search
) -> AccountLook:
    looked: dict[str, date] = {"watch": today}
    found: list[Candidate] = []
    quieted = 0
    late = stale(session, scope, account, today)
    looked["data"] = today
    if late is not None:
        grave = severity(Stakes("stale", "data", "none", None, None, overdue_days=late.overdue))
        found.append(_blind("stale", "data", late.first, late.last, late.said, grave))
    made = _series(session, scope, account, today)
    if made is not None:
        known, sales = _calendar(session, scope, made)
        paused = _paused(session, account.id)
        seen = signals(made, known, paused, sales, _unseen(session, scope, account.id, now))
        kept = _without_quiet(seen, quiet_rules.rules(session, scope, now))
        quieted = len(seen) - len(kept)
        looked |= {**last_judged(made), "rows": today}
        gone = _missing(session, made)
        found += [] if gone is None else [gone]
        aside = paused | {s.campaign_id for s in seen if s not in kept and s.campaign_id is not None}
        found += [_candidate(session, scope, account, today, made, m, search) for m in matters(kept, made, aside)]
    return AccountLook(account, tuple(found), looked, quieted)


def _series(session: Session, scope: Scope, account: AccountDays, today: date) -> AccountSeries | None:
    last = today - timedelta(days=1)
    first = last - timedelta(days=HISTORY_DAYS - 1)
    rows = series.base_days(session, scope, account.id, first, last)
    return build(rows, first, last, learn(session, scope, account.id, today))


def _unseen(session: Session, scope: Scope, account_id: int, now: datetime) -> int:
    """Days back to what the last look could not see yet: what came and went meanwhile is told late, but told."""
    last = last_looks(session, scope).get(account_id)
    return RECENT if last is None else min((now - last).days + 1, JUDGED_DAYS)


def _missing(session: Session, made: AccountSeries) -> Candidate | None:
    """Campaigns that are left out of data which state days of nothing as well: not known, and not stopped."""
    if not made.missing:
        return None
    first, last = min(made.missing.values()), made.through["spend"]
    query = select(Campaign.id, Campaign.name).where(Campaign.id.in_(made.missing))
    named = {int(row[0]): str(row[1]) for row in session.execute(query)}
    names = join_words(sorted(quoted(named[c]) for c in made.missing)[:NAMED])
    more = f" and {len(made.missing) - NAMED} more" if len(made.missing) > NAMED else ""
    said = (
        f"No row of {names}{more} since {first}, while other campaigns have theirs and days of nothing are stated too: "
        "missing from the data rather than stopped, and not known. Export the days again with every campaign in them; "
        "the account's sums are not judged meanwhile."
    )
    return _blind("stale", "rows", first, last, said, severity(Stakes("stale", "rows", "none", None, None)))


def _calendar(session: Session, scope: Scope, made: AccountSeries) -> tuple[set[date], set[date]]:
    """The days that the calendar explains, and those of them that it explains by a promotion or a holiday alone."""
    events = calendar.events(session, scope, made.days[0], made.days[-1], KNOWN)
    known = calendar.days_of(events)
    return known, known - calendar.days_of([e for e in events if e.kind not in SALES])


def _paused(session: Session, account_id: int) -> set[int]:
    """Campaigns that somebody paused, as their budgets were last read: that they deliver nothing is what was wanted."""
    named = select(Campaign.external_id, Campaign.id).where(
        Campaign.account_id == account_id, Campaign.external_id.is_not(None)
    )
    ids = {str(external): number for external, number in session.execute(named)}
    off: set[int] = set()
    on: set[int] = set()
    for budget in session.scalars(select(Budget).where(Budget.account_id == account_id)):
        reached = {ids[str(c[0])] for c in budget.campaigns if str(c[0]) in ids}
        (on if budget.enabled else off).update(reached)
    return off - on


def _without_quiet(seen: Sequence[Signal], rules: Iterable[Quiet]) -> list[Signal]:
    """Without the signals all of whose days are quiet by some rule: what goes beyond one is told whole."""
    rules = list(rules)

    def quiet(signal: Signal) -> bool:
        return bool(rules) and all(
            any(r.quiets(signal.campaign_id, signal.metric, signal.direction, d.day, _deviation(d.value, d.expected))
                for r in rules)
            for d in signal.days
        )  # fmt: skip

    return [s for s in seen if not quiet(s)]


def _deviation(value: float | None, expected: float | None) -> float | None:
    return None if value is None or not expected else abs(value / expected - 1)


def _candidate(
    session: Session, scope: Scope, account: AccountDays, today: date, made: AccountSeries, matter: Matter,
    search: Search,
) -> Candidate:  # fmt: skip
    of_root = matter.of_root
    first, last = min(s.first for s in of_root), max(s.last for s in of_root)
    part = stakes.affected(made, matter)
    ids = sorted({s.campaign_id for s in of_root if s.campaign_id is not None})
    cause = _cause(session, scope, account, today, matter, ids, first, last, search)
    kinds = {s.kind for s in of_root}
    shape = next((k for k in ("zero", "level_shift", "spike") if k in kinds), "spike")
    kind = "tracking_break" if cause.get("kind") == "tracking_break" else shape
    at_stake = stakes.money(made, matter)
    usual = stakes.daily_spend(made, matter)
    amount = None if at_stake.amount is None else Decimal(str(at_stake.amount))
    grave = severity(
        Stakes(kind, matter.metric, matter.direction, amount, None if usual is None else Decimal(str(usual)), part)
    )
    reach = "account" if (part or 0) >= MANY and len(ids) != 1 else "campaign" if len(ids) == 1 else "several"
    return Candidate(
        kind=kind, metric=matter.metric, direction=matter.direction, reach=reach, severity=grave, first_day=first,
        last_day=last, looked_from=window_start(made), currency=account.currency,
        money_micros=None if amount is None else int(amount * MICROS), keys=matter.keys, follows=upstream(matter.key),
        cause={**cause, "shape": shape, "money_how": at_stake.how, "symptoms": list(matter.keys[1:]), "affected": part},
        days=tuple(sorted(_told(matter, reach), key=_in_order)),
        faint=matter.faint, over=all(s.over for s in matter.signals), seen=_pictured(matter),
    )  # fmt: skip


def _told(matter: Matter, reach: str) -> set[DayValue]:
    """The unusual values; the account's own only of what is the account's: of others it is a consequence."""
    mine = [s for s in matter.signals if reach == "account" or s.campaign_id is not None]
    return {d for s in mine or matter.signals for d in s.days}


def _pictured(matter: Matter) -> tuple[DayValue, ...]:
    """The stretch that shows the matter best: the account's own where several campaigns moved, else the campaign's."""
    counted = stakes.counted(matter)
    return counted[0].seen if counted else ()


def _in_order(d: DayValue) -> tuple[str, date, int]:
    return d.metric, d.day, d.campaign_id or 0


def _cause(
    session: Session, scope: Scope, account: AccountDays, today: date, matter: Matter, ids: list[int], first: date,
    last: date, search: Search,
) -> dict[str, Any]:  # fmt: skip
    """Why, by the account's own figures, and where it differs by what each scope sees beside them (``seen_with``).

    A search that fails leaves the incident without a cause, not without an alert.
    """
    asked = {
        "account_id": account.id,
        "metric": matter.metric,
        "direction": matter.direction,
        "campaign_ids": ids,
        "first_day": first,
        "last_day": last,
    }
    own = search.cause(session, scope, today, asked)
    others = [(s, search.cause(session, s, today, asked)) for s in search.beside]
    seen = [{"accounts": list(s.account_ids), **found} for s, found in others if found != own]
    return {**own, "seen_with": seen} if seen else own


@dataclass(frozen=True, slots=True)
class Search:
    """How a cause is looked for, and the scopes beside the account's own in which somebody sees more."""

    beside: Sequence[Scope] = ()
    find: Find | None = None

    def cause(self, session: Session, scope: Scope, today: date, asked: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return dict((self.find or _find)(session, scope, today, **asked))
        except Exception as error:
            log.error("the cause in account %s was not found: %s", asked["account_id"], type(error).__name__,
                      exc_info=error)  # fmt: skip
            return unknown("the search failed")


def _find(session: Session, scope: Scope, today: date, **asked: Any) -> Mapping[str, Any]:
    from tools.watch.causes import find

    return find(session, scope, today, **asked)


def _blind(kind: str, metric: str, first: date, last: date, said: str, grave: str) -> Candidate:
    return Candidate(
        kind=kind, metric=metric, direction="none", reach="account", severity=grave, first_day=first, last_day=last,
        looked_from=first, money_micros=None, currency=None, keys=(f"{metric}:none",),
        cause={"kind": kind, "said": said, "facts": [], "evidence": [], "money_how": "", "symptoms": []}, days=(),
    )  # fmt: skip
