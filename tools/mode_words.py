"""How a plan says what it was asked for: its first words, and what becomes of a target."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from store.tables import Account
from tools.budget import Mode, Split
from tools.budget.movable import LATELY_DAYS

if TYPE_CHECKING:
    from tools.proposal import FactBook

_LEADS: dict[Mode, str] = {
    "flexible": "To spend as long as the next unit pays for itself, change",
    "least_loss": "To cut the total with the least loss, change",
    "same_for_less": "To bring the same for less, change",
}


def lead(book: FactBook, split: Split, account: Account) -> str:
    """The words before the changes."""
    request = split.request
    if request.target is not None:
        cpa = request.mode == "target_cpa"
        target = book.add(
            f"target {'CPA' if cpa else 'ROAS'}", request.target, "money" if cpa else "ratio",
            entity=account.name, currency=account.currency, how="as it was asked for",
        )  # fmt: skip
        where = "for the last unit spent" if request.on_margin else "over the account"
        return f"To meet a {'CPA' if cpa else 'ROAS'} of {target} {where}, change"
    if request.mode == "fixed":
        return "Change" if split.total == split.total_now else "To meet the total, change"
    return _LEADS[request.mode]


def tell_target(book: FactBook, split: Split, account: Account) -> None:
    """CPA or ROAS of the whole account with the plan and today, where a target was asked for."""
    if split.request.target is None:
        return
    cpa = split.request.mode == "target_cpa"
    today = {m.lever.entity: m.lever.now for m in split.movable}
    now, then = (split.ratio(amounts) for amounts in (today, split.amounts))
    low, high = np.quantile(then, [0.05, 0.95])
    ends = (high, low) if cpa else (low, high)
    figures = [float(1 / f if cpa else f) for f in (then.mean(), now.mean(), *ends)]
    what = "CPA" if cpa else "ROAS"
    book.add(
        f"{what} of the account with the plan",
        Decimal(repr(figures[0])),
        "money" if cpa else "ratio",
        entity=account.name,
        currency=account.currency,
        how=f"the last {LATELY_DAYS} mature days, with what the fitted responses say of other budgets",
        says=f"{what} over the account would be {{}}, 90 % interval {figures[2]:,.2f} to {figures[3]:,.2f}; "
        f"today it is {figures[1]:,.2f}",
    )
