"""What an incident's fix asks for: its campaigns and its direction, or why nothing is asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from agent.planner.rules import plan
from store.incidents import IncidentView
from tests.agent.planner.conftest import exports
from tools.incident_questions import fix
from tools.incident_words import fixable

AT = datetime(2024, 7, 1, 9, tzinfo=UTC)
ONE = IncidentView(
    id="a" * 32, account_id=1, account="Acme", platform="google_ads", timezone="UTC", kind="level_shift",
    metric="cpa", direction="up", reach="campaign", status="open", severity="warning", first_day=date(2024, 6, 29),
    last_day=date(2024, 6, 30), money=Decimal(900), currency="USD", cause={"kind": "cpc"}, revision=1, opened_at=AT,
    changed_at=AT, snoozed_until=None, ended_at=None, campaigns=("YouTube", "Search Network"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("metric", "direction", "way"),
    [("spend", "up", "less"), ("spend", "down", "more"), ("cpa", "up", "less"), ("cpc", "up", "less"),
     ("roas", "down", "less"), ("conversions", "down", "less"), ("revenue", "up", "more"), ("cpa", "down", "more")],
)  # fmt: skip
def test_a_fix_asks_for_the_campaigns_and_the_way_and_the_planner_reads_both(
    metric: str, direction: str, way: str
) -> None:
    asked = fix(replace(ONE, metric=metric, direction=direction))
    assert asked is not None
    (call,) = plan(asked, exports()).calls
    said = {"campaigns": ["YouTube", "Search Network"], "direction": way, "accounts": ["Acme"],
            "platforms": ["google_ads"]}  # fmt: skip
    assert (call.name, dict(call.args)) == ("recommend_budget", said)


@pytest.mark.parametrize(
    ("changes", "instead"),
    [({"kind": "tracking_break"}, "check the tag"), ({"cause": {"kind": "disapproval_or_paused"}}, "switched on"),
     ({"kind": "zero", "metric": "spend", "direction": "down"}, "switched on"),
     ({"cause": {"kind": "budget_change"}}, "Undo"), ({"cause": {"kind": "foreign_change"}}, "set it back there"),
     ({"cause": {"kind": "late_conversions"}}, "look again"), ({"cause": {"kind": "tracking_change"}}, "compare again"),
     ({"kind": "stale", "metric": "data"}, "readable first"), ({"status": "recovered"}, "it is over")],
)  # fmt: skip
def test_where_no_lever_helps_it_says_what_to_do_instead(changes: dict[str, object], instead: str) -> None:
    assert fixable(ONE) is None
    assert instead in str(fixable(replace(ONE, **changes)))  # type: ignore[arg-type]


def test_what_shows_in_no_campaign_asks_for_none() -> None:
    assert fix(replace(ONE, reach="account", campaigns=())) is None
