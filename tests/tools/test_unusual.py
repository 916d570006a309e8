"""What is called unusual was put there, what is not is told with its range, and a why names the cause beside it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Engine

from domain.evidence import ToolResult
from domain.formatting import format_value
from domain.scope import Scope
from tests.tools.market_days import LAST, TODAY, days, loaded, since
from tools import MENU
from tools.base import ToolContext

DAY = timedelta(days=1)


def ask(engine: Engine, account: int, tool: str, **args: Any) -> tuple[ToolResult, str]:
    chosen = MENU[tool]
    result = chosen.run(ToolContext(engine, Scope((account,)), TODAY, "UTC"), chosen.arguments.model_validate(args))
    text = result.text
    for f in result.facts:
        text = text.replace("{{" + f.id + "}}", format_value(f))
    return result, text


def on(first: Any, last: Any = None) -> dict[str, Any]:
    return {"start": first, "end": last or first}


def test_an_unusual_day_is_told_with_what_was_expected_how_rare_it_is_and_why(sqlite_engine: Engine) -> None:
    frame = days(since(LAST, cpc=2.0))
    result, said = ask(sqlite_engine, loaded(sqlite_engine, frame), "unusual", metrics=("cpc",), period=on(LAST),
                       campaigns=("Brand",))  # fmt: skip
    brand = frame[(frame.campaign == "Brand") & (frame.day == LAST)].iloc[0]
    assert f"CPC for Brand on {LAST} is unusual: ${brand.spend / brand.clicks:.2f}" in said
    assert "less than once in ten years" in said
    assert "Likely cause: Clicks got dearer (Brand)" in said
    value, expected, low, high = (f.value for f in result.facts[:4]) if len(result.facts) >= 4 else (None,) * 4
    assert None not in (value, expected, low, high)


def test_an_ordinary_day_is_not_unusual_and_lies_in_its_range(sqlite_engine: Engine) -> None:
    frame = days()
    result, said = ask(sqlite_engine, loaded(sqlite_engine, frame), "unusual", metrics=("spend",), period=on(LAST))
    assert f"on {LAST} is not unusual" in said
    by_label = {f.label: f.value for f in result.facts}
    spend, low, high = (by_label[n] for n in ("Spend", "Spend, ordinary from", "Spend, ordinary to"))
    assert float(spend or 0) == round(float(frame[frame.day == LAST].spend.sum()), 2)
    assert low is not None
    assert high is not None
    assert low < (spend or 0) < high


def test_of_several_days_the_unusual_ones_are_named(sqlite_engine: Engine) -> None:
    start = LAST - 2 * DAY
    account = loaded(sqlite_engine, days(since(start, clicks=2.5, everywhere=1)))
    result, said = ask(sqlite_engine, account, "unusual", metrics=("clicks",), period=on(LAST - 6 * DAY, LAST))
    assert f"unusual on {start} to {LAST}" in said
    assert result.table is not None
    assert [row[-1] for row in result.table.rows] == ["no"] * 4 + ["yes"] * 3


def test_conversions_that_still_arrive_and_too_many_days_are_not_judged(sqlite_engine: Engine) -> None:
    account = loaded(sqlite_engine, days())
    _, said = ask(sqlite_engine, account, "unusual", metrics=("conversions",), period=on(LAST))
    assert "cannot be judged: conversions of the last days still arrive" in said
    result, _ = ask(sqlite_engine, account, "unusual", metrics=("spend",), period=on(LAST - 40 * DAY, LAST))
    assert "35 at most" in (result.refused or "")


def test_a_why_names_the_cause_beside_the_decomposition(sqlite_engine: Engine) -> None:
    start = LAST - 13 * DAY
    account = loaded(sqlite_engine, days(since(start, cvr=0.1)))
    period, before = on(start, start + 4 * DAY), on(start - 7 * DAY, start - 3 * DAY)
    result, said = ask(sqlite_engine, account, "compare", metrics=("conversions",), period=period, baseline=before,
                       explain=True, campaigns=("Brand",))  # fmt: skip
    assert "Likely cause: Tracking looks broken for Brand" in said
    assert "{{" not in said
    assert len({f.id for f in result.facts}) == len(result.facts)
    _, calm = ask(sqlite_engine, account, "compare", metrics=("clicks",), period=period, baseline=before, explain=True)
    assert "Likely cause" not in calm
