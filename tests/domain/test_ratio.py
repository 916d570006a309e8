"""A ratio is exact, and never taken for money."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import BadInput, InvalidAmount, UnknownCurrency
from domain.money import Money
from domain.ratio import NO_CURRENCY, Ratio, amount_from_micros
from domain.recommendation import plan_hash
from domain.recommendation_json import from_json, to_json
from tests.activation.world import change, recommendation, target


@given(st.integers(0, 10**12))
def test_a_ratio_goes_through_a_table_and_json_unchanged(micros: int) -> None:
    ratio = Ratio.from_micros(micros)
    assert amount_from_micros(ratio.micros, ratio.currency) == ratio
    rec = recommendation(1, target("r1", "4", str(ratio.amount)))
    assert from_json(to_json(rec)) == rec


@pytest.mark.parametrize(
    "wrong", ["NaN", "sNaN", "-Infinity", "1e-7", "1e20", "1e308", "4.0000000000000000000000000000001"]
)
def test_what_is_no_exact_number_is_refused(wrong: str) -> None:
    for made in (Ratio, partial(Money, currency="EUR")):
        with pytest.raises(InvalidAmount):
            made(Decimal(wrong))


def test_money_and_ratios_are_never_taken_for_each_other() -> None:
    with pytest.raises(UnknownCurrency):
        Money(Decimal(4), NO_CURRENCY)
    with pytest.raises(BadInput):
        _ = Ratio(Decimal(4)) < Money(Decimal(5), "EUR")  # type: ignore[operator]
    with pytest.raises(BadInput, match="is not a target CPA"):
        target("r1", "4", "5").__class__(**{**_fields(target("r1", "4", "5")), "field": "target_cpa"})


def test_the_hash_tells_a_target_from_a_budget_of_the_same_amount() -> None:
    budget = change("x", "30", "27.5")
    cpa = target("x", "30", "27.5")
    assert plan_hash([budget]) != plan_hash([cpa])
    dollars = replace(cpa, before=Money(Decimal(30), "USD"), after=Money(Decimal("27.5"), "USD"))
    roas = replace(cpa, field="target_roas", before=Ratio(Decimal(30)), after=Ratio(Decimal("27.5")))
    finer = replace(roas, after=Ratio(Decimal("27.500001")))
    assert len({plan_hash([c]) for c in (budget, cpa, dollars, roas, finer)}) == 5
    assert (roas.moves, finer.moves) == ("target ROAS 30.00 to 27.50", "target ROAS 30.00 to 27.500001")


def _fields(one: object) -> dict[str, object]:
    return {name: getattr(one, name) for name in one.__dataclass_fields__}  # type: ignore[attr-defined]
