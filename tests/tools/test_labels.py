"""Figures by label: named, complete, and never without the campaigns that carry none."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.scope import Scope
from store import labels
from store.engine import write
from tests.tools.conftest import Bench

NOW = datetime(2024, 7, 1, tzinfo=UTC)
JUNE = ("2024-06-01", "2024-06-30")
SPEND = {"DE Brand": 50, "DE Generic": 300, "AT Brand": 40, "AT Generic": 90, "Old test": 20}


@pytest.fixture
def labelled(make_bench: Callable[..., Bench], generate: Callable[..., pd.DataFrame]) -> Bench:
    """Brand and country confirmed on Google Ads; nothing on Meta."""
    first, last = date(2024, 5, 1), date(2024, 6, 30)
    bench = make_bench(
        {
            ("google_ads", "Shop", "USD"): generate(SPEND, first, last, seed=1),
            ("meta", "Shop Meta", "USD"): generate({"Prospecting": 120}, first, last, seed=2),
        }
    )
    with write(bench.engine) as session:
        labels.propose_rules(session, bench.scope.account_ids[0], NOW)
        for key in ("brand", "country"):
            labels.decide(session, bench.scope, key, "confirmed", by="Ana", now=NOW)
    return bench


def _sum(bench: Bench, *campaigns: str) -> float:
    return sum(float(bench.sums(*JUNE, campaign=name)["spend"]) for name in campaigns)


def test_a_filter_by_label_reads_its_campaigns_and_says_which(labelled: Bench) -> None:
    done = labelled.call("metric", metrics=["spend"], period=JUNE, labels=["brand=non-brand"])
    assert labelled.values(done)[0] == pytest.approx(_sum(labelled, "DE Generic", "AT Generic"))
    assert done.facts[0].entity == "non-brand"
    assert "for non-brand" in labelled.read(done)
    assert "read by label: non-brand (AT Generic and DE Generic)" in done.caveats
    assert "Old test and Prospecting: no brand label, so not in it" in done.caveats


def test_what_is_left_out_by_label_is_named_and_the_unlabelled_stay_in(labelled: Bench) -> None:
    done = labelled.call("metric", metrics=["spend"], period=JUNE, exclude_labels=["brand=brand"])
    assert labelled.values(done)[0] == pytest.approx(
        _sum(labelled, "DE Generic", "AT Generic", "Old test", "Prospecting")
    )
    assert done.facts[0].entity == "all without brand"
    assert "Old test and Prospecting: no brand label, so still counted in" in done.caveats


def test_keys_narrow_together_and_values_of_one_key_are_alternatives(labelled: Bench) -> None:
    both = labelled.call("metric", metrics=["spend"], period=JUNE, labels=["brand=brand", "country=DE"])
    assert labelled.values(both)[0] == pytest.approx(_sum(labelled, "DE Brand"))
    either = labelled.call("metric", metrics=["spend"], period=JUNE, labels=["country=AT", "country=DE"])
    assert labelled.values(either)[0] == pytest.approx(_sum(labelled, *[c for c in SPEND if c != "Old test"]))


def test_a_platform_beside_a_label_stands_in_the_entity(labelled: Bench) -> None:
    done = labelled.call("metric", metrics=["spend"], period=JUNE, labels=["country=DE"], platforms=["google_ads"])
    assert done.facts[0].entity == "DE (google_ads)"


def test_a_breakdown_lists_those_without_the_label_apart_and_adds_up(labelled: Bench) -> None:
    done = labelled.call("breakdown", metrics=["spend"], by="label:country", period=JUNE)
    found = {f.entity: float(f.value or 0) for f in done.facts}
    assert set(found) == {"DE", "AT", "no country label"}
    assert sum(found.values()) == pytest.approx(float(labelled.sums(*JUNE)["spend"]))
    assert "Spend by country across Google Ads and Meta, June 2024" in labelled.read(done)


def test_shares_by_label_are_of_the_whole(labelled: Bench) -> None:
    done = labelled.call("breakdown", metrics=["spend"], by="label:country", period=JUNE, share=True,
                         labels=["country=DE"])  # fmt: skip
    share = next(f for f in done.facts if f.entity == "DE")
    whole = float(labelled.sums(*JUNE)["spend"])
    assert float(share.value or 0) == pytest.approx(_sum(labelled, "DE Brand", "DE Generic") / whole)


def test_the_unlabelled_are_never_ranked(labelled: Bench) -> None:
    done = labelled.call("breakdown", metrics=["spend"], by="label:country", period=JUNE, order="largest", limit=1)
    assert "Most spend across Google Ads and Meta, June 2024: DE" in labelled.read(done)
    assert "Apart: no country label" in labelled.read(done)


def test_two_periods_by_label_are_compared_per_value(labelled: Bench) -> None:
    done = labelled.call("compare", metrics=["spend"], period=JUNE, baseline=("2024-05-01", "2024-05-31"),
                         by="label:brand")  # fmt: skip
    assert {f.entity for f in done.facts} == {"brand", "non-brand", "no brand label"}
    assert done.table is not None
    assert done.table.columns[0] == "Brand"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"labels": ["funnel=prospecting"]}, r"no campaign is labelled funnel=prospecting; there is brand \(brand"),
        ({"labels": ["brand=generic"]}, "no campaign is labelled brand=generic"),
        ({"labels": ["brand=brand"], "platforms": ["meta"]}, "no label is confirmed yet: budgeteer labels propose"),
        ({"exclude_labels": ["country=FR"]}, "no campaign is labelled country=FR"),
        ({"labels": ["brand=brand"], "exclude_labels": ["brand=brand"]}, "no campaign is left"),
    ],
)
def test_a_label_that_no_campaign_carries_is_refused_with_those_there_are(
    labelled: Bench, arguments: dict[str, list[str]], said: str
) -> None:
    done = labelled.call("metric", metrics=["spend"], period=JUNE, **arguments)
    assert done.refused is not None
    assert re.search(said, done.refused), done.refused


def test_a_grouping_by_a_key_nobody_carries_is_refused(labelled: Bench) -> None:
    done = labelled.call("breakdown", metrics=["spend"], by="label:funnel", period=JUNE)
    assert done.refused is not None
    assert "no campaign carries a funnel label; there is brand (brand, non-brand) and country (AT, DE)" in done.refused


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(sorted(SPEND)), st.sampled_from(["a", "b", "no x label", "c c"]), max_size=5))
def test_the_parts_of_any_labelling_add_up_to_the_whole(labelled: Bench, given_labels: dict[str, str]) -> None:
    with write(labelled.engine) as session:
        scope = Scope(labelled.scope.account_ids)
        for name in SPEND:
            labels.unset_label(session, scope, name, "x", by="t", now=NOW)
        labels.set_label(session, scope, "Old test", "x", "z", by="t", now=NOW)
        for name, value in given_labels.items():
            labels.set_label(session, scope, name, "x", value, by="t", now=NOW)
    done = labelled.call("breakdown", metrics=["spend"], by="label:x", period=JUNE)
    total = labelled.call("metric", metrics=["spend"], period=JUNE)
    assert sum((f.value or Decimal(0) for f in done.facts), Decimal(0)) == total.facts[0].value
