"""Responses to spend as sentences whose every figure is a fact, and as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from domain.evidence import Fact, Table, Unit
from domain.formatting import format_money
from store.performance import Totals
from store.tables import Account
from tools.figures import Books, Cited, Group
from tools.labels import join_words, quoted
from tools.levers import Lever, Levers

if TYPE_CHECKING:
    from analytics.response import Response

HOW = "concave response beside weekday, trend and special days, 400 block-bootstrap draws; see docs/methods/response.md"
About = Literal["marginal", "saturation", "room"]
_THAN = {"saturated": "less", "not saturated": "more"}
NOTES = {"saturated": "saturated", "not saturated": "not saturated", "open": "may be saturated", "": ""}


@dataclass(frozen=True, slots=True)
class Known:
    """A campaign and its response. ``pays`` is the return at which the next unit just pays, where that is known."""

    lever: Lever
    levers: Levers
    account: Account
    response: Response
    pays: float | None

    @property
    def now(self) -> float:
        """Mean spend a day of the last weeks."""
        return float(self.lever.now)

    def next_unit(self, spend: float | None = None) -> tuple[float, float, float]:
        """Low, mean and high (90 %) of what the next unit brings, at the recent spend or another."""
        import numpy as np

        slope = self.response.slope(self.now if spend is None else spend)
        low, high = np.quantile(slope, [0.05, 0.95])
        return float(low), float(slope.mean()), float(high)

    def verdict(self) -> str:
        """``saturated``, ``not saturated`` or ``open``; "" where nothing is known to hold it against."""
        if self.pays is None:
            return ""
        low, _, high = self.next_unit()
        return "saturated" if high < self.pays else "not saturated" if low > self.pays else "open"


@dataclass(frozen=True, slots=True)
class Unknown:
    """A campaign whose days say nothing of its response, and why."""

    lever: Lever
    account: Account
    why: str


@dataclass(frozen=True, slots=True)
class Teller:
    """How responses become sentences."""

    books: Books
    rows: Sequence[Totals]
    cited: Cited

    def tell(self, k: Known, about: About) -> str:
        """One campaign."""
        match about:
            case "marginal":
                return self._marginal(k)
            case "saturation":
                return f"{self._saturation(k)} {self._marginal(k)}"
            case "room":
                return f"{self._marginal(k)} {self._room(k)}"

    def together(self, known: Sequence[Known], share: float, entity: str) -> str:
        """The next unit spread over several campaigns as their spend is now; ``share`` of the spend they make up."""
        import numpy as np

        total = sum(k.now for k in known)
        slope = np.sum([k.response.slope(k.now) * (k.now / total) for k in known], axis=0)
        low, high = np.quantile(slope, [0.05, 0.95])
        first = known[0]
        what = "Marginal ROAS, spread as now" if first.levers.outcome == "revenue" else "Conversions of the next unit"
        brings, least, most = (
            self._cite(first, f"{what}{end}", float(v), "ratio", None, entity)
            for end, v in (("", slope.mean()), (", low", low), (", high", high))
        )
        part = self._cite(first, "Share of spend that can be judged", share, "percent", None, entity)
        return (
            f"The next {first.account.currency}, spread over {join_words([quoted(k.lever.name) for k in known])} as "
            f"their spend is now ({part} of the spend asked about), brings {brings} (90 % range {least} to {most})."
        )

    def _marginal(self, k: Known) -> str:
        revenue = k.levers.outcome == "revenue"
        what = "Marginal ROAS" if revenue else "Conversions of the next unit of spend"
        low, mid, high = k.next_unit()
        middle, least, most = (
            self._ratio(k, what, mid),
            self._ratio(k, f"{what}, low", low),
            self._ratio(k, f"{what}, high", high),
        )
        spends = self._money(k, "Spend a day lately", k.now)
        return (
            f"{quoted(k.lever.name)}: at {spends} a day, the next {k.account.currency} brings {middle} "
            f"{'in revenue' if revenue else 'conversions'} (90 % range {least} to {most}). {self._tried(k)}"
        )

    def _tried(self, k: Known) -> str:
        low = self._money(k, "Spend a day that was tried, from", k.response.spend_low)
        high = self._money(k, "Spend a day that was tried, to", k.response.spend_high)
        inside = k.response.spend_low <= k.now <= k.response.spend_high
        return (
            f"Tried: {low} to {high} a day{'.' if inside else '; its spend now lies outside that, so this is a guess.'}"
        )

    def _saturation(self, k: Known) -> str:
        name = quoted(k.lever.name)
        if k.pays is None:
            return f"Whether {name} is saturated depends on what a conversion is worth, which the figures do not say."
        pays = self._ratio(k, "Return at which the next unit just pays", k.pays)
        takes = f"the {pays} that it takes to pay"
        if (verdict := k.verdict()) == "open":
            return f"Whether {name} is saturated cannot be told: {takes} lies inside the range."
        return f"{name} is {verdict}: the next {k.account.currency} brings {_THAN[verdict]} than {takes}."

    def _room(self, k: Known) -> str:
        name, top = quoted(k.lever.name), k.response.spend_high
        if top <= k.now:
            return f"No more than it spends now was tried of {name}, so what more would bring is not known."
        more = self._money(k, "More a day, inside what was tried", top - k.now)
        low, mid, high = k.next_unit(top)
        there = "Return of the next unit at the most that was tried"
        brings, least, most = (
            self._ratio(k, there, mid), self._ratio(k, f"{there}, low", low), self._ratio(k, f"{there}, high", high)
        )  # fmt: skip
        return (
            f"It could spend up to {more} more inside what was tried; there the next {k.account.currency} brings "
            f"{brings} ({least} to {most}). {self._worth(k, low, high)}Beyond that nothing is known."
        )

    def _worth(self, k: Known, low: float, high: float) -> str:
        if k.pays is None:
            return ""
        pays = self._ratio(k, "Return at which the next unit just pays", k.pays)
        if k.verdict() == "saturated":
            return f"It does not pay even now: {pays} is what it takes. "
        if low > k.pays:
            return f"All of it pays: {pays} is what it takes. "
        sure = "The last of it does not pay" if high < k.pays else "Whether the last of it pays cannot be told"
        return f"{sure}: {pays} is what it takes. "

    def _money(self, k: Known, label: str, value: float) -> str:
        return self._cite(k, label, value, "money", k.account.currency)

    def _ratio(self, k: Known, label: str, value: float) -> str:
        return self._cite(k, label, value, "ratio", None)

    def _cite(
        self, k: Known, label: str, value: float, unit: Unit, currency: str | None, entity: str | None = None
    ) -> str:
        own = [r for r in self.rows if entity is None and r.account_id == k.account.id]
        source = self.books.source(Group.of(own or self.rows))
        rounded = Decimal(str(round(value, 6)))
        return self.cited.cite(
            Fact("new", label, rounded, unit, currency, entity or k.lever.name, k.levers.history, source, HOW)
        )


def table_of(known: Sequence[Known], unknown: Sequence[Unknown]) -> Table:
    """A row a campaign, the best return first and what is not known last."""
    columns = ("Campaign", "Spend a day", "Next unit brings", "Low", "High", "Tried from", "Tried to", "Note")
    rows: list[tuple[str | float | None, ...]] = []
    shown: list[tuple[str, ...]] = []
    for k in known:
        low, mid, high = k.next_unit()
        tried = (k.response.spend_low, k.response.spend_high)
        note = NOTES[k.verdict()]
        rows.append((k.lever.name, k.now, mid, low, high, *tried, note))
        said = (*(f"{v:.3g}" for v in (mid, low, high)), *(_shown(t, k.account) for t in tried))
        shown.append((quoted(k.lever.name), _shown(k.now, k.account), *said, note))
    for u in unknown:
        now = float(u.lever.now)
        rows.append((u.lever.name, now, None, None, None, None, None, "not known"))
        shown.append((quoted(u.lever.name), _shown(now, u.account), "unknown", "", "", "", "", "not known"))
    return Table("What the next unit of spend brings", columns, tuple(rows), shown=tuple(shown))


def _shown(value: float, account: Account) -> str:
    return format_money(Decimal(str(round(value, 2))), account.currency)
