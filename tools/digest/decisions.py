"""None to three things a person should decide today, the dearest first. "Nothing needs you today" is a good digest."""

from __future__ import annotations

from collections.abc import Sequence

from domain.metrics import METRICS
from store.performance import AccountDays
from store.waiting import Drafted, Waiting
from tools.digest.days import Coverage, named
from tools.digest.figures import Ledger
from tools.digest.model import MOST_DECISIONS, Decision
from tools.digest.news import is_dormant, said_of
from tools.digest.plan import over_budget
from tools.figures import Cited
from tools.labels import quoted
from tools.standings import Standing


def decisions(
    cover: Coverage,
    ledgers: Sequence[Ledger],
    open_approvals: Sequence[Waiting],
    drafts: Sequence[Drafted],
    accounts: dict[int, AccountDays],
    over: Sequence[Standing],
    cited: Cited,
    timezone: str,
) -> list[Decision]:
    """The first three of: money that waits for a click, pools that land over, what went silent or stopped, drafts."""
    found = [_approval(one, accounts[one.account_id], cited, timezone) for one in open_approvals[:MOST_DECISIONS]]
    found += [over_budget(pool, cited) for pool in over[: MOST_DECISIONS - len(found)]]
    found += [_silent(a) for a in cover.silent if not is_dormant(a, cover.window.end)]
    if len(found) < MOST_DECISIONS:
        found += [d for ledger in ledgers for d in _stopped(ledger, cited, MOST_DECISIONS - len(found))]
    found += [_draft(one, accounts[one.account_id]) for one in drafts]
    return found[:MOST_DECISIONS]


def _approval(one: Waiting, account: AccountDays, cited: Cited, timezone: str) -> Decision:
    kind = "approval" if one.status == "pending" else "quarantined"
    return Decision(kind, said_of(one, account, cited, timezone), "Open the card", approval_id=one.approval_id)  # type: ignore[arg-type]


def _silent(account: AccountDays) -> Decision:
    said = (
        f"{named(account)} went silent: no data after {account.last_day}. Load a newer export or check "
        "its connection; until then nothing is known of it"
    )
    return Decision("silent", said, "How fresh is it?", question="how fresh are the data")


def _stopped(ledger: Ledger, cited: Cited, most: int) -> list[Decision]:
    """Accounts that have rows and spent nothing, where they spent on the same weekdays before."""
    found: list[Decision] = []
    for account in ledger.accounts:
        now = ledger.figure(METRICS["spend"], ledger.cover.window, [account])
        before = ledger.figure(METRICS["spend"], ledger.cover.before, [account])
        if len(found) == most or now.value is None or not before.value or now.value > 0:
            continue
        said = f"{named(account)} spent {cited.cite(now)}, a week before {cited.cite(before)}: stopped on purpose?"
        found.append(Decision("stopped", said, "By campaign", question="spend by campaign last 14 days"))
    return found


def _draft(one: Drafted, account: AccountDays) -> Decision:
    said = f"{named(account)}: a draft of {one.created_at:%Y-%m-%d} was never proposed: {quoted(one.title)}"
    return Decision("draft", said, "Propose a budget", question="recommend a budget")
