"""Loading a shop's orders: one transaction, and a revision for every order that changes.

As with daily figures, NULL never replaces a value and a file deletes nothing: a source that does not state refunds
says nothing about them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from domain.errors import BadInput
from store.ingest import BIGINT_MAX, LoadCounts
from store.tables import Account, ImportRun, Order, OrderRevision

KIND = "orders"
CHUNK = 500
FIELDS = (
    "ordered_at", "day", "customer", "gross_micros", "refunds_micros", "tax_micros", "shipping_micros", "category",
    "country", "source", "consent", "cancelled",
)  # fmt: skip


class OrderLike(Protocol):
    """What ``load`` reads of an order; ``connectors.files.orders.OrderRow`` has it."""

    @property
    def order_id(self) -> str: ...
    @property
    def ordered_at(self) -> datetime: ...
    @property
    def day(self) -> date: ...
    @property
    def customer(self) -> str | None: ...
    @property
    def gross_micros(self) -> int: ...
    @property
    def refunds_micros(self) -> int | None: ...
    @property
    def tax_micros(self) -> int | None: ...
    @property
    def shipping_micros(self) -> int | None: ...
    @property
    def category(self) -> str | None: ...
    @property
    def country(self) -> str | None: ...
    @property
    def source(self) -> str | None: ...
    @property
    def consent(self) -> bool | None: ...
    @property
    def cancelled(self) -> bool: ...


def load(
    session: Session,
    account: Account,
    rows: Iterable[OrderLike],
    *,
    source: str,
    content_sha256: str | None,
    now: datetime,
    summary: Mapping[str, Any] | None = None,
) -> LoadCounts:
    """Insert or update the orders and keep what they replace. Runs in the caller's transaction.

    Raises:
        BadInput: the account is no shop, two rows of one order, or an amount that is negative or too large.
    """
    if account.kind != "shop":
        raise BadInput(f"account {account.name!r} holds {account.kind} figures, not a shop's orders; use another name")
    session.execute(select(Account.id).where(Account.id == account.id).with_for_update())
    wanted = _by_id(rows)
    run = ImportRun(
        account_id=account.id,
        source=source,
        content_sha256=content_sha256,
        at=now,
        complete=True,
        summary={},
        kind=KIND,
    )
    session.add(run)
    session.flush()
    new, changed = 0, 0
    ids = sorted(wanted)
    for start in range(0, len(ids), CHUNK):
        part = {order_id: wanted[order_id] for order_id in ids[start : start + CHUNK]}
        stored = _stored(session, account.id, list(part))
        fresh = [_values(row, account.id, run.id) for order_id, row in part.items() if order_id not in stored]
        if fresh:
            session.execute(insert(Order), fresh)
        new += len(fresh)
        changed += _change(session, account.id, run.id, part, stored)
    counts = LoadCounts(run.id, loaded=new, updated=changed, unchanged=len(wanted) - new - changed)
    run.summary = {**(summary or {}), **asdict(counts)}
    session.flush()
    return counts


def _by_id(rows: Iterable[OrderLike]) -> dict[str, OrderLike]:
    wanted: dict[str, OrderLike] = {}
    for row in rows:
        if wanted.setdefault(row.order_id, row) is not row:
            raise BadInput(f"two rows of order {row.order_id!r}; nothing was loaded")
        for name in ("gross_micros", "refunds_micros", "tax_micros", "shipping_micros"):
            value = getattr(row, name)
            if value is not None and not 0 <= value <= BIGINT_MAX:
                raise BadInput(f"order {row.order_id!r}: {name} {value} is negative or too large; nothing was loaded")
    return wanted


def _stored(session: Session, account_id: int, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    columns = [Order.order_id, Order.run_id, *(getattr(Order, name) for name in FIELDS)]
    query = select(*columns).where(Order.account_id == account_id, Order.order_id.in_(ids))
    return {row.order_id: dict(row._mapping) for row in session.execute(query)}


def _values(row: OrderLike, account_id: int, run_id: int) -> dict[str, Any]:
    fields = {name: getattr(row, name) for name in FIELDS}
    return {"account_id": account_id, "order_id": row.order_id, "run_id": run_id, **fields}


def _change(
    session: Session, account_id: int, run_id: int, part: Mapping[str, OrderLike], stored: Mapping[str, dict[str, Any]]
) -> int:
    """Update the stored orders that differ, with a revision each; how many."""
    revisions, updates = [], []
    for order_id, old in stored.items():
        stated = {name: value for name in FIELDS if (value := getattr(part[order_id], name)) is not None}
        if all(old[name] == value for name, value in stated.items()):
            continue
        revisions.append(
            {"account_id": account_id, "order_id": order_id, "old": _to_json({n: old[n] for n in FIELDS}),
             "written_by_run": old["run_id"], "replaced_by_run": run_id}
        )  # fmt: skip
        kept = {name: old[name] for name in FIELDS} | stated
        updates.append({"account_id": account_id, "order_id": order_id, "run_id": run_id, **kept})
    if updates:
        session.execute(insert(OrderRevision), revisions)
        session.execute(update(Order), updates)
    return len(updates)


def _to_json(old: dict[str, Any]) -> dict[str, Any]:
    return {**old, "ordered_at": old["ordered_at"].isoformat(), "day": old["day"].isoformat()}


def from_json(old: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of an order as its revision keeps them."""
    return {
        **old,
        "ordered_at": datetime.fromisoformat(old["ordered_at"]),
        "day": date.fromisoformat(old["day"]),
    }
