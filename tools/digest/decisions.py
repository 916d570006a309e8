"""None to three things a person should decide today, the dearest first. "Nothing needs you today" is a good digest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from domain.evidence import Fact
from domain.metrics import METRICS
from store.incidents import IncidentView
from store.performance import AccountDays
from store.waiting import Drafted, Waiting
from tools.below_floor import Looked
from tools.digest import floors, incidents, words
from tools.digest.days import Coverage, named
from tools.digest.figures import Ledger
from tools.digest.model import MOST_DECISIONS, Decision
from tools.digest.news import is_dormant, said_of
from tools.digest.plan import over_budget
from tools.digest.words import w
from tools.figures import Cited
from tools.labels import quoted
from tools.standings import Standing

_AGAIN = {
    "budget": ("propose", "recommend a budget"),
    "bid": ("propose bids", "recommend bids"),
    "protection": ("protect", "which campaigns are below their floor"),
}
"""By what a draft is of: the button that drafts it anew, on today's figures, and the question that it asks."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """Something to decide, worded only where it is shown. ``stake`` None cannot be said."""

    stake: Decimal | None
    currency: str | None
    tell: Callable[[Cited], Decision]


def decisions(
    cover: Coverage,
    ledgers: Sequence[Ledger],
    open_approvals: Sequence[Waiting],
    drafts: Sequence[Drafted],
    accounts: dict[int, AccountDays],
    over: Sequence[Standing],
    unusual: Sequence[IncidentView],
    below: Sequence[tuple[AccountDays, Looked]],
    cited: Cited,
    timezone: str,
) -> list[Decision]:
    """The first three of: money that waits for a click (it lapses), accounts of which nothing is known, then by money
    what is unusual, lands over its budget, is worse than its floor or stopped, and drafts last.

    Amounts of two currencies have no order: those of the most accounts' come first. An account that an incident calls
    stale is not asked about twice.
    """
    waiting = [
        _Candidate(None, None, partial(_approval, one, accounts[one.account_id], timezone=timezone))
        for one in open_approvals[:MOST_DECISIONS]
    ]
    told = {one.account_id for one in unusual if one.kind == "stale"}
    unknown = [
        _Candidate(None, None, partial(_silent, a))
        for a in cover.silent
        if not is_dormant(a, cover.window.end) and a.id not in told
    ]
    by_money = [
        _Candidate(one.money, one.currency, partial(_incident, one, accounts[one.account_id])) for one in unusual
    ]
    by_money += [_Candidate(_over(pool), pool.currency, partial(_lands_over, pool)) for pool in over]
    by_money += [
        _Candidate(Decimal(repr(b.stake)), account.currency, partial(floors.decision, b, account, looked.window))
        for account, looked in below
        for b in looked.below
    ]
    by_money += [one for ledger in ledgers for one in _stopped(ledger)]
    order = {ledger.currency: n for n, ledger in enumerate(ledgers)}
    by_money.sort(key=lambda c: (c.stake is not None, order.get(c.currency or "", len(order)), -(c.stake or 0)))
    last = [_Candidate(None, None, partial(_draft, one, accounts[one.account_id])) for one in drafts]
    return [one.tell(cited) for one in [*waiting, *unknown, *by_money, *last][:MOST_DECISIONS]]


def _over(pool: Standing) -> Decimal | None:
    lands = pool.lands()
    return None if lands is None or pool.budget is None else lands - pool.budget


def _lands_over(pool: Standing, cited: Cited) -> Decision:
    return over_budget(pool, cited)


def _incident(one: IncidentView, account: AccountDays, cited: Cited) -> Decision:
    return incidents.decision(one, account, cited)


def _approval(one: Waiting, account: AccountDays, cited: Cited, *, timezone: str) -> Decision:
    kind = "approval" if one.status == "pending" else "quarantined"
    return Decision(kind, said_of(one, account, cited, timezone), w("open the card"), approval_id=one.approval_id)  # type: ignore[arg-type]


def _silent(account: AccountDays, _cited: Cited) -> Decision:
    said = w("silent", name=named(account), day="?" if account.last_day is None else words.day(account.last_day))
    return Decision("silent", said, w("how fresh"), question="how fresh are the data")


def _stopped(ledger: Ledger) -> list[_Candidate]:
    """Accounts that have rows and spent nothing, where they spent before; at stake is what they spent then."""
    found: list[_Candidate] = []
    for account in ledger.accounts:
        now = ledger.figure(METRICS["spend"], ledger.cover.window, [account])
        before = ledger.figure(METRICS["spend"], ledger.cover.before, [account])
        if now.value is None or not before.value or now.value > 0:
            continue
        found.append(_Candidate(before.value, account.currency, partial(_stop, account, now, before)))
    return found


def _stop(account: AccountDays, now: Fact, before: Fact, cited: Cited) -> Decision:
    said = w("stopped", name=named(account), now=cited.cite(now), before=cited.cite(before))
    return Decision("stopped", said, w("by campaign"), question="spend by campaign last 14 days")


def _draft(one: Drafted, account: AccountDays, _cited: Cited) -> Decision:
    said = w("draft", name=named(account), day=words.day(one.created_at.date()), title=quoted(one.title))
    button, question = _AGAIN[one.of]
    return Decision("draft", said, w(button), question=question)
