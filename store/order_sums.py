"""A shop's orders, summed in SQL. Read only; every call names its scope.

Cancelled orders are never sold: they are counted apart. A sum is None where no order states it, and ``stated`` says on
how many orders it rests.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import Float, and_, case, cast, func, not_, select
from sqlalchemy.orm import Session

from domain.money import from_micros
from domain.scope import Scope
from store.in_use import account_in_use
from store.performance import AccountDays
from store.tables import Account, Order

Key = Literal["day", "source", "country", "category"]
Amount = Literal["gross", "refunds", "tax", "shipping"]
AMOUNTS: dict[Amount, Any] = {
    "gross": Order.gross_micros,
    "refunds": Order.refunds_micros,
    "tax": Order.tax_micros,
    "shipping": Order.shipping_micros,
}


@dataclass(frozen=True, slots=True)
class OrderSums:
    """Orders of one shop, and of one day, source, country or category where that was asked. Money in the major unit.

    ``key`` is the country or category.
    """

    account_id: int
    day: date | None
    source: str | None
    orders: int
    gross: Decimal
    refunds: Decimal | None
    tax: Decimal | None
    shipping: Decimal | None
    within_refunds: Decimal  # tax and shipping that the refunds paid back, order by order
    stated: dict[Amount, int]
    cancelled: int
    cancelled_gross: Decimal
    refused: int  # orders of people who refused tracking
    refused_gross: Decimal
    asked: int  # orders that say whether tracking was allowed
    runs: tuple[int, int]
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Customers:
    """Customers of one shop who bought in the days asked, told apart by their first order in the store.

    ``new`` and ``returning`` are people, ``new_orders`` and ``new_gross`` what the new ones bought in these days;
    ``unknown`` are orders that name nobody.
    """

    account_id: int
    new: int
    returning: int
    new_orders: int
    new_gross: Decimal
    returning_orders: int
    returning_gross: Decimal
    unknown: int


def shops(session: Session, scope: Scope) -> list[AccountDays]:
    """The shops in scope by name, each with its first and last day with an order."""
    first, last = (
        select(edge(Order.day)).where(Order.account_id == Account.id).correlate(Account).scalar_subquery()
        for edge in (func.min, func.max)
    )
    query = (
        select(Account.id, Account.platform, Account.name, Account.currency, Account.timezone, first, last)
        .where(Account.id.in_(scope.account_ids), Account.kind == "shop", account_in_use())
        .order_by(Account.platform, Account.name)
    )
    return [AccountDays(*row) for row in session.execute(query)]


def sums(session: Session, scope: Scope, start: date, end: date, by: Collection[Key] = ()) -> list[OrderSums]:
    """Sums per shop and per key of ``by`` over the days ``start`` to ``end``, both counted, in one query."""
    keys = [Order.account_id, *([Order.day] if "day" in by else []), *([Order.source] if "source" in by else []),
            *(getattr(Order, name) for name in ("country", "category") if name in by)]  # fmt: skip
    sold = not_(Order.cancelled)
    measures = [
        func.count().filter(sold),
        *(func.sum(column).filter(sold) for column in AMOUNTS.values()),
        *(func.count(column).filter(sold) for column in AMOUNTS.values()),
        func.sum(_within_refunds()).filter(sold),
        func.count().filter(Order.cancelled),
        func.sum(Order.gross_micros).filter(Order.cancelled),
        func.count().filter(and_(sold, Order.consent.is_(False))),
        func.sum(Order.gross_micros).filter(and_(sold, Order.consent.is_(False))),
        func.count().filter(and_(sold, Order.consent.is_not(None))),
        func.min(Order.run_id),
        func.max(Order.run_id),
    ]
    in_days = and_(Order.account_id.in_(scope.account_ids), Order.day.between(start, end))
    query = select(*keys, *measures).where(in_days).group_by(*keys).order_by(*keys)
    return [_sums(list(row), by) for row in session.execute(query)]


def days_with_orders(session: Session, scope: Scope, start: date, end: date) -> dict[int, set[date]]:
    """The days that have at least one order, cancelled or not, per shop."""
    query = select(Order.account_id, Order.day).distinct()
    found: dict[int, set[date]] = {}
    for shop, day in session.execute(
        query.where(Order.account_id.in_(scope.account_ids), Order.day.between(start, end))
    ):
        found.setdefault(shop, set()).add(day)
    return found


def moments(session: Session, scope: Scope, start: date, end: date) -> Iterator[tuple[int, datetime, date, Decimal]]:
    """(shop, moment in UTC, the shop's day, gross) of every sold order a day around ``start`` to ``end``."""
    around = timedelta(days=2)  # zones lie at most 26 hours apart
    query = select(Order.account_id, Order.ordered_at, Order.day, Order.gross_micros).where(
        Order.account_id.in_(scope.account_ids), not_(Order.cancelled), Order.day.between(start - around, end + around)
    )
    for shop, at, day, gross in session.execute(query):
        yield shop, at, day, from_micros(gross)


def customers(session: Session, scope: Scope, start: date, end: date) -> list[Customers]:
    """New and returning customers per shop over the days. A cancelled order is no first order."""
    sold = and_(Order.account_id.in_(scope.account_ids), not_(Order.cancelled))
    named = and_(sold, Order.customer.is_not(None))
    firsts = (
        select(Order.account_id, Order.customer, func.min(Order.day).label("first"))
        .where(named).group_by(Order.account_id, Order.customer).subquery()
    )  # fmt: skip
    is_new = firsts.c.first >= start
    bought = (
        select(
            Order.account_id,
            func.count(Order.customer.distinct()).filter(is_new),
            func.count(Order.customer.distinct()).filter(not_(is_new)),
            func.count().filter(is_new),
            func.sum(Order.gross_micros).filter(is_new),
            func.count().filter(not_(is_new)),
            func.sum(Order.gross_micros).filter(not_(is_new)),
        )
        .join(firsts, and_(firsts.c.account_id == Order.account_id, firsts.c.customer == Order.customer))
        .where(named, Order.day.between(start, end))
        .group_by(Order.account_id)
    )
    unnamed = (
        select(Order.account_id, func.count())
        .where(sold, Order.customer.is_(None), Order.day.between(start, end))
        .group_by(Order.account_id)
    )
    nameless: dict[int, int] = {row[0]: row[1] for row in session.execute(unnamed)}
    found = {row[0]: Customers(row[0], row[1], row[2], row[3], _money(row[4]), row[5], _money(row[6]),
                               nameless.get(row[0], 0)) for row in session.execute(bought)}  # fmt: skip
    for shop, count in nameless.items():
        found.setdefault(shop, Customers(shop, 0, 0, 0, Decimal(0), 0, Decimal(0), count))
    return [found[shop] for shop in sorted(found)]


def _within_refunds() -> Any:
    """The tax and shipping inside an order's refund, in millionths: in proportion, for no source states them.

    All of them where all was paid back, and never more: a refund above the order's total holds no more tax than it.
    """
    paid_back = func.coalesce(Order.refunds_micros, 0)
    share = case((paid_back >= Order.gross_micros, 1.0), else_=paid_back * 1.0 / func.nullif(Order.gross_micros, 0))
    parts = func.coalesce(Order.tax_micros, 0) + func.coalesce(Order.shipping_micros, 0)
    return func.round(cast(parts * share, Float(53)))


def _sums(row: list[Any], by: Collection[Key]) -> OrderSums:
    account_id = row.pop(0)
    day = row.pop(0) if "day" in by else None
    source = row.pop(0) if "source" in by else None
    key = row.pop(0) if "country" in by or "category" in by else None
    orders, gross, refunds, tax, shipping, *rest = row
    stated, (within, cancelled, cancelled_gross, refused, refused_gross, asked, first, last) = rest[:4], rest[4:]
    return OrderSums(
        account_id=account_id,
        day=day,
        source=source,
        orders=orders,
        gross=_money(gross),
        refunds=None if refunds is None else _money(refunds),
        tax=None if tax is None else _money(tax),
        shipping=None if shipping is None else _money(shipping),
        within_refunds=from_micros(round(within or 0)),
        stated=dict(zip(AMOUNTS, stated, strict=True)),
        cancelled=cancelled,
        cancelled_gross=_money(cancelled_gross),
        refused=refused,
        refused_gross=_money(refused_gross),
        asked=asked,
        runs=(first, last),
        key=key,
    )


def _money(micros: Any) -> Decimal:
    return from_micros(int(micros or 0))
