"""Health scores: explained to the point, and never lower for what is not known."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.errors import NotEnoughData
from analytics.health import WEIGHTS, Signs, health

WELL = Signs(
    spent=1000, planned=1000, value=20, reference=20, recent=19, earlier=20, days_behind=0, conversions=80, stopped=0,
    days=28,
)  # fmt: skip


def test_a_campaign_on_plan_on_target_and_running_is_at_a_hundred() -> None:
    assert health(WELL).score == 100
    assert math.fsum(WEIGHTS.values()) == pytest.approx(1)


def test_the_worst_part_is_named_first_with_the_points_it_costs() -> None:
    found = health(replace(WELL, value=30.0))
    assert found.parts[0].name == "efficiency"
    assert found.parts[0].cost == pytest.approx(30 * math.log2(1.5))
    assert found.score == pytest.approx(100 - 30 * math.log2(1.5))


@pytest.mark.parametrize(
    ("changed", "part", "score"),
    [
        ({"spent": 1600.0}, "pacing", 0),
        ({"spent": 650.0}, "pacing", 50),
        ({"spent": 1100.0}, "pacing", 100),
        ({"value": 40.0}, "efficiency", 0),
        ({"value": 10.0}, "efficiency", 100),
        ({"better": 1, "value": 10.0, "recent": 20.0}, "efficiency", 0),
        ({"better": 1, "value": 0.0, "recent": 20.0}, "efficiency", 0),
        ({"days_behind": 3}, "freshness", 25),
        ({"conversions": 7.5}, "volume", 50),
        ({"conversions": 0.0}, "volume", 0),
        ({"stopped": 7}, "stops", 75),
    ],
)
def test_each_part_is_scored_on_its_stated_scale(changed: dict[str, float], part: str, score: float) -> None:
    found = {p.name: p.score for p in health(replace(WELL, **changed)).parts}  # type: ignore[arg-type]
    assert found[part] == pytest.approx(score, abs=1e-9)


def test_what_is_not_known_is_left_out_and_named_and_costs_nothing() -> None:
    found = health(replace(WELL, planned=None, recent=None))
    assert found.score == 100
    assert dict(found.unknown) == {
        "pacing": "it has no budget of its own in the plan",
        "trend": "the last week has no figure",
    }
    assert found.known == pytest.approx(0.65)
    assert math.fsum(p.weight for p in found.parts) == pytest.approx(1)


def test_with_too_little_known_there_is_no_score() -> None:
    with pytest.raises(NotEnoughData, match="it has no budget of its own in the plan"):
        health(Signs(days_behind=0, conversions=5))


_money = st.one_of(st.none(), st.floats(0, 1e6))
_count = st.one_of(st.none(), st.integers(0, 60))


@given(
    st.builds(
        Signs,
        better=st.sampled_from([-1, 1]),
        spent=_money,
        planned=_money,
        value=_money,
        reference=_money,
        recent=_money,
        earlier=_money,
        days_behind=_count,
        conversions=_money,
        stopped=_count,
        days=st.just(60),
    )
)
def test_a_score_lies_between_nothing_and_a_hundred_and_its_parts_add_up(signs: Signs) -> None:
    try:
        found = health(signs)
    except NotEnoughData:
        return
    assert -1e-9 <= found.score <= 100 + 1e-9
    assert found.score + sum(p.cost for p in found.parts) == pytest.approx(100)
    assert {p.name for p in found.parts} | {name for name, _ in found.unknown} == set(WEIGHTS)
