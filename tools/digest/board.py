"""Many accounts on one board, ranked by the money at stake."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from domain.evidence import Fact, Table
from domain.metrics import METRICS
from store.performance import AccountDays
from tools.digest.days import Coverage, named
from tools.digest.figures import Ledger
from tools.digest.words import w
from tools.digest.words.figures import written
from tools.figures import change

ROWS = 20
COLUMNS = 6


@dataclass(frozen=True, slots=True)
class _Row:
    currency: str
    stake: Decimal | None  # how far spend moved; unknown comes first: unreadable is not quiet
    cells: tuple[object, ...]
    shown: tuple[str, ...]


def board(cover: Coverage, ledgers: list[Ledger]) -> Table | None:
    """A row an account, the largest move of spend first, currencies apart; None for a single account.

    Accounts that cannot be read come first, with what is unknown said as unknown.
    """
    rows = [_row(ledger, account) for ledger in ledgers for account in ledger.accounts]
    rows += [_unread(account) for account in (*cover.partly, *cover.silent)]
    if len(rows) < 2:
        return None
    order = {ledger.currency: n for n, ledger in enumerate(ledgers)}
    rows.sort(key=lambda r: (order.get(r.currency, len(order)), r.stake is not None, -(r.stake or 0), str(r.cells[0])))
    kept = rows[:ROWS]
    title = w("board")
    against = w("against the month" if cover.form == "monthly" else "against the week")
    columns = (w("account"), w("spend"), against, w("conversions"), w("cpa"), w("roas"))
    return Table(title, columns, tuple(r.cells for r in kept), len(rows) > ROWS, tuple(r.shown for r in kept))


def _row(ledger: Ledger, account: AccountDays) -> _Row:
    figures = {slug: _of(ledger, account, slug) for slug in ("spend", "conversions", "cpa", "roas")}
    before = ledger.figure(METRICS["spend"], ledger.cover.before, [account])
    moved = change(figures["spend"], before)
    facts = [figures["spend"], moved, figures["conversions"], figures["cpa"], figures["roas"]]
    cells = (named(account), *(None if f.value is None else float(f.value) for f in facts))
    stake = None if moved.value is None else abs(moved.value)
    return _Row(account.currency, stake, cells, (named(account), *(written(f) for f in facts)))


def _of(ledger: Ledger, account: AccountDays, slug: str) -> Fact:
    return ledger.figure(METRICS[slug], ledger.cover.window, [account])


def _unread(account: AccountDays) -> _Row:
    unknown = COLUMNS - 1
    return _Row(
        account.currency, None, (named(account), *[None] * unknown), (named(account), *[w("unknown")] * unknown)
    )
