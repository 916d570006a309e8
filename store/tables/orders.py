"""Orders of a shop: what was really bought, and by whom."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from store.tables.base import Base


class Order(Base):
    """One order as last read. NULL is "the source does not say", never 0.

    ``day`` is the local day in the shop account's zone. ``customer`` is a hash: no address is kept. ``gross_micros`` is
    what the customer paid, tax and shipping included where the source has them.
    """

    __tablename__ = "orders"
    __table_args__ = (Index("ix_orders_account_day", "account_id", "day"),)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    order_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    ordered_at: Mapped[datetime]
    day: Mapped[date]
    customer: Mapped[str | None] = mapped_column(String(64), index=True)
    gross_micros: Mapped[int] = mapped_column(BigInteger)
    refunds_micros: Mapped[int | None] = mapped_column(BigInteger)
    tax_micros: Mapped[int | None] = mapped_column(BigInteger)
    shipping_micros: Mapped[int | None] = mapped_column(BigInteger)
    category: Mapped[str | None] = mapped_column(String(200))
    country: Mapped[str | None] = mapped_column(String(2))
    source: Mapped[str | None] = mapped_column(String(200))
    consent: Mapped[bool | None]
    cancelled: Mapped[bool] = mapped_column(default=False, server_default="0")
    run_id: Mapped[int] = mapped_column(ForeignKey("import_runs.id"), index=True)


class OrderRevision(Base):
    """What an order was before a later load changed it. Append only."""

    __tablename__ = "order_revisions"
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    order_id: Mapped[str] = mapped_column(String(100), index=True)
    old: Mapped[dict[str, Any]]
    written_by_run: Mapped[int] = mapped_column(ForeignKey("import_runs.id"))
    replaced_by_run: Mapped[int] = mapped_column(ForeignKey("import_runs.id"))
