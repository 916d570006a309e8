"""What a file says of itself, and what it leaves to a person."""

from __future__ import annotations

import pytest

from connectors.files import recognise
from domain.errors import UntrustedFile

GOOGLE = (
    'Campaign report\n"January 1, 2024 - January 31, 2024"\n'
    "Day,Campaign,Account name,Currency code,Cost,Impr.,Clicks\n"
    "2024-01-01,Brand,Acme,EUR,1.50,10,1\nTotal: Account, --, --,EUR,1.50,10,1\n"
)


def test_a_google_export_says_its_platform_currency_and_account() -> None:
    found = recognise(GOOGLE.encode())
    assert (found.kind, found.platform, found.currency, found.account) == ("daily", "google_ads", "EUR", "Acme")
    assert (found.dates, found.trouble) == (("ymd",), None)
    assert recognise(GOOGLE.replace(",", "\t").encode("utf-16")).platform == "google_ads"


def test_a_meta_export_says_its_currency_in_the_header() -> None:
    text = "Kampagnenname;Tag;Ausgegebener Betrag (CHF)\nHerbst;01.02.2024;1,50\n"
    found = recognise(text.encode())
    assert (found.platform, found.currency, found.account) == ("meta", "CHF", None)
    assert found.dates == ("dmy", "mdy")


def test_a_file_that_any_platform_could_have_written_is_left_open() -> None:
    found = recognise(b"Date,Campaign,Cost\n2024-01-01,A,$1.50\n")
    assert (found.kind, found.platform, found.currency) == ("daily", None, None)
    assert {"google_ads", "meta", "generic"} <= set(found.platforms)


@pytest.mark.parametrize(
    ("cells", "currency"), [("€1.50", "EUR"), ("CA$ 1.50", "CAD"), ("$1.50", None), ("1.50", None)]
)
def test_a_sign_in_a_cell_is_a_currency_only_where_it_stands_for_one(cells: str, currency: str | None) -> None:
    assert recognise(f"Day,Campaign,Cost,Impr.\n2024-01-01,A,{cells},1\n".encode()).currency == currency


def test_two_currencies_or_accounts_in_one_file_are_no_answer() -> None:
    text = "Day,Campaign,Account name,Currency code,Cost,Impr.\n2024-01-01,A,x,EUR,1,1\n2024-01-02,A,y,USD,1,1\n"
    assert (recognise(text.encode()).currency, recognise(text.encode()).account) == (None, None)


@pytest.mark.parametrize(
    ("days", "orders"),
    [("13/02/2024", ("dmy",)), ("02/13/2024", ("mdy",)), ("02/02/2024", ("dmy",)), ("soon", ()),
     ("20240213", ("ymd",))],
)  # fmt: skip
def test_the_orders_of_day_and_month_that_fit(days: str, orders: tuple[str, ...]) -> None:
    assert recognise(f"Day,Campaign,Cost\n{days},A,1.50\n".encode()).dates == orders


def test_a_file_with_broken_rows_is_still_recognised_and_says_what_is_wrong() -> None:
    found = recognise(b"Campaign name,Day,Amount spent (EUR)\nA,2024-01-01\n")
    assert (found.platform, found.currency) == ("meta", "EUR")
    assert "row 2" in (found.trouble or "")


def test_what_is_no_export_has_no_kind_and_what_is_no_text_is_refused() -> None:
    found = recognise(b"Name,Phone\nA,1\n")
    assert (found.kind, found.platforms) == (None, ())
    assert found.trouble is not None
    with pytest.raises(UntrustedFile, match="zip"):
        recognise(b"PK\x03\x04")
