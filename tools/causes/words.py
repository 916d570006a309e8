"""Facts of a search for a cause, and the sentence that cites them."""

from __future__ import annotations

from decimal import Decimal

from domain.evidence import Fact, Form, Unit
from domain.metrics import METRICS
from domain.money import Money
from tools.causes.beside import Changed, Counter
from tools.causes.case import Case
from tools.causes.model import Cause, Kind
from tools.causes.usual import Move
from tools.figures import Cited
from tools.labels import in_sentence, quoted

USUAL = "median of the same weekdays of the four weeks before"


class Told(Cited):
    """The facts of one sentence as it is written."""

    def __init__(self, case: Case, beside: Cited | None = None) -> None:
        """With ``beside`` the facts are numbered among its own."""
        super().__init__()
        self._case = case
        if beside is not None:
            self._facts = beside._facts

    def moved(self, move: Move) -> str:
        """``CPC €0.93, usually €0.45 (+106.7 %)``."""
        return f"{in_sentence(METRICS[move.metric].label)} {self.sides(move)} ({self.change(move)})"

    def sides(self, move: Move) -> str:
        """``€0.93, usually €0.45``."""
        return f"{self._level(move, move.now, '')}, usually {self._level(move, move.before, ', usual')}"

    def change(self, move: Move) -> str:
        value = Decimal(str(move.now / move.before - 1)) if move.before else None
        return self.figure(f"{METRICS[move.metric].label} against the usual", value, "percent", "signed", USUAL)

    def amount(self, label: str, money: Money) -> str:
        return self.figure(label, money.amount, "money", "plain", "as the platform's history says", money.currency)

    def count(self, label: str, value: float, how: str) -> str:
        return self.figure(label, Decimal(str(round(value, 2))), "count", "plain", how)

    def counted(self, label: str, value: float, source: str, whose: str, how: str) -> str:
        """A count of somebody else than the ads platform."""
        made = Decimal(str(round(value)))
        return self.figure(label, made, "count", "plain", how, source=source, entity=whose)

    def beside(self, counter: Counter) -> str:
        """``orders of Shop (195, usually 200)``: what somebody else than the ads platform counts."""
        name = quoted(counter.name)
        now = self.counted(name[:1].upper() + name[1:], counter.now, counter.source, name, "sum over the days")
        before = self.counted(f"{name[:1].upper()}{name[1:]}, usual", counter.before, counter.source, name, USUAL)
        return f"{name} ({now}, usually {before})"

    def figure(
        self, label: str, value: Decimal | None, unit: Unit, form: Form, how: str, currency: str | None = None, *,
        source: str | None = None, entity: str | None = None,
    ) -> str:  # fmt: skip
        case = self._case
        reason = None if value is not None else "undefined: the usual level is 0"
        return self.cite(
            Fact("new", label, value, unit, currency, entity or case.who, case.window,
                 source or f"{case.account.platform}, {case.account.name}", how, reason, form=form)
        )  # fmt: skip

    def _level(self, move: Move, value: float, suffix: str) -> str:
        metric = METRICS[move.metric]
        per_day = metric.denominator is None and self._case.window.days > 1
        how = USUAL if suffix else metric.formula
        currency = self._case.account.currency if metric.unit == "money" else None
        label = f"{metric.label}{' per day' if per_day else ''}{suffix}"
        cited = self.figure(label, Decimal(str(round(value, 6))), metric.unit, "plain", how, currency)
        return f"{cited} a day" if per_day and not suffix else cited


def change_words(change: Changed, told: Told) -> str:
    """``the daily budget of Brand from €800 to €400 on 2024-06-17 by kim@example.com, not through here``."""
    what = f"{quoted(change.field.replace('_', ' '))} of {quoted(change.what)}"
    if change.before is not None and change.after is not None:
        what += f" from {told.amount('Before', change.before)} to {told.amount('After', change.after)}"
    elif change.new is not None:
        what += f" to {quoted(change.new)}"
    return f"{what} on {change.day}{by_whom(change)}"


def by_whom(change: Changed) -> str:
    """By whom, with which client, and whether through here."""
    who = f" by {quoted(change.by)}" if change.by else ""
    client = f" ({change.client.replace('_', ' ').title()})" if change.client and not change.ours else ""
    return f"{who} through here" if change.ours else f"{who}{client}, not through here"


def cause(case: Case, kind: Kind, told: Told, text: str) -> Cause:
    """The answer, with what was looked at on the way to it."""
    return Cause(kind, text, told.facts, tuple(case.evidence))
