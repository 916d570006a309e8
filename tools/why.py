"""What stands beside the decomposition of a "why": the likely cause, and who changed what around those days."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from domain.metrics import Metric
from store.performance import AccountDays
from tools.figures import Cited
from tools.reader import Reader
from tools.spans import Span

if TYPE_CHECKING:
    from tools.causes.case import Case

LONGEST_DAYS = 35  # against the same weekdays of the four weeks before: of a longer period that says little
MOST_ACCOUNTS = 3
MOST_CHANGES = 3


def causes(reader: Reader, metric: Metric, days: Span, change: Decimal | None, cited: Cited) -> str:
    """Lines to append; empty where nothing is known, or where the days are not unusual in that direction."""
    if days.reason or days.left_out or days.window.days > LONGEST_DAYS or not change:
        return ""
    accounts = [a for a in reader.selection.accounts if a.last_day is not None][:MOST_ACCOUNTS]
    return "".join(line for account in accounts for line in _of_account(reader, account, metric, days, change, cited))


def _of_account(
    reader: Reader, account: AccountDays, metric: Metric, days: Span, change: Decimal, cited: Cited
) -> list[str]:
    from tools.causes.case import read_case
    from tools.causes.find import search

    ids = _campaigns(reader, account)
    if ids is None:
        return []
    case = read_case(reader.session, reader.context.scope, reader.context.today, account, metric.slug, ids, days.window)
    if case is None or case.move is None:
        return []
    found = search(case)
    named = found.kind != "unknown" and (case.move.log > 0) == (change > 0)
    lines = [f"\nLikely cause: {found.cited(cited)}"] if named else []
    if not (named and found.kind in ("budget_change", "foreign_change")):
        lines += _changes(case, cited)
    return lines


def _campaigns(reader: Reader, account: AccountDays) -> list[int] | None:
    """Those asked about; empty is the account as a whole, None is none of its."""
    chosen = reader.selection
    if chosen.chosen is None and not chosen.without:
        return []
    own = [c.id for c in reader.campaigns() if c.account_id == account.id]
    asked = [i for i in own if (chosen.chosen is None or i in chosen.chosen) and i not in chosen.without]
    return asked or None


def _changes(case: Case, cited: Cited) -> list[str]:
    from tools.causes.beside import changed
    from tools.causes.words import Told, change_words

    found = changed(case)
    told = Told(case, cited)
    said = [change_words(c, told) for c in found[-MOST_CHANGES:]]
    more = f"; and {len(found) - MOST_CHANGES} earlier" if len(found) > MOST_CHANGES else ""
    return [f"\nChanged around these days: {'; '.join(said)}{more}."] if said else []
