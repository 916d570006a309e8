"""Shopify's and generic orders files: every row an order, a further line, or skipped with its reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.files import recognise
from connectors.files.orders import read_orders
from domain.errors import UntrustedFile

GENERIC = "Order ID,Order date,Customer,Gross,Refunds,Category,Country,Source\n"


def test_an_order_of_several_lines_is_one_order(read: Any, shopify_file: Any, make_order: Any, make_item: Any) -> None:
    report = read(shopify_file(make_order("#1001"), make_item("#1001"), make_item("#1001"), make_order("#1002")))
    assert [row.order_id for row in report.rows] == ["#1001", "#1002"]
    assert (report.rows_read, report.items, len(report.skipped)) == (4, 2, 2)
    assert report.rows_read == len(report.rows) + len(report.skipped)
    assert report.totals["gross"] == Decimal("74.76")
    first = report.rows[0]
    assert (first.gross_micros, first.tax_micros, first.shipping_micros) == (37_380_000, 2_400_000, 5_000_000)
    assert (first.country, first.source, first.category, first.consent) == ("US", "web", None, None)


def test_an_orders_day_is_the_shops_own(read: Any, shopify_file: Any, make_order: Any) -> None:
    late = make_order("#1", Created_at="2024-06-01 23:30:00 -0400")
    (row,) = read(shopify_file(late)).rows
    assert row.ordered_at == datetime(2024, 6, 2, 3, 30, tzinfo=UTC)
    assert row.day == date(2024, 6, 1)


def test_an_offset_that_is_not_the_shops_zone_is_refused_with_the_zone_that_fits(
    read: Any, shopify_file: Any, make_order: Any
) -> None:
    winter = make_order("#2", Created_at="2024-01-10 09:00:00 -0500")
    with pytest.raises(UntrustedFile, match=r"row 2: time .* \(settle it with --timezone America/New_York\)"):
        read(shopify_file(make_order("#1"), winter), timezone="UTC")


def test_quoted_line_breaks_keep_physical_row_numbers(read: Any, shopify_file: Any, make_order: Any) -> None:
    noted = make_order("#1", Notes="leave it\nat the door", Note_Attributes="gift: yes\nutm_source: facebook\nx: 1")
    report = read(shopify_file(noted, make_order("#2", Financial_Status="pending")))
    assert report.rows[0].source == "facebook"
    assert report.skipped[0][0] == 6  # one line of header, four of the first order
    assert report.skipped[0].reason == "not paid (status 'pending'): loaded once a later file shows it as paid"


def test_what_is_sold_cancelled_unpaid_or_a_test_is_told_apart_and_counted(
    read: Any, shopify_file: Any, make_order: Any
) -> None:
    rows = (
        make_order("#1"),
        make_order("#2", Financial_Status="refunded", Refunded_Amount="37.38"),
        make_order("#3", Financial_Status="partially_refunded", Refunded_Amount="10.00"),
        make_order("#4", Cancelled_at="2024-06-02 08:00:00 -0400", Refunded_Amount="37.38"),
        make_order("#5", Financial_Status="voided"),
        make_order("#6", Financial_Status="pending"),
        make_order("#7", Financial_Status="authorized"),
        make_order("#8", Payment_Method="(for testing) Bogus Gateway"),
        make_order("#9", Tags="vip, test"),
    )
    report = read(shopify_file(*rows))
    assert [(r.order_id, r.cancelled) for r in report.rows] == [
        ("#1", False), ("#2", False), ("#3", False), ("#4", True), ("#5", True)]  # fmt: skip
    assert (report.cancelled, report.unpaid, report.tests) == (2, 2, 2)
    assert report.totals == {
        "gross": Decimal("112.14"), "refunds": Decimal("47.38"), "tax": Decimal("7.2"), "shipping": Decimal("15"),
    }  # fmt: skip


def test_a_customer_leaves_the_reader_as_a_hash_that_no_other_shop_has(
    read: Any, shopify_file: Any, make_order: Any
) -> None:
    rows = shopify_file(make_order("#1"), make_order("#2", Email=" ANN@example.com"), make_order("#3", Email=""))
    one, same, nobody = read(rows).rows
    (elsewhere, *_) = read(rows, account="Other Shop").rows
    assert one.customer == same.customer != elsewhere.customer
    assert nobody.customer is None
    assert "example.com" not in repr(read(rows))


def test_a_generic_file_in_german_is_read_with_its_own_separators(read: Any) -> None:
    text = (
        "Bestellnummer;Bestelldatum;Kunde;Gesamtbetrag;Erstattung;MwSt;Versand;Land;Quelle;Status\n"
        "A-1;31.05.2024 23:10;K1;1.234,50 €;-34,50 €;197,10;0,00;Germany;google / cpc;bezahlt\n"
        "A-2;01.06.2024 08:00;K2;20,00 €;0,00 €;3,19;4,90;AT;;storniert\n"
        "Summe;;;1.254,50 €;;;;;;\n"
    )
    report = read(text, platform="orders", currency="EUR", timezone="Europe/Berlin")
    assert [(r.order_id, r.day.isoformat(), r.gross_micros, r.refunds_micros, r.country, r.cancelled)
            for r in report.rows] == [
        ("A-1", "2024-05-31", 1_234_500_000, 34_500_000, "DE", False),
        ("A-2", "2024-06-01", 20_000_000, 0, "AT", True)]  # fmt: skip
    assert report.rows[0].ordered_at == datetime(2024, 5, 31, 21, 10, tzinfo=UTC)
    assert report.checksum_row == 4
    assert "times without an offset were read in Europe/Berlin" in report.notes


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (GENERIC + "1,2024-06-01,a,10,0,,,\n1,2024-06-01,a,12,0,,,\n", "a second row of order '1' .*Export one row"),
        (GENERIC + "1,2024-06-01,a,10,0,,,\n1,2024-06-01,a,10,0,,,\n", "a second row of order '1'"),
        (GENERIC + "1,2024-06-01,a,,0,,,\n", "its first row is missing"),
        (GENERIC + ",2024-06-01,a,10,0,,,\n", "row 2: a row without an order's id"),
        (GENERIC + "1,,a,10,0,,,\n", "has no time"),
        (GENERIC + "1,someday,a,10,0,,,\n", "day 'someday' is not a day"),
        (GENERIC + "1,2024-06-01 25:00,a,10,0,,,\n", "no such hour"),
        (GENERIC + "1,05/06/2024,a,10.00,0,,,\n", "settle it with --dates"),
        (GENERIC + "1,2024-06-01,a,10,0,,\n", "7 cells where the header has 8"),
        (GENERIC + "1,2024-06-01,a,ten,0,,,\n", "gross 'ten' is not"),
        (GENERIC + "1,2024-06-01,a,-10,0,,,\n", "gross '-10' is negative"),
        (GENERIC + "1,2024-06-01,a,10.00,2.00,,,\n2,2024-06-01,a,10.00,-2.00,,,\n", "row 3: refunds are negative here"),
        (GENERIC + "1,2024-07-09,a,10,0,,,\n", "lies in the future"),
        (GENERIC + "1,2024-06-01,a,10,0,,,\nTotal,,,11,,,,\n", "the file's own total is 11"),
        (GENERIC + '1,2024-06-01,"a,10,0,,,\n', "quotes or the line are broken"),
        (GENERIC, "a header but no order"),
        ("Order ID,Gross\n1,2\n", "no column 'order time'"),
        ("Day,Cost\n2024-06-01,2\n", "no column 'order id' and no column 'gross'"),
        (GENERIC.replace("Customer", "Gross") + "1,2024-06-01,5,10,0,,,\n", "two columns are called 'Gross'"),
        (GENERIC.replace("Customer", "Status") + "1,2024-06-01,perhaps,10,0,,,\n", "'perhaps' says neither"),
        (GENERIC.replace("Customer", "Currency") + "1,2024-06-01,EUR,10,0,,,\n", "is in EUR"),
        (GENERIC.replace("Category", "Tax") + "1,2024-06-01,a,10,0,11,,\n", "tax of 11 is more than"),
        (GENERIC.replace("Category", "Consent") + "1,2024-06-01,a,10,0,maybe,,\n", "consent 'maybe'"),
        (GENERIC.replace("Customer", "Status") + "1,2024-06-01,pending,10,0,,,\n", "none of the 1 orders counts"),
    ],
)  # fmt: skip
def test_a_file_that_would_load_wrongly_is_refused(read: Any, content: str, said: str) -> None:
    with pytest.raises(UntrustedFile, match=said):
        read(content, platform="orders", timezone="UTC", latest=date(2024, 7, 8))


def test_a_shopify_order_written_twice_counts_once_and_with_other_figures_not_at_all(
    read: Any, shopify_file: Any, make_order: Any
) -> None:
    assert len(read(shopify_file(make_order("#1"), make_order("#1"))).rows) == 1
    with pytest.raises(UntrustedFile, match=r"row 3: a second row of order '#1' .* with other figures"):
        read(shopify_file(make_order("#1"), make_order("#1", Total="99.00")))


def test_a_dropped_file_says_what_it_is(shopify_file: Any, make_order: Any) -> None:
    seen = recognise(shopify_file(make_order("#1001")).encode())
    assert (seen.kind, seen.platform, seen.currency, seen.dates) == ("orders", "shopify", "USD", ("ymd",))
    seen = recognise((GENERIC + "1,05/06/2024,a,10.00,0,,,\n").encode())
    assert (seen.kind, seen.platform, seen.currency, seen.dates) == ("orders", "orders", None, ("dmy", "mdy"))


def test_a_cut_anywhere_in_the_file_never_changes_an_order_in_silence(
    shopify_file: Callable[..., str], make_order: Any, make_item: Any
) -> None:
    whole = shopify_file(*(make_order(f"#{n}", Total=f"{n}7.38") for n in range(1, 4)), make_item("#3"))
    options: dict[str, Any] = {"platform": "shopify", "account": "S", "currency": "USD", "timezone": "America/New_York"}
    right = {row.order_id: row for row in read_orders(whole.encode(), **options).rows}
    for end in range(len(whole.splitlines()[0]) + 1, len(whole) - 1):
        try:
            report = read_orders(whole[:end].encode(), **options)
        except UntrustedFile:
            continue
        assert all(right[row.order_id] == row for row in report.rows), end
        assert whole[end - 1] == "\n" or any("does not end with a line break" in note for note in report.notes), end


amounts = st.integers(0, 10**9).map(lambda cents: Decimal(cents) / 100)

moments = st.integers(0, 10**9 // 4).map(lambda seconds: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(amounts, amounts, st.booleans(), moments),
        min_size=1, max_size=12,
    ),
    st.sampled_from(["UTC", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"]),
)  # fmt: skip
def test_totals_are_exact_and_days_are_local_whatever_the_orders(
    orders: list[tuple[Decimal, Decimal, bool, datetime]], zone: str
) -> None:
    from zoneinfo import ZoneInfo

    local = [at.astimezone(ZoneInfo(zone)) for *_, at in orders]
    text = "Order ID,Created at,Total,Refunds,Status\n" + "".join(
        f"{n},{at:%Y-%m-%d %H:%M:%S %z},{gross:.2f},{refund:.2f},{'cancelled' if off else 'paid'}\n"
        for n, ((gross, refund, off, _), at) in enumerate(zip(orders, local, strict=True))
    )
    report = read_orders(text.encode(), platform="orders", account="S", currency="EUR", timezone=zone)
    sold = [(gross, refund) for gross, refund, off, _ in orders if not off]
    assert report.totals["gross"] == (sum(g for g, _ in sold) if sold else None)
    assert report.totals["refunds"] == (sum(r for _, r in sold) if sold else None)
    assert [row.day for row in report.rows] == [at.date() for at in local]
    assert report.rows_read == len(report.rows) + len(report.skipped) == len(orders)
