"""The difference between what is claimed and what was sold: how much of it is measured, and what remains.

Said of orders and of revenue alike, and in either direction. No side is called wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from domain.evidence import Fact, Unit
from store.performance import AccountDays
from tools.claim_reasons import Claimed, Reason, moved_by_zones
from tools.figures import Cited
from tools.labels import join_words, platform_label
from tools.shop import ShopReader, Sold


@dataclass(frozen=True, slots=True)
class Part:
    """Something that the data measure of a difference: at most so much of it."""

    label: str
    value: Decimal
    says: str


def difference(
    reader: ShopReader, ads: Sequence[AccountDays], sold: Sold, claims: Claimed, found: Sequence[Reason], cited: Cited
) -> list[str]:
    """One sentence of the orders, one of the revenue where the platforms state any."""
    teller = _Teller(reader, ads, sold, cited)
    one = len({a.platform for a in ads}) == 1  # several zones of several platforms do not add up to one shift
    orders, revenue = moved_by_zones(found) if one else (Decimal(0), Decimal(0))
    lines = [
        teller.said(
            "Claimed less sold", "Not explained", "count", claims.conversions - sold.orders,
            above=[Part("Cancelled orders", Decimal(sold.cancelled), "are orders cancelled since"),
                   Part("Claims on days without orders", claims.uncovered,
                        "fall on days for which no orders are loaded"),
                   Part("Orders moved by the day's boundary", orders, "come from another day's boundary")],
            below=[Part("Orders without consent", Decimal(sold.refused), "are orders whose buyers refused tracking"),
                   Part("Orders moved by the day's boundary", -orders, "come from another day's boundary")],
        )
    ]  # fmt: skip
    if claims.revenue is None:
        return [*lines, "The platforms state no revenue, so its difference is unknown."]
    beside = sum((v for v in (sold.tax, sold.shipping) if v is not None), Decimal(0))
    return [
        *lines,
        teller.said(
            "Revenue claimed less sold", "Revenue not explained", "money", claims.revenue - sold.gross,
            above=[Part("Gross of cancelled orders", sold.cancelled_gross, "is of orders cancelled since"),
                   Part("Revenue claimed on days without orders", claims.uncovered_revenue,
                        "falls on days for which no orders are loaded"),
                   Part("Gross moved by the day's boundary", revenue, "comes from another day's boundary")],
            below=[Part("Gross without consent", sold.refused_gross, "is of buyers who refused tracking"),
                   Part("Tax and shipping", beside, "is tax and shipping, which a claim may leave out"),
                   Part("Gross moved by the day's boundary", -revenue, "comes from another day's boundary")],
        ),
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Teller:
    reader: ShopReader
    ads: Sequence[AccountDays]
    sold: Sold
    cited: Cited

    def said(
        self, label: str, remainder: str, unit: Unit, gap: Decimal, *, above: Sequence[Part], below: Sequence[Part]
    ) -> str:
        """The difference, at most what of it each measured part is, and at least what remains."""
        how = "revenue claimed - gross revenue" if unit == "money" else "conversions claimed - orders"
        shown = self.cited.cite(replace(self._fact(label, gap, unit, how), form="signed"))
        head = f"{'Revenue: difference' if unit == 'money' else 'Difference'} {shown}"
        if not gap:
            return f"{head}: as much is claimed as was sold, which does not show that the claims are these orders."
        parts = [part for part in (above if gap > 0 else below) if part.value > 0]
        facts = [self._fact(part.label, part.value, unit, f"{part.label.lower()}, measured") for part in parts]
        measured = [f"{self.cited.cite(fact)} {part.says}" for fact, part in zip(facts, parts, strict=True)]
        rest = max(abs(gap) - sum((part.value for part in parts), Decimal(0)), Decimal(0))
        sign = "" if gap > 0 else ", as an amount"
        remains = self.cited.cite(self._fact(remainder, rest, unit, f"{how}{sign}, less what is measured"))
        explained = f"At most {join_words(measured)}; at least" if measured else "All of it,"
        return f"{head}. {explained} {remains} remains unexplained: {self._unmeasured(gap, unit)}"

    def _unmeasured(self, gap: Decimal, unit: Unit) -> str:
        cannot = ["attribution windows", "view-through", *([] if self.sold.asked else ["consent"])]
        text = f"{join_words(cannot)} are what these data cannot measure."
        if unit == "money":
            return text
        if gap > 0:
            several = len({a.platform for a in self.ads}) > 1
            return text + (" One order claimed by two platforms is counted twice in their sum." if several else "")
        who = join_words([platform_label(p) for p in sorted({a.platform for a in self.ads})])
        verb = "claims" if len({a.platform for a in self.ads}) == 1 else "claim"
        return (
            f"{text} {who} {verb} less than was sold; the other orders came otherwise or were not seen. That does not "
            "show that each claim is an order that an ad caused."
        )

    def _fact(self, label: str, value: Decimal, unit: Unit, how: str) -> Fact:
        return self.reader.fact(label, value, unit, self.sold.runs, how)
