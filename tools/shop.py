"""What every tool on a shop's orders does around its own idea: the shops, the days, what was sold, what was spent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeVar

from sqlalchemy.orm import Session

from domain.errors import CannotAnswer
from domain.evidence import Fact, Table, ToolResult, Unit
from store import order_sums, performance
from store.engine import read
from store.order_sums import Amount, Key, OrderSums
from store.performance import AccountDays, Rows, Totals
from tools.arguments import Period
from tools.base import REASONS, Arguments, ToolContext, refusal
from tools.figures import Books, Cited, Group
from tools.labels import join_words
from tools.spans import Span, gaps, span

A = TypeVar("A", bound=Arguments)
NO_ORDERS = (
    "no shop's orders are loaded; load them with: "
    "budgeteer import orders.csv --platform shopify --account NAME --currency CODE"
)


@dataclass(frozen=True, slots=True)
class Sold:
    """What the shops sold. An amount is None where no order states it, ``partial`` where only some do.

    ``within_refunds`` is the tax and shipping that refunds paid back, taken in proportion from each order.
    """

    orders: int
    gross: Decimal
    refunds: Decimal | None
    tax: Decimal | None
    shipping: Decimal | None
    within_refunds: Decimal
    partial: frozenset[Amount]
    cancelled: int
    cancelled_gross: Decimal
    refused: int
    refused_gross: Decimal
    asked: int
    runs: Mapping[int, tuple[int, int]]

    @classmethod
    def of(cls, rows: Iterable[OrderSums]) -> Sold:
        """Add the rows of one currency up."""
        rows = list(rows)
        runs: dict[int, tuple[int, int]] = {}
        for row in rows:
            first, last = runs.get(row.account_id, row.runs)
            runs[row.account_id] = (min(first, row.runs[0]), max(last, row.runs[1]))
        names: tuple[Amount, ...] = ("refunds", "tax", "shipping")
        sums = {name: [v for r in rows if (v := getattr(r, name)) is not None] for name in names}
        stated = {name: sum(r.stated[name] for r in rows) for name in names}
        orders = sum(r.orders for r in rows)
        return cls(
            orders=orders,
            gross=sum((r.gross for r in rows), Decimal(0)),
            **{name: sum(values, Decimal(0)) if values else None for name, values in sums.items()},
            within_refunds=sum((r.within_refunds for r in rows), Decimal(0)),
            partial=frozenset(name for name in names if 0 < stated[name] < orders),
            cancelled=sum(r.cancelled for r in rows),
            cancelled_gross=sum((r.cancelled_gross for r in rows), Decimal(0)),
            refused=sum(r.refused for r in rows),
            refused_gross=sum((r.refused_gross for r in rows), Decimal(0)),
            asked=sum(r.asked for r in rows),
            runs=runs,
        )

    @property
    def net(self) -> Decimal:
        """Net revenue: gross less refunds, and less the tax and shipping of what was not paid back.

        The one definition of it. An order refunded in full comes to nothing; what no order states is not taken off.
        """
        off = sum((v for v in (self.refunds, self.tax, self.shipping) if v is not None), Decimal(0))
        return self.gross - off + self.within_refunds

    @property
    def net_how(self) -> str:
        """What ``net`` takes off, in words."""
        left = [name for name in ("tax", "shipping") if getattr(self, name) is not None]
        kept = f"{join_words(left)}{' of what was not refunded' if self.within_refunds else ''}" if left else ""
        parts = [*(["refunds"] if self.refunds is not None else []), *([kept] if kept else [])]
        if not parts:
            return "gross; refunds, tax and shipping are not in the data"
        return f"gross less {' and less '.join(parts)}"


@dataclass(frozen=True, slots=True)
class ShopReader:
    """One question's view of the orders, and of the ads accounts beside them."""

    context: ToolContext
    session: Session
    shops: tuple[AccountDays, ...]
    ads: tuple[AccountDays, ...]
    days: Span

    @property
    def currency(self) -> str:
        return self.shops[0].currency

    @property
    def name(self) -> str:
        """The shop, or the shops, as an entity."""
        return " + ".join(shop.name for shop in self.shops)

    def sums(self, by: Sequence[Key] = ()) -> list[OrderSums]:
        ids = {shop.id for shop in self.shops}
        window = self.days.window
        found = order_sums.sums(self.session, self.context.scope, window.start, window.end, by)
        return [row for row in found if row.account_id in ids]

    def sold(self) -> Sold:
        """Raises CannotAnswer where the days hold no order at all."""
        if self.days.reason is not None:
            raise CannotAnswer(f"no orders for these days: {self.days.reason}")
        return Sold.of(self.sums())

    def claims(self, by_day: bool = False) -> list[Totals]:
        """What the ads accounts report over the same days."""
        window = self.days.window
        rows = Rows(window.start, window.end, accounts=[a.id for a in self.ads])
        by: tuple[performance.Key, ...] = ("day",) if by_day else ()
        return performance.totals(self.session, self.context.scope, rows, by) if self.ads else []

    def spend(self) -> tuple[Group, Books]:
        """Ad spend over the same days. Raises CannotAnswer where there is none, or in another currency."""
        rows = self.claims()
        group, books = Group.of(rows), self.books(rows)
        if group.sums.get("spend") is None or not group.runs:
            raise CannotAnswer("no ad spend is loaded for these days; load the platforms' exports, or run a sync")
        if others := {books.accounts[i].currency for i in group.runs} - {self.currency}:
            raise CannotAnswer(
                f"ad spend is in {join_words(sorted(others))} and the shop sells in {self.currency}: there is no rate "
                "between them"
            )
        return group, books

    def books(self, rows: Iterable[Totals] = ()) -> Books:
        runs = {run for row in rows for run in row.runs}
        sources = performance.sources(self.session, self.context.scope, runs) if runs else {}
        return Books({a.id: a for a in self.ads}, sources)

    def fact(
        self, label: str, value: Decimal | int | None, unit: Unit, runs: Mapping[int, tuple[int, int]], how: str, *,
        reason: str | None = None, entity: str | None = None, source: str | None = None,
    ) -> Fact:  # fmt: skip
        """One figure of the shop over these days; ``source`` where it comes from elsewhere too."""
        return Fact(
            id="new",
            label=label,
            value=None if value is None else Decimal(value),
            unit=unit,
            currency=self.currency if unit == "money" else None,
            entity=entity or self.name,
            window=self.days.window,
            source=source or self.source(runs),
            how=how,
            reason=reason if value is None else None,
        )

    def source(self, runs: Mapping[int, tuple[int, int]]) -> str:
        """``shopify, Acme Shop: orders.csv (load 3)``."""
        ids = {run for pair in runs.values() for run in pair}
        names = performance.sources(self.session, self.context.scope, ids) if ids else {}
        return Books({s.id: s for s in self.shops}, names).source(Group(runs=runs))

    def ads_gaps(self) -> tuple[str, ...]:
        """Caveats about days on which an ads account reported nothing."""
        window = self.days.window
        rows = Rows(window.start, window.end, accounts=[a.id for a in self.ads])
        return gaps(self.ads, self.days, performance.days_with_data(self.session, self.context.scope, rows))

    def result(self, text: str, cited: Cited, caveats: Iterable[str] = (), table: Table | None = None) -> ToolResult:
        """The answer with what every answer carries."""
        yesterday = self.context.today - timedelta(days=1)
        fresh: dict[str, date] = {}
        for account in (*self.shops, *self.ads):
            if account.last_day is not None:
                day = min(account.last_day, yesterday)
                fresh[account.platform] = max(fresh.get(account.platform, day), day)
        return ToolResult(
            facts=cited.facts,
            text=text,
            table=table,
            row_count=len(table.rows) if table else len(cited.facts),
            freshness=fresh,
            caveats=tuple(dict.fromkeys((*self.days.caveats, *caveats))),
        )


def answered(
    context: ToolContext, arguments: A, period: Period, answer: Callable[[ShopReader, A], ToolResult]
) -> ToolResult:
    """Run one tool on one snapshot of the store; a reasoned no becomes a refused result."""
    with read(context.engine) as session:
        try:
            shops = tuple(s for s in order_sums.shops(session, context.scope) if s.first_day is not None)
            if not shops:
                raise CannotAnswer(NO_ORDERS)
            if len(currencies := sorted({s.currency for s in shops})) > 1:
                raise CannotAnswer(f"the shops sell in {join_words(currencies)}, which are not added without a rate")
            zones = {s.timezone for s in shops}
            zone = zones.pop() if len(zones) == 1 else context.timezone
            ads = tuple(performance.accounts(session, context.scope))
            days = span(shops, period, context.today, zone)
            return answer(ShopReader(context, session, shops, ads, days), arguments)
        except REASONS as no:
            return ToolResult(refused=refusal(no))
