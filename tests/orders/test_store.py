"""Orders in the store: loaded once, changed with a revision, taken back exactly, and never out of scope."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from connectors.files.orders import OrderRow
from domain.errors import BadInput, Refused
from domain.scope import Scope
from store import accounts, order_sums, orders, undo
from store.engine import read, write
from store.ingest import LoadCounts
from store.tables import Account, Order, OrderRevision
from tools.shop import Sold

NOW = datetime(2024, 7, 1, 9, tzinfo=UTC)
FIRST = OrderRow("#1", datetime(2024, 6, 1, 16, tzinfo=UTC), date(2024, 6, 1), "ann", 100_000_000, None, 16_000_000,
                 None, None, "US", "web", None, False)  # fmt: skip


def shop(session: Session, name: str = "Acme Shop", kind: Any = "shop") -> Account:
    return accounts.ensure(session, platform="shopify", name=name, currency="USD", timezone="UTC", origin="file",
                           now=NOW, kind=kind)  # fmt: skip


def load(engine: Engine, *rows: OrderRow, name: str = "Acme Shop") -> LoadCounts:
    with write(engine) as session:
        return orders.load(session, shop(session, name), rows, source="o.csv", content_sha256=None, now=NOW)


def stored(engine: Engine) -> dict[str, tuple[Any, ...]]:
    fields = [getattr(Order, name) for name in orders.FIELDS]
    with read(engine) as session:
        return {row[0]: tuple(row[1:]) for row in session.execute(select(Order.order_id, Order.run_id, *fields))}


def test_the_same_orders_again_change_nothing_and_a_later_refund_is_kept_with_what_was_before(engine: Engine) -> None:
    second = replace(FIRST, order_id="#2")
    first = load(engine, FIRST, second)
    assert (first.loaded, first.updated, first.unchanged) == (2, 0, 0)
    again = load(engine, FIRST, second)
    assert (again.loaded, again.updated, again.unchanged) == (0, 0, 2)
    refunded = load(engine, replace(FIRST, refunds_micros=40_000_000), second)
    assert (refunded.loaded, refunded.updated, refunded.unchanged) == (0, 1, 1)
    with read(engine) as session:
        (revision,) = session.scalars(select(OrderRevision))
        assert (revision.order_id, revision.written_by_run, revision.replaced_by_run) == (
            "#1", first.run_id, refunded.run_id)  # fmt: skip
        assert revision.old["refunds_micros"] is None
    silent = load(engine, replace(FIRST, tax_micros=None), second)
    assert silent.unchanged == 2  # a file that does not state tax says nothing about it


def test_undoing_a_load_leaves_the_store_as_it_was(engine: Engine) -> None:
    load(engine, FIRST)
    before = stored(engine)
    done = load(engine, replace(FIRST, refunds_micros=5, cancelled=True), replace(FIRST, order_id="#2"))
    assert stored(engine) != before
    with write(engine) as session:
        taken = undo.undo(session, accounts.scope_for(session, None), done.run_id, by="ann", now=NOW)
    assert (taken.removed, taken.restored) == (1, 1)
    assert stored(engine) == before
    with read(engine) as session:
        (kept,) = session.scalars(select(OrderRevision))
        assert (kept.order_id, kept.replaced_by_run) == ("#1", done.run_id)  # append only: what was undone is history


def test_a_load_that_a_later_one_changed_is_undone_only_after_it(engine: Engine) -> None:
    first = load(engine, FIRST)
    later = load(engine, replace(FIRST, refunds_micros=5))
    with write(engine) as session, pytest.raises(Refused, match=f"budgeteer import undo {later.run_id}"):
        undo.undo(session, accounts.scope_for(session, None), first.run_id, by="ann", now=NOW)
    for run in (later, first):
        with write(engine) as session:
            undo.undo(session, accounts.scope_for(session, None), run.run_id, by="ann", now=NOW)
    assert stored(engine) == {}


@pytest.mark.parametrize(
    ("rows", "said"),
    [((FIRST, replace(FIRST, tax_micros=1)), "two rows of order '#1'"),
     ((replace(FIRST, gross_micros=-1),), "negative or too large")],
)  # fmt: skip
def test_a_load_that_contradicts_itself_loads_nothing(engine: Engine, rows: tuple[OrderRow, ...], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        load(engine, *rows)
    assert stored(engine) == {}


def test_an_ads_account_takes_no_orders(engine: Engine) -> None:
    with write(engine) as session, pytest.raises(BadInput, match="holds ads figures"):
        orders.load(session, shop(session, kind="ads"), [FIRST], source="o.csv", content_sha256=None, now=NOW)


def generated(seed: int, count: int = 400) -> pd.DataFrame:
    rng = Random(seed)
    start = datetime(2024, 4, 1, tzinfo=UTC)
    rows = []
    for n in range(count):
        at = start + timedelta(minutes=rng.randrange(90 * 24 * 60))
        gross = rng.randrange(500, 30_000)
        rows.append((f"#{n}", at, at.date(), rng.choice([None, *"abcdefghijklmnopqrstuvwxyz"]), gross,
                     rng.choice([0, 0, gross, gross // 3, None]), gross // 6, rng.choice([0, 495]), rng.random() < 0.07,
                     rng.choice(["google", "facebook", None, "direct"]), rng.choice([True, False, None])))  # fmt: skip
    columns = ["id", "at", "day", "customer", "gross", "refunds", "tax", "shipping", "cancelled", "source", "consent"]
    return pd.DataFrame(rows, columns=columns).astype({"refunds": object, "customer": object, "source": object})


def as_rows(frame: pd.DataFrame) -> list[OrderRow]:
    def micros(value: Any) -> int | None:
        return None if pd.isna(value) else int(value) * 10_000

    def said(value: Any) -> Any:
        return None if pd.isna(value) else value

    return [OrderRow(r.id, r.at.to_pydatetime(), r.day, said(r.customer), int(r.gross) * 10_000, micros(r.refunds),
                     micros(r.tax), micros(r.shipping), None, None, said(r.source), said(r.consent), bool(r.cancelled))
            for r in frame.itertuples()]  # fmt: skip


@pytest.fixture
def frame(engine: Engine) -> pd.DataFrame:
    made = generated(3)
    load(engine, *as_rows(made))
    load(engine, replace(FIRST, customer="a"), name="Another Shop")
    return made


@pytest.mark.parametrize("by", [(), ("day",), ("source",)])
def test_sums_equal_those_of_pandas(engine: Engine, frame: pd.DataFrame, by: tuple[Any, ...]) -> None:
    start, end = date(2024, 5, 1), date(2024, 5, 31)
    with read(engine) as session:
        found = order_sums.sums(session, Scope((1,)), start, end, by)
    inside = frame[(frame.day >= start) & (frame.day <= end)]
    groups = inside.groupby(by[0], dropna=False) if by else [(None, inside)]
    expected = {}
    for key, part in groups:
        sold, off = part[~part.cancelled], part[part.cancelled]
        stated = sold.refunds.dropna()
        expected[None if pd.isna(key) else key] = (
            len(sold), int(sold.gross.sum()), int(stated.sum()) if len(stated) else None, len(stated), len(off),
            int(off.gross.sum()),
            int((sold.consent == False).sum()), int(sold.consent.notna().sum()))  # fmt: skip  # noqa: E712
    got = {
        s.day if "day" in by else s.source if "source" in by else None: (
            s.orders, s.gross * 100, None if s.refunds is None else s.refunds * 100, s.stated["refunds"], s.cancelled,
            s.cancelled_gross * 100, s.refused, s.asked)
        for s in found
    }  # fmt: skip
    assert got == expected


AMOUNTS = st.integers(1, 10**11).flatmap(
    lambda gross: st.tuples(
        st.just(gross), st.integers(0, gross) | st.just(gross) | st.none(), st.integers(0, gross // 2) | st.none(),
        st.integers(0, gross // 2) | st.none(),
    )
)  # fmt: skip


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(amounts=st.lists(AMOUNTS, min_size=1, max_size=8))
def test_net_revenue_is_what_was_kept_and_nothing_of_an_order_refunded_in_full(
    engine: Engine, amounts: list[tuple[int, int | None, int | None, int | None]]
) -> None:
    with write(engine) as session:
        session.execute(delete(OrderRevision))
        session.execute(delete(Order))
    day = {f"#{n}": date(2024, 6, 1) + timedelta(days=n) for n in range(len(amounts))}
    load(engine, *(replace(FIRST, order_id=name, day=day[name], gross_micros=g, refunds_micros=r, tax_micros=t,
                           shipping_micros=s) for name, (g, r, t, s) in zip(day, amounts, strict=True)))  # fmt: skip
    with read(engine) as session:
        found = order_sums.sums(session, Scope((1,)), min(day.values()), max(day.values()), ("day",))
    exact = [(Fraction(g) - (t or 0) - (s or 0)) * (1 - Fraction(r or 0, g)) for g, r, t, s in amounts]
    for row, wanted, (_, refunds, *_) in zip(found, exact, amounts, strict=True):
        net = int(Sold.of([row]).net * 1_000_000)
        assert net >= 0
        assert abs(net - wanted) <= 1
        if refunds == row.gross * 1_000_000:
            assert net == 0
    assert abs(Sold.of(found).net * 1_000_000 - Decimal(float(sum(exact)))) <= len(amounts)


def test_new_and_returning_customers_equal_those_of_pandas(engine: Engine, frame: pd.DataFrame) -> None:
    start, end = date(2024, 4, 10), date(2024, 4, 25)
    with read(engine) as session:
        (found,) = order_sums.customers(session, Scope((1,)), start, end)
    sold = frame[~frame.cancelled]
    first = sold.dropna(subset=["customer"]).groupby("customer").day.min()
    bought = sold[(sold.day >= start) & (sold.day <= end)]
    new = {c for c in bought.customer.dropna() if first[c] >= start}
    assert new
    assert found.new == len(new)
    assert found.returning == bought.customer.dropna().nunique() - len(new)
    assert found.new_orders == bought.customer.isin(new).sum()
    assert found.new_gross * 100 == Decimal(int(bought[bought.customer.isin(new)].gross.sum()))
    assert found.unknown == bought.customer.isna().sum()


def test_a_scope_hides_the_other_shop(engine: Engine, frame: pd.DataFrame) -> None:
    with read(engine) as session:
        assert [s.name for s in order_sums.shops(session, Scope((2,)))] == ["Another Shop"]
        assert {s.account_id for s in order_sums.sums(session, Scope((2,)), date(2024, 1, 1), date(2024, 12, 31))} == {
            2
        }
        assert order_sums.customers(session, Scope((2,)), date(2024, 6, 1), date(2024, 6, 1))[0].new == 1
