"""Over a thousand damaged files of every layout: none loads wrongly in silence.

A file passes where it is refused, or what it loads equals the undamaged truth, or the difference is said: the checksum
that the whole file had is missing, a row is named as skipped, a column is not the one it was, a note speaks of it.
"""

from __future__ import annotations

from datetime import date

import pytest

from connectors.files import FileReport, read_export
from domain.errors import UntrustedFile
from tests.exports.damage import damaged
from tests.exports.written import FILES, figures, truth

LATEST = date(2024, 7, 1)


def reading(name: str, content: bytes) -> FileReport:
    platform, currency, _ = FILES[name]
    return read_export(content, platform=platform, account="Acme", currency=currency, latest=LATEST)


def said(whole: FileReport, report: FileReport) -> bool:
    """Whether a person is told that this is not the whole file's reading."""
    return (
        (whole.checksum_row is not None and report.checksum_row is None)
        or report.columns != whole.columns
        or bool(set(report.notes) - set(whole.notes))
        or {s.reason for s in report.skipped} - {s.reason for s in whole.skipped} != set()
    )


@pytest.mark.parametrize("name", list(FILES))
def test_no_damaged_file_loads_wrongly_in_silence(name: str) -> None:
    whole, right = reading(name, FILES[name][2]()), truth(name)
    silent = []
    outcomes = {"refused": 0, "equal": 0, "said": 0}
    for what, content in damaged(name):
        try:
            report = reading(name, content)
        except UntrustedFile as error:
            assert "nothing was loaded" in str(error)  # noqa: PT017  both outcomes are right, each with its own claim
            outcomes["refused"] += 1
            continue
        if figures(report.rows) == right:
            outcomes["equal"] += 1
        elif said(whole, report):
            outcomes["said"] += 1
        else:
            silent.append(what)
    assert silent == []
    assert outcomes["refused"] > outcomes["equal"] + outcomes["said"]


def test_the_corpus_is_large_and_the_same_every_time() -> None:
    corpus = [(name, what, content) for name in FILES for what, content in damaged(name)]
    assert len({content for _, _, content in corpus}) > 1_000
    assert corpus == [(name, what, content) for name in FILES for what, content in damaged(name)]
