"""What Google says of a campaign comes with the read of its budgets, and asks for no request of its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from emulators.market.incidents import Incident
from tests.connectors.google_ads.conftest import ACCOUNT

DISAPPROVED, PAUSED = "Generic Search DE", "Brand Search"


@pytest.fixture
def hit(google: Any) -> Iterator[Any]:
    """Ads of one campaign disapproved and another campaign paused since yesterday; the market as it was afterwards."""
    market = google.handle.market
    before, since = list(market._incidents), market.today - timedelta(days=1)
    market.inject(Incident("disapproval", since, campaign=DISAPPROVED))
    market.inject(Incident("pause", since, campaign=PAUSED))
    yield google
    market._incidents[:] = before


def test_the_status_and_its_reasons_are_read_with_the_budgets(hit: Any) -> None:
    asked = hit.handle.service.queries
    before = len(asked)
    states = hit.connector.budgets(ACCOUNT)
    assert len([q for q in asked[before:] if " FROM campaign " in q]) == 2  # who spends, and what was lost
    found = {s.name: (s.status, s.reasons) for state in states for s in state.serving}
    assert found.pop(DISAPPROVED) == ("NOT_ELIGIBLE", ("HAS_ADS_DISAPPROVED",))
    assert found.pop(PAUSED) == ("PAUSED", ("CAMPAIGN_PAUSED",))
    assert len(found) == 5
    for status, reasons in found.values():
        assert (status, reasons) in (("ELIGIBLE", ()), ("LIMITED", ("BUDGET_CONSTRAINED",)),
                                     ("LEARNING", ("BIDDING_STRATEGY_LEARNING",)))  # fmt: skip
