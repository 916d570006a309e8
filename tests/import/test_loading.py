"""The one path by which a file's bytes come into the store."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, func, select

from app.importing import Imported, Options, load
from app.settings import Settings
from domain.errors import BadInput, UntrustedFile
from store.engine import read
from store.tables import Account, DailyMetric, ImportRun

NOW = datetime(2024, 7, 1, tzinfo=UTC)
META = b"Campaign name,Day,Amount spent (EUR),Account name\nA,2024-01-31,1.50,Shop\n"


def into(engine: Engine, content: bytes = META, **options: str) -> Imported:
    return load(engine, Settings(_env_file=None), NOW, "report.csv", content, Options(**options))


def test_what_the_file_says_needs_no_option(engine: Engine) -> None:
    done = into(engine)
    assert (done.platform, done.account, done.currency, done.timezone) == ("meta", "Shop", "EUR", "UTC")
    with read(engine) as session:
        run = session.scalars(select(ImportRun)).one()
        assert (run.source, run.kind, run.undone_at) == ("report.csv", "daily", None)
        assert session.scalar(select(func.sum(DailyMetric.spend_micros))) == 1_500_000


@pytest.mark.parametrize(
    ("content", "option"),
    [
        (b"Day,Campaign,Cost\n2024-01-31,A,1.50\n", "--platform google_ads"),
        (META.replace(b" (EUR)", b""), "--currency"),
        (META.replace(b",Account name", b"").replace(b",Shop", b""), "--account NAME"),
        (META.replace(b"2024-01-31", b"01/02/2024"), "--dates dmy"),
    ],
)
def test_what_the_file_leaves_open_is_refused_with_the_option_that_settles_it(
    engine: Engine, content: bytes, option: str
) -> None:
    with pytest.raises(BadInput, match=option):
        into(engine, content)
    with read(engine) as session:
        assert session.scalar(select(func.count()).select_from(Account)) == 0


def test_a_refusal_keeps_its_row_for_whoever_shows_it(engine: Engine) -> None:
    with pytest.raises(UntrustedFile) as refusal:
        into(engine, META.replace(b"1.50", b"-1.50"))
    assert refusal.value.row == 2


def test_the_week_start_is_kept_and_never_contradicted(engine: Engine) -> None:
    into(engine)
    into(engine, week_start="sunday")
    into(engine)
    with pytest.raises(BadInput, match="use --week-start sunday"):
        into(engine, week_start="monday")
    with pytest.raises(BadInput, match="use monday or sunday"):
        into(engine, week_start="friday")
    with read(engine) as session:
        assert session.scalars(select(Account.week_start)).all() == [6]
