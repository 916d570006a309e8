"""A standing in words: whole sentences where it is the answer, one line where it is one of several."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Literal

from domain.evidence import Fact, Form, Unit
from domain.window import Window
from tools.figures import Books, Cited, Group
from tools.labels import join_words, quoted
from tools.months import month_words
from tools.reader import Reader
from tools.standings import Standing

About = Literal["track", "landing", "left", "targets"]
LANDING = "spend to date + the days left, each as the mean of its weekday over the last four weeks"
RANGE = "the same estimate's errors in the past, Student's t, 90 %"


class Teller:
    """Words a standing, fact by fact."""

    def __init__(self, reader: Reader, about: About, cited: Cited | None = None) -> None:
        self.reader, self.about, self.cited = reader, about, Cited() if cited is None else cited
        self._given: set[tuple[str, str]] = set()  # reasons that were given already

    def tell(self, s: Standing) -> str:
        """Whole sentences, what was asked about first; the facts they cite are added to ``cited``."""
        order: dict[About, tuple[Callable[[Standing], str], ...]] = {
            "track": (self._track, self._landing, self._left, self._targets),
            "landing": (self._landing, self._track, self._left, self._targets),
            "left": (self._left, self._track, self._landing),
            "targets": (self._aims,),
        }
        over = s.days_left == 0
        chosen = (self._final, self._targets) if over and self.about != "targets" else order[self.about]
        said = [text for part in chosen if (text := part(s))]
        first, *rest = said
        head = f"{name_of(s)}: {first}" if s.key != "all" else first[:1].upper() + first[1:]
        return " ".join(f"{text}." for text in (head, *(t[:1].upper() + t[1:] if t[:1] != "{" else t for t in rest)))

    def brief(self, s: Standing) -> str:
        """One line: off the plan by how much, where it lands, actual against target. The table has the rest."""
        if s.days_left == 0 or self.about == "targets" or s.spent is None:
            return self.tell(s)
        order = (self._left, self._gap, self._lands_of) if self.about == "left" else (self._gap, self._lands_of)
        said = [text for part in order if (text := part(s))]
        aims = self._targets(s, brief=True)
        return f"{name_of(s)}: {', '.join(said)}{f'; {aims}' if aims else ''}."

    def _gap(self, s: Standing) -> str:
        if s.spent is None or s.planned is None or not s.days_over:
            return ""
        gap = s.spent - s.planned
        off = self._cite(s, "Spend against planned to date", gap, "money", "spend - planned to date", form="signed")
        return "on plan" if gap == 0 else f"{'ahead of' if gap > 0 else 'behind'} plan ({off})"

    def _lands_of(self, s: Standing) -> str:
        mid, low, high = s.lands(), s.lands("low"), s.lands("high")
        if mid is None:
            return f"where it lands is {self._lands(s, 'Expected landing', mid, LANDING)}{self._because(s.why_not)}"
        of = "" if s.budget is None else f" of {self._cite(s, 'Budget', s.budget, 'money', _how(s), of_plan=True)}"
        between = ""
        if low is not None and high is not None:
            between = f" ({self._lands(s, 'Landing, low', low)} to {self._lands(s, 'Landing, high', high)})"
        return f"lands at {self._lands(s, 'Expected landing', mid, LANDING)}{of}{between}"

    def _track(self, s: Standing) -> str:
        when = f"{s.month.start} to {s.through}" if s.through else month_words(s.month.start)
        spent = self._cite(s, "Spend to date", s.spent, "money", "sum(spend) of complete days", reason=s.reason)
        if s.budget is None:
            return f"{spent} spent, {when}; the plan names no budget"
        budget = self._cite(s, "Budget", s.budget, "money", _how(s), of_plan=True)
        if s.spent is None:
            return f"spend is {spent}{self._because(s.reason)}; the budget is {budget}"
        share = (
            self._cite(s, "Share of the budget spent", s.spent / s.budget, "percent", "spend / budget")
            if s.budget
            else ""
        )
        text = f"{spent} of {budget} spent{f' ({share})' if share else ''}, {when}"
        if s.planned is None or not s.days_over:
            return text
        gap = s.spent - s.planned
        planned = self._cite(
            s, "Planned to date", s.planned, "money",
            f"budget * {s.days_over} days / {s.month.days} days, evenly", of_plan=True,
        )  # fmt: skip
        if gap == 0:
            return f"on plan: {text}, as planned to date ({planned})"
        off = self._cite(s, "Spend against planned to date", gap, "money", "spend - planned to date", form="signed")
        word = "ahead of plan" if gap > 0 else "behind plan"
        return f"{word}: {text}, {off} against the {planned} planned to date"

    def _landing(self, s: Standing) -> str:
        mid = s.lands()
        lands = self._lands(s, "Expected landing", mid, LANDING)
        if mid is None:
            return f"where it lands is {lands}{self._because(s.why_not)}"
        low, high = s.lands("low"), s.lands("high")
        if low is None or high is None:
            between = self._because(s.no_range, "no range: ")
        else:
            between = (
                f", likely {self._lands(s, 'Landing, low', low)} to {self._lands(s, 'Landing, high', high)} (90 %)"
            )
        text = f"it lands at {lands} by {s.month.end}{between}"
        if s.budget is None:
            return text
        gap = mid - s.budget
        off = self._cite(
            s, "Landing against the budget", gap, "money", "expected landing - budget", form="estimate", whole=True
        )
        if self.about != "landing":
            return f"{text}: {off} against the budget"
        return (
            f"{text}: {off} against the budget of {self._cite(s, 'Budget', s.budget, 'money', _how(s), of_plan=True)}"
        )

    def _lands(self, s: Standing, label: str, value: Decimal | None, how: str = RANGE) -> str:
        return self._cite(s, label, value, "money", how, form="level", reason=s.why_not, whole=True)

    def _because(self, reason: str | None, before: str = "") -> str:
        """`` (reason)``, once in an answer: what holds for every pool is not said of each."""
        if reason is None or (before, reason) in self._given:
            return ""
        self._given.add((before, reason))
        return f" ({before}{reason})"

    def _left(self, s: Standing) -> str:
        if s.budget is None or s.left is None:
            return f"what is left is unknown: {s.reason or 'the plan names no budget'}" if self.about == "left" else ""
        left = self._cite(s, "Left of the budget", s.left, "money", "budget - spend to date")
        if s.left_per_day is None:
            return f"{left} left"
        if s.left < 0:
            return f"{left} left: the budget is spent"
        per_day = self._cite(s, "Left per day", s.left_per_day, "money", f"left / {s.days_left} days left")
        days = self._cite(s, "Days left", Decimal(s.days_left), "days", "days of the month without complete figures")
        return f"{left} left, {per_day} a day over {days}"

    def _final(self, s: Standing) -> str:
        spent = self._cite(s, "Spend", s.spent, "money", "sum(spend)", reason=s.reason)
        if s.budget is None or s.spent is None:
            return f"{spent} spent in {month_words(s.month.start)}; " + (s.reason or "the plan names no budget")
        budget = self._cite(s, "Budget", s.budget, "money", _how(s), of_plan=True)
        gap = s.spent - s.budget
        text = f"{spent} spent in {month_words(s.month.start)} of a budget of {budget}"
        if gap == 0 or not s.budget:
            return text
        off = self._cite(s, "Spend against the budget", gap, "money", "spend - budget", form="signed")
        how, label = "(spend - budget) / budget", "Spend against the budget, relative"
        return f"{text}: {off} ({self._cite(s, label, gap / s.budget, 'percent', how, form='signed')})"

    def _targets(self, s: Standing, *, brief: bool = False) -> str:
        """Actual against target; "" where the plan has no target."""
        if s.targets_differ:
            return "" if s.key == "total" else "its lines have targets of their own: see budgeteer plan show"
        said = []
        aims: tuple[tuple[str, Unit, Decimal | None, Decimal | None, int], ...] = (
            ("ROAS", "ratio", s.roas, s.target_roas, 1), ("CPA", "money", s.cpa, s.target_cpa, -1),
        )  # fmt: skip
        for name, unit, actual, target, better in aims:
            if target is None:
                continue
            basis = "as each platform attributes conversions, by its own rules"
            formula = "sum(revenue) / sum(spend)" if name == "ROAS" else "sum(spend) / sum(conversions)"
            no = s.reason or f"not known {'before spend' if name == 'ROAS' else 'before conversions'}"
            now = self._cite(s, name, actual, unit, formula, reason=no, basis=basis)
            aim = self._cite(s, f"Target {name}", target, unit, "from the plan", of_plan=True)
            met = "" if actual is None else " (met)" if (actual - target) * better >= 0 else " (missed)"
            floor = ""
            if s.floor is not None:
                worst = self._cite(s, f"Floor of {name}", s.floor, unit, "from the plan", of_plan=True)
                below = actual is not None and (actual - s.floor) * better < 0
                floor = f", {'beyond' if below else 'within'} the floor of {worst}"
            against = ", target" if brief else " against a target of"
            said.append(f"{name} {now}{against} {aim}{met}{floor}")
        return join_words(said)

    def _aims(self, s: Standing) -> str:
        budget = ""
        if s.budget is not None:
            amount = self._cite(s, "Budget", s.budget, "money", _how(s), of_plan=True)
            budget = f"budget {amount} for {month_words(s.month.start)}"
        none = "" if s.key == "total" else "the plan names no target ROAS or CPA"
        targets = self._targets(s) or none
        return "; ".join(part for part in (budget, targets) if part)

    def _cite(
        self, s: Standing, label: str, value: Decimal | None, unit: Unit, how: str, *, form: Form = "plain",
        reason: str | None = None, of_plan: bool = False, whole: bool = False, basis: str | None = None,
    ) -> str:  # fmt: skip
        """A fact of the pool over the days so far, or over the whole month where it is of the plan or a landing."""
        window = (
            s.month if of_plan or whole or s.through is None else Window(s.month.start, s.through, s.month.timezone)
        )
        return self.cited.cite(
            Fact(
                id="new",
                label=label,
                value=value,
                unit=unit,
                currency=s.currency if unit == "money" else None,
                entity=s.pool,
                window=window,
                source="the plan" if of_plan else self._source(s),
                how=how,
                reason=None if value is not None else reason or "unknown",
                form=form,
                basis=basis,
            )
        )

    def _source(self, s: Standing) -> str:
        from store import performance

        runs = {run for pair in s.runs.values() for run in pair}
        names = performance.sources(self.reader.session, self.reader.context.scope, runs) if runs else {}
        books = Books({a.id: a for a in performance.accounts(self.reader.session, self.reader.context.scope)}, names)
        return books.source(Group(runs=s.runs))


def _how(s: Standing) -> str:
    return "from the plan" if s.key != "all" else "as the question says"


def name_of(s: Standing) -> str:
    """The pool, as imported; the sum of several by what it is."""
    return "All pools together" if s.key == "total" else quoted(s.pool)
