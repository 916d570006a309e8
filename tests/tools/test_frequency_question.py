"""How often each person sees the ads: a mean of daily frequencies from an export's reach, or why it is not known."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from app import wiring
from app.cli import cli

LAST = date(2024, 6, 30)
PEOPLE = (1000, 500, 250, 1000, 500, 250, 1000)  # of 1,000 impressions a day: 1, 2, 4, 1, 2, 4, 1 times
Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """A Meta export with reach of two campaigns and none of a third, and a Google Ads export, which has none."""
    folder = tmp_path_factory.mktemp("frequency")
    days = [(LAST - timedelta(days=n), people) for n, people in enumerate(PEOPLE)]
    meta = "Day,Campaign name,Reach,Impressions,Amount spent (EUR)\n"
    for day, people in days:
        meta += f"{day},PROSPECTING,{people},1000,10\n{day},Retargeting,200,1000,10\n{day},Silent,,1000,10\n"
    google = "Day,Campaign,Cost,Impr.\n" + "".join(f"{day},Brand,10,900\n" for day, _ in days)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", f"sqlite:///{folder / 'store.db'}")
        patch.setenv("FREQUENCY_CAP", "3")
        wiring.settings.cache_clear()
        for platform, text in (("meta", meta), ("google_ads", google)):
            (folder / f"{platform}.csv").write_text(text)
            given = ["--platform", platform, "--account", "Acme", "--currency", "EUR"]
            loaded = CliRunner().invoke(cli, ["import", str(folder / f"{platform}.csv"), *given])
            assert loaded.exit_code == 0, loaded.output

        def run(question: str) -> dict[str, Any]:
            asked = ["ask", question, "--as-of", "2024-07-01", "--json"]
            answer: dict[str, Any] = json.loads(CliRunner().invoke(cli, asked, catch_exceptions=False).stdout)
            return answer

        yield run
    wiring.settings.cache_clear()


@pytest.mark.parametrize(
    "question",
    ["what is the frequency of PROSPECTING?", "how often does each person see PROSPECTING", "frequency of prospecting"],
)
def test_the_frequency_of_a_campaign_is_the_mean_of_its_days_and_says_so(ask: Ask, question: str) -> None:
    answer = ask(question)
    (fact,) = answer["facts"]
    assert fact["value"] == pytest.approx(sum(1000 / p for p in PEOPLE) / 7)
    assert "the mean of 7 days" in answer["answer"]
    assert "not above the cap of 3" in answer["answer"]
    assert fact["source"].startswith("meta, Acme: meta.csv")


def test_campaigns_stand_side_by_side_and_are_never_added_up(ask: Ask) -> None:
    answer = ask("frequency of our ads on meta")
    assert [(f["entity"], round(f["value"], 2)) for f in answer["facts"]] == [
        ("Retargeting", 5.0),
        ("PROSPECTING", 2.14),
    ]
    assert any("all of them together" in c for c in answer["caveats"])
    assert any("Silent is not known: 7 of its 7 days state no reach" in c for c in answer["caveats"])


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ("frequency of Silent", "7 of its 7 days state no reach"),
        ("frequency on google", "Reach is read from exports"),
        ("frequency of PROSPECTING last month", "People of several days do not add up"),
        ("frequency by platform", "told by campaign, not by platform"),
        ("reach of PROSPECTING last month", "does not add up"),
    ],
)
def test_what_is_not_known_or_would_add_people_up_is_refused_with_the_reason(ask: Ask, question: str, why: str) -> None:
    answer = ask(question)
    assert why in (answer["refused"] or "")
    assert answer["facts"] == []
