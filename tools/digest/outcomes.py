"""What came of applied changes that were measured since the last digest, a line each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from domain.evidence import Fact
from domain.promise import Total
from domain.window import Window
from store.performance import AccountDays
from store.promises import PromiseView
from tools.digest import words
from tools.digest.days import named
from tools.digest.words import w
from tools.figures import Cited
from tools.labels import quoted
from tools.promise_words import changed_on, verdict

LISTED = 5
_VERDICTS = {"as predicted": "came as predicted", "more": "came more", "less": "came less"}


def lines(
    found: Sequence[PromiseView], since: datetime, accounts: Mapping[int, AccountDays], cited: Cited
) -> list[str]:
    """Predicted against realised of each, or that there is no figure; the newest change first."""
    news = [p for p in found if p.account_id in accounts and p.measured_at is not None and p.measured_at >= since]
    said = [_line(p, accounts[p.account_id], cited) for p in news[:LISTED]]
    return [*said, *([w("more came of")] if len(news) > LISTED else [])]


def _line(p: PromiseView, account: AccountDays, cited: Cited) -> str:
    whose = {"name": named(account), "day": words.day(changed_on(p)), "title": quoted(p.title)}
    if p.realised is None:
        return w("came of void", **whose) if p.status == "void" else w("came of nothing", **whose)
    mid, low, high = _cite(p, p.realised, "realised effect", cited)
    outcome = str(p.outcome or p.details.get("outcome", "revenue"))
    against = w("came of unpredicted")
    if p.promised is not None and (judged := verdict(p)) is not None:
        ends = dict(zip(("mid", "low", "high"), _cite(p, p.promised, "predicted effect", cited), strict=True))
        against = w("came of predicted", verdict=w(_VERDICTS[judged]), **ends)
    return w("came of", mid=mid, low=low, high=high, what=w(f"{outcome} in a sentence"), against=against, **whose)


def _cite(p: PromiseView, total: Total, label: str, cited: Cited) -> list[str]:
    money = p.outcome == "revenue" and p.currency is not None
    return [
        cited.cite(
            Fact(
                id="f0", label=f"{label}, {end}", value=Decimal(repr(value)), unit="money" if money else "count",
                currency=p.currency if money else None, entity=p.title or p.account,
                window=Window(p.window_start, p.window_end, p.timezone), source="the ledger of promises",
                how=p.method if label.startswith("realised") and p.method else "frozen when the change was applied",
                form="estimate",
            )
        )
        for end, value in (("mean", total.mid), ("low", total.low), ("high", total.high))
    ]  # fmt: skip
