"""Questions about health: whose it is, and that a period is not quietly dropped."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("question", "filters"),
    [
        ("how healthy is YouTube?", {"campaigns": ["YouTube"]}),
        ("is YouTube healthy", {"campaigns": ["YouTube"]}),
        ("health score of YouTube", {"campaigns": ["YouTube"]}),
        ("how healthy are our campaigns?", {}),
        ("which campaigns are unhealthy", {}),
        ("campaign health on google", {"platforms": ["google_ads"]}),
    ],
)
def test_whose_health_is_asked_for_is_kept(ask: Any, question: str, filters: dict[str, list[str]]) -> None:
    planned = ask(question)
    assert planned.refused is None, planned.refused
    (call,) = planned.calls
    assert (call.name, {k: v for k, v in call.args.items() if v}) == ("health", filters)
    assert planned.exact


def test_health_of_a_period_is_refused(ask: Any) -> None:
    assert "as of now" in ask("how healthy was YouTube last month").refused
