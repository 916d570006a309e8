"""A file of one's own is read exactly or refused by row and value."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import pytest

from app.cli.analyze.frames import read_columns, read_panel
from domain.errors import BadInput


def made(folder: Path, text: str, name: str = "own.csv") -> Path:
    file = folder / name
    file.write_text(text)
    return file


def test_a_blank_is_missing_and_not_zero(tmp_path: Path) -> None:
    panel = read_panel(
        made(tmp_path, "day,spend\n2026-01-01,1.5\n2026-01-02,\n2026-01-03,0\n"), time="day", value="spend"
    )
    assert np.array_equal(panel.values, [[1.5, np.nan, 0.0]], equal_nan=True)
    assert panel.names == ("",)


def test_a_zipped_file_with_semicolons_a_mark_and_offsets_reads_the_same(tmp_path: Path) -> None:
    text = "\ufefft;v;c\n2026-01-01T01:00:00+01:00;1;a\n2026-01-01T01:00:00Z;2;a\n\n2026-01-01T02:00Z;3;a\n"
    file = tmp_path / "own.csv.gz"
    file.write_bytes(gzip.compress(text.encode()))
    panel = read_panel(file, time="t", value="v", series="c")
    assert panel.values.tolist() == [[1.0, 2.0, 3.0]]
    assert str(panel.times[0]) == "2026-01-01T00:00:00"


DAYS = "day,v,c\n2026-01-01,1,a\n2026-01-02,2,a\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "own.csv has no column 'day'"),
        ("day,v,c\n", "own.csv has a header and no rows"),
        ("day,w,c\n2026-01-01,1,a\n", "own.csv has no column 'v'; it has 'day', 'w', 'c'"),
        ("day,v,v,c\n2026-01-01,1,1,a\n", "own.csv has 2 columns named 'v'"),
        (DAYS + "03/01/2026,3,a\n", "own.csv, row 4: day is '03/01/2026', which is not a time; write YYYY-MM-DD"),
        (DAYS + ",3,a\n", "own.csv, row 4: day is blank"),
        (DAYS + "2026-01-03,\"1,5\",a\n", "own.csv, row 4: v is '1,5', which is not a number; write a point"),
        (DAYS + "2026-01-03,n.m.,a\n", "own.csv, row 4: v is 'n.m.', which is not a number"),
        (DAYS + "2026-01-03,1_000,a\n", "own.csv, row 4: v is '1_000', which is not a number"),
        ("day,v,c\n2026-01-01,1,a\n2026-02-01,2,a\n2026-03-04,2,a\n", "own.csv: the values are 31 days apart"),
        (DAYS + "2026-01-03,-inf,a\n", "own.csv, row 4: v is '-inf'; write a finite number"),
        (DAYS + "2026-01-03,-1e308,a\n", "own.csv, row 4: v is '-1e308'; write a finite number up to 1e+100"),
        (DAYS + "2026-01-03,1e999,a\n", "own.csv, row 4: v is '1e999'; write a finite number"),
        (DAYS + "\n2026-01-02,3,a\n", "own.csv: rows 3 and 5 have one time, 2026-01-02 00:00:00 of 'a'"),
        (DAYS + "2026-01-03,3\n", "own.csv, row 4: 2 cells where the header has 3"),
        (DAYS + "2026-01-03,3,\n", "own.csv, row 4: c is blank"),
        (DAYS + "2026-01-03T00:00Z,3,a\n", "own.csv, row 4: day is '2026-01-03T00:00Z', with an offset"),
        (DAYS + '2026-01-03,"3,a\n', "own.csv, row 4: "),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_its_row_and_value(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        read_panel(made(tmp_path, text), time="day", value="v", series="c")
    assert str(refused.value).startswith(said)


@pytest.mark.parametrize("content", [b"\x1f\x8b\x08broken", b"PAR1 but no more", b"day,v\n\xff\xfe,1\n", b"\0\0\0\0"])
def test_a_file_that_is_none_of_these_is_refused(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "own"
    file.write_bytes(content)
    with pytest.raises(BadInput):
        read_panel(file, time="day", value="v")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"gone\.csv: No such file"):
        read_panel(tmp_path / "gone.csv", time="day", value="v")


def parquet(file: Path, select: str) -> Path:
    duckdb.execute(f"COPY ({select}) TO '{file}' (FORMAT parquet)")
    return file


def test_parquet_reads_as_the_same_columns_in_csv(tmp_path: Path) -> None:
    select = "SELECT [1, 2] AS l, unnest([date '2026-01-03', date '2026-01-01', date '2026-01-02']) AS day, " \
        "unnest([2.5, 1, NULL]) AS v, 'a' AS \"the \"\"c\"\"\""  # fmt: skip
    panel = read_panel(parquet(tmp_path / "own", select), time="day", value="v", series='the "c"')
    assert np.array_equal(panel.values, [[1.0, np.nan, 2.5]], equal_nan=True)
    assert panel.rows.tolist() == [[1, 2, 0]]


def test_a_parquet_file_is_read_by_its_name_and_not_as_a_pattern(tmp_path: Path) -> None:
    parquet(tmp_path / "made", "SELECT timestamptz '2026-01-01 01:00:00+01' AS t, 1 AS v").rename(tmp_path / "[a]?*")
    for other in ("abc", "[a]bc"):
        parquet(tmp_path / other, "SELECT timestamptz '2026-01-01 00:00:00+00' AS t, 2 AS v")
    columns = read_columns(tmp_path / "[a]?*", ["v", "t"])
    assert columns.cells["v"] == ["1"]
    assert datetime.fromisoformat(columns.cells["t"][0]) == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("select", "said"),
    [
        ("SELECT date '2026-01-01' AS day, 'x' AS v", "own, row 1: v is 'x', which is not a number"),
        ("SELECT date '2026-01-01' AS day, 1e999 AS v", "own, row 1: v is 'inf'; write a finite number"),
        ("SELECT 'a' AS other, {'day': 1} AS inside, 1 AS v", "own has no column 'day'; it has 'other', 'inside', 'v"),
        ("SELECT date '2026-01-01' AS day, 1 AS v WHERE false", "own has a header and no rows"),
    ],
)  # fmt: skip
def test_what_a_parquet_file_lacks_is_refused_as_in_a_csv(select: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        read_panel(parquet(tmp_path / "own", select), time="day", value="v")
    assert str(refused.value).startswith(said)
