"""The plan in the policy: pools are walls, locked money stays, a pool is not raised over its budget."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from domain.money import Money
from domain.policy import EntityFacts, Limits, PolicyFacts, check
from domain.pools import PlanFacts, PoolFacts
from domain.recommendation import Change

NOW = datetime(2024, 6, 19, 12, tzinfo=UTC)


def euros(amount: str | Decimal) -> Money:
    return Money(Decimal(amount), "EUR")


def change(entity: str, before: str, after: str) -> Change:
    return Change("google_ads", "1", entity, f"Budget {entity}", "daily_budget", euros(before), euros(after), NOW)


PLAN = PlanFacts(
    "June 2024", 12,
    {"a": PoolFacts("PO 1", euros(3000), euros(2900)), "b": PoolFacts("PO 2", None, None, "the plan names no budget")},
    {"a1": "a", "a2": "a", "b1": "b", "b2": "b"},
)  # fmt: skip


def refusals(*changes: Change, plan: PlanFacts | None = PLAN) -> str:
    known = {c.entity: EntityFacts(billable_unit_micros=10_000) for c in changes}
    facts = PolicyFacts(1, "UTC", euros(100_000), 0, date(2024, 6, 18), known, plan=plan)
    return "; ".join(check(changes, facts, Limits(), NOW).refusals)


def test_money_moves_within_a_pool_and_never_between_two() -> None:
    assert refusals(change("a1", "100", "110"), change("a2", "100", "90")) == ""
    said = refusals(change("a1", "100", "90"), change("b1", "100", "110"))
    assert said == "money never moves between pools: this takes it from “PO 1” and gives it to “PO 2”"
    assert refusals(change("a1", "100", "90"), change("b1", "100", "110"), plan=None) == ""


def test_a_raise_that_lands_a_pool_over_its_budget_is_refused_with_the_figure() -> None:
    assert refusals(change("a1", "100", "108")) == ""  # 2,900 + 8 * 12 = 2,996
    said = refusals(change("a1", "100", "110"))
    assert said == (
        "10.00 EUR a day more would land “PO 1” at 3,020.00 EUR of its 3,000.00 EUR for June 2024, 20.00 EUR over"
    )
    assert refusals(change("b1", "100", "110")) == ""  # no budget, no wall at its top


def test_a_cut_is_allowed_in_a_pool_that_lands_over_its_budget() -> None:
    over = replace(PLAN, pools={"a": PoolFacts("PO 1", euros(3000), euros(4000))})
    assert refusals(change("a1", "100", "90"), plan=over) == ""


def test_where_a_pool_lands_is_unknown_it_is_not_raised() -> None:
    unknown = replace(PLAN, pools={"a": PoolFacts("PO 1", euros(3000), None, "fewer than four weeks of history")})
    assert "unknown (fewer than four weeks of history)" in refusals(change("a1", "100", "101"), plan=unknown)


def test_locked_money_and_a_budget_of_several_pools_stay() -> None:
    assert "the plan of June 2024 locks Brand" in refusals(
        change("a1", "100", "101"), plan=replace(PLAN, locked={"a1": "Brand"})
    )
    shared = replace(PLAN, pool_of={}, several={"a1": "PO 1, PO 2"})
    assert "paid from several pools (PO 1, PO 2)" in refusals(change("a1", "100", "101"), plan=shared)


@given(
    st.lists(
        st.tuples(st.sampled_from(["a1", "a2", "b1", "b2"]), st.integers(-20, 20)), min_size=1, unique_by=lambda m: m[0]
    )
)
def test_what_passes_leaves_no_pool_richer_by_anothers_loss(moves: list[tuple[str, int]]) -> None:
    changes = [change(entity, "100", str(100 + by)) for entity, by in moves if by]
    net = {pool: sum(by for entity, by in moves if entity[0] == pool) for pool in "ab"}
    said = refusals(*changes) if changes else "nothing"
    if "never moves" not in said:
        assert not (max(net.values()) > 0 > min(net.values()))
