"""One definition per metric: sum over sum, unknown with its reason."""

from __future__ import annotations

from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.metrics import BASES, METRICS

SUMS = {
    "spend": Decimal(200),
    "impressions": Decimal(50_000),
    "clicks": Decimal(400),
    "conversions": Decimal(8),
    "revenue": Decimal(900),
    "sessions": Decimal(320),
}


@pytest.mark.parametrize(
    ("slug", "value"),
    [
        ("spend", "200"), ("impressions", "50000"), ("clicks", "400"), ("conversions", "8"), ("revenue", "900"),
        ("ctr", "0.008"), ("cpc", "0.5"), ("cpm", "4"), ("cvr", "0.02"), ("cpa", "25"), ("roas", "4.5"),
        ("aov", "112.5"), ("sessions", "320"), ("session_cvr", "0.025"),
    ],
)  # fmt: skip
def test_each_metric_is_what_the_field_means_by_it(slug: str, value: str) -> None:
    assert METRICS[slug].value(SUMS) == (Decimal(value), None)


def test_every_metric_is_checked_above() -> None:
    assert len(METRICS) == 14


@pytest.mark.parametrize(("slug", "nothing"), [("cpa", "conversions"), ("ctr", "impressions"), ("roas", "spend")])
def test_a_ratio_over_nothing_is_undefined_and_says_over_what(slug: str, nothing: str) -> None:
    value, reason = METRICS[slug].value(SUMS | {nothing: Decimal(0)})
    assert (value, reason) == (None, f"undefined: no {nothing} in this period")


@pytest.mark.parametrize("missing", BASES)
def test_what_is_not_in_the_data_is_unknown_and_never_zero(missing: str) -> None:
    for metric in METRICS.values():
        value, reason = metric.value(SUMS | {missing: None})
        if missing in (metric.numerator, metric.denominator):
            assert (value, reason) == (None, f"{missing} is not in the data")
        else:
            assert value is not None


@given(st.lists(st.tuples(st.integers(1, 10**6), st.integers(1, 10**4)), min_size=2, max_size=6))
def test_a_ratio_of_sums_lies_between_the_ratios_of_its_parts(parts: list[tuple[int, int]]) -> None:
    metric = METRICS["cpa"]
    spend, conversions = (Decimal(sum(p[i] for p in parts)) for i in (0, 1))
    value, _ = metric.value({"spend": spend, "conversions": conversions})
    ratios = [Decimal(s) / c for s, c in parts]
    assert value is not None
    assert min(ratios) * Decimal("0.999999") <= value <= max(ratios) * Decimal("1.000001")


def test_words_are_lower_case_and_belong_to_one_metric_only() -> None:
    words = [w for m in METRICS.values() for w in m.words]
    assert words == [w.lower() for w in words]
    assert len(words) == len(set(words))


def test_the_tools_accept_exactly_the_defined_metrics() -> None:
    from tools.arguments import MetricSlug

    assert set(get_args(MetricSlug)) == set(METRICS)
