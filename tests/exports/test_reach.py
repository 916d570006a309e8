"""People reached: read from exports by campaign and day, never added up, and kept through loads and undo."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, select

from app.importing import Options, load
from app.settings import Settings
from connectors.files import FileReport, read_export
from domain.errors import UntrustedFile
from store.engine import read
from store.ingest import LoadCounts
from store.tables import DailyMetric
from tests.exports.test_undo import NOW, taken_back

META = (
    "Day,Campaign name,Reach,Frequency,Impressions,Amount spent (EUR)\n"
    "2024-06-24,Prospecting,4000,1.25,5000,10\n2024-06-25,Prospecting,,1.3,5200,10\n2024-06-26,Prospecting,,,900,10\n"
)


def report(text: str, platform: str = "meta", **more: str) -> FileReport:
    return read_export(text.encode(), platform=platform, account="Acme", currency="EUR", **more)  # type: ignore[arg-type]


def reached(text: str, platform: str = "meta") -> list[int | None]:
    return [row.reach for row in report(text, platform).rows]


def test_reach_is_as_stated_else_impressions_over_frequency_else_unknown() -> None:
    found = report(META)
    assert [row.reach for row in found.rows] == [4000, 4000, None]
    assert (found.columns["reach"], found.columns["frequency"], found.ignored) == ("Reach", "Frequency", ())
    assert "reach" not in found.totals


@pytest.mark.parametrize(
    ("platform", "text"),
    [
        ("meta", "Tag;Kampagne;Reichweite;Impressionen;Ausgegebener Betrag (EUR)\n2024-06-24;A;1.200;2.400;10,50\n"),
        ("meta", "Jour;Campaign;Répétition;Impressions;Montant dépensé (EUR)\n2024-06-24;A;2,00;2400;10,50\n"),
        ("tiktok", "By Day,Campaign name,Cost,Impressions,Reach,Frequency\n2024-06-24,A,10.50,2400,1200,2\n"),
        ("linkedin", "Start Date (in UTC)\tCampaign Name\tTotal Spent\tImpressions\tAverage Frequency\n"
                     "2024-06-24\tA\t10.50\t2400\t2.0\n"),
    ],
)  # fmt: skip
def test_each_platforms_own_words_for_it_are_read(platform: str, text: str) -> None:
    assert reached(text, platform) == [1200]


def test_people_of_ad_sets_are_no_campaigns_people_even_where_there_is_one_only() -> None:
    text = (
        "Day,Campaign name,Ad set name,Reach,Frequency,Impressions,Amount spent (EUR)\n"
        "2024-06-24,A,one,4000,1.25,5000,10\n2024-06-24,A,two,4000,1.25,5000,10\n2024-06-25,A,one,4000,1.25,5000,10\n"
    )
    found = report(text)
    assert [(row.impressions, row.reach) for row in found.rows] == [(10_000, None), (5000, None)]
    assert {"Reach", "Frequency"} <= set(found.ignored)


def test_the_reach_of_a_totals_row_is_no_sum_of_the_days() -> None:
    total = META + ",,6000,1.85,11100,30\n"
    assert report(total).checksum_row == 5


def test_more_people_than_impressions_are_not_kept_and_that_is_said() -> None:
    found = report(META.replace("4000,1.25", "5001,1.25"))
    assert [row.reach for row in found.rows] == [None, 4000, None]
    assert any(note.startswith("1 row states more people reached than impressions") for note in found.notes)


def test_a_reach_that_is_no_number_is_refused_with_its_row() -> None:
    with pytest.raises(UntrustedFile, match="reach 'many' is not a number") as refused:
        report(META.replace("4000", "many"))
    assert refused.value.row == 2


def test_reach_is_kept_restated_never_erased_and_taken_back(engine: Engine) -> None:
    def stored() -> list[int | None]:
        with read(engine) as session:
            return list(session.scalars(select(DailyMetric.reach).order_by(DailyMetric.day)))

    def put(text: str, name: str) -> LoadCounts:
        options = Options("meta", "Acme", "EUR")
        return load(engine, Settings(_env_file=None), NOW, name, text.encode(), options).counts

    put(META, "one.csv")
    assert stored() == [4000, 4000, None]
    second = put(META.replace("4000", "4100"), "two.csv")
    assert (stored(), second.updated) == ([4100, 4000, None], 1)
    third = put("Day,Campaign name,Impressions,Amount spent (EUR)\n2024-06-24,Prospecting,5000,11\n", "three.csv")
    assert stored() == [4100, 4000, None]
    taken_back(engine, third.run_id)
    taken_back(engine, second.run_id)
    assert stored() == [4000, 4000, None]
