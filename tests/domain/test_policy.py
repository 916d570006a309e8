"""The policy: what it refuses, what it warns of, and that a missing fact refuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import BadInput, InvalidAmount, UnknownCurrency
from domain.money import Money
from domain.policy import EntityFacts, Freeze, Limits, PolicyFacts, check, expiry, net_new_micros, quorum, tier
from domain.ratio import Ratio
from domain.recommendation import Change, Field, plan_hash

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)  # a Wednesday
CENT = 10_000
LIMITS = Limits()


def change(before: str, after: str, entity: str = "b1", currency: str = "USD") -> Change:
    return Change(
        "google_ads", "1", entity, f"Budget {entity}", "daily_budget",
        Money(Decimal(before), currency), Money(Decimal(after), currency), NOW,
    )  # fmt: skip


def aim(field: Field, before: str, after: str) -> Change:
    sides = [Ratio(Decimal(v)) if field == "target_roas" else Money(Decimal(v), "USD") for v in (before, after)]
    return Change("google_ads", "1", "c1", "Bid c1", field, sides[0], sides[1], NOW)


def facts(*entities: str, **changed: object) -> PolicyFacts:
    known = {e: EntityFacts(billable_unit_micros=CENT) for e in entities or ("b1", "b2")}
    base = PolicyFacts(1, "UTC", Money(Decimal(5000), "USD"), 0, date(2026, 3, 3), known)
    return replace(base, **changed)  # type: ignore[arg-type]


def refused(*changes: Change, on: PolicyFacts | None = None, limits: Limits = LIMITS) -> str:
    return "; ".join(check(changes, on or facts(), limits, NOW).refusals)


def test_a_step_within_the_limits_passes_without_a_warning() -> None:
    verdict = check([change("200", "240")], facts(), LIMITS, NOW)
    assert verdict.allowed
    assert verdict.warnings == ()


def test_a_step_above_twenty_percent_warns_and_above_fifty_is_refused() -> None:
    assert "restart" in check([change("200", "240.01")], facts(), LIMITS, NOW).warnings[0]
    assert check([change("200", "300")], facts(), LIMITS, NOW).allowed
    assert "+50.0 % is above" in refused(change("200", "300.01"))


def test_ten_a_day_is_a_legal_step_from_any_budget() -> None:
    assert not refused(change("5", "15"))
    assert not refused(change("0", "10"))
    assert "above the step limit" in refused(change("5", "15.01"))
    assert "a budget of nothing" in refused(change("0", "10.01"))


def test_a_cut_deeper_than_eighty_percent_is_refused() -> None:
    assert not refused(change("200", "40"))
    assert "pause it instead" in refused(change("200", "39.99"))


def test_several_steps_in_a_day_count_from_where_the_day_began() -> None:
    began = {"b1": EntityFacts(day_ago=Money(Decimal(100), "USD"), billable_unit_micros=CENT)}
    assert not refused(change("150", "200"), on=facts(entities=began))
    assert "in 24 hours is above +100 %" in refused(change("150", "200.01"), on=facts(entities=began))
    assert "deeper than" in refused(change("50", "19.99"), on=facts(entities=began))


def test_the_envelope_counts_what_others_reserved_and_what_this_plan_cuts() -> None:
    assert not refused(change("2000", "2400"), on=facts(reserved_24h_micros=600_000_000))
    assert "over the envelope" in refused(change("2000", "2400"), on=facts(reserved_24h_micros=600_000_001))
    moved = [change("2000", "2400"), change("2000", "1600", "b2")]
    assert not refused(*moved, on=facts(reserved_24h_micros=1_000_000_000))


def test_missing_facts_refuse() -> None:
    assert "unknown, so no net new spend" in refused(change("200", "240"), on=facts(mean_daily_spend_7d=None))
    assert "never read" in refused(change("200", "190", "b9"))
    assert "no figures" in refused(change("200", "190"), on=facts(last_data_day=None))
    assert "4 days ago" in refused(change("200", "190"), on=facts(last_data_day=date(2026, 2, 28)))


def test_amounts_the_platform_cannot_bill_are_refused_not_rounded() -> None:
    assert "smallest step" in refused(change("200", "240.005"))
    assert "minimum" in refused(change("5", "0"))
    yen = {"b1": EntityFacts(billable_unit_micros=1_000_000)}
    account = facts(entities=yen, mean_daily_spend_7d=Money(Decimal(50_000), "JPY"))
    assert "smallest step" in refused(change("2000", "2100.5", currency="JPY"), on=account)


def test_an_amount_finer_than_its_currency_is_told_with_every_digit() -> None:
    assert "33.333333 USD is not a multiple of 0.01 USD" in refused(change("30", "33.333333"))
    assert change("30", "0.004").moves == "30.00 USD to 0.004 USD"
    aimed = facts(entities={"c1": EntityFacts(billable_unit_micros=CENT)})
    assert "33.004 USD is not a multiple" in refused(aim("target_cpa", "30", "33.004"), on=aimed)


def test_one_entity_twice_nothing_at_all_and_two_currencies_are_refused() -> None:
    assert "2 times" in refused(change("200", "210"), change("200", "220"))
    assert "changes nothing" in refused()
    assert "nothing to change" in refused(change("200", "200"))
    assert "several currencies" in refused(change("200", "210"), change("200", "210", "b2", "EUR"))


def test_a_kill_switch_and_a_freeze_refuse_everything() -> None:
    assert "stopped: everything, by Ben" in refused(change("200", "190"), on=facts(stopped_by=("everything, by Ben",)))
    freeze = Freeze(NOW, NOW + timedelta(hours=1), "Black Friday")
    assert "Black Friday" in refused(change("200", "190"), limits=Limits(freezes=(freeze,)))
    assert not refused(change("200", "190"), limits=Limits(freezes=(replace(freeze, account_id=2),)))
    over = replace(freeze, start=NOW - timedelta(hours=2), end=NOW)
    assert not refused(change("200", "190"), limits=Limits(freezes=(over,)))


def test_a_change_within_seven_days_of_the_last_one_warns() -> None:
    recent = {"b1": EntityFacts(last_change_at=NOW - timedelta(days=6), billable_unit_micros=CENT)}
    verdict = check([change("200", "210")], facts(entities=recent), LIMITS, NOW)
    assert verdict.allowed
    assert "not known yet" in verdict.warnings[0]


def test_working_hours_skip_the_night_and_the_weekend() -> None:
    thursday_afternoon = datetime(2026, 3, 5, 15, tzinfo=UTC)
    assert expiry(thursday_afternoon, LIMITS, "UTC") == datetime(2026, 3, 10, 15, tzinfo=UTC)
    assert expiry(NOW, Limits(working_hours=None), "UTC") == NOW + timedelta(hours=24)
    assert expiry(NOW, Limits(expiry_hours=1), "America/New_York") == datetime(2026, 3, 4, 15, tzinfo=UTC)


def test_more_than_a_small_shift_takes_the_second_tier_and_two_people_where_set() -> None:
    assert tier([change("200", "220"), change("200", "180", "b2")], LIMITS) == 1
    assert tier([change("200", "220")], LIMITS) == 2
    for way, small, looser in (("target_cpa", "33", True), ("target_cpa", "27", False), ("target_roas", "33", False),
                               ("target_roas", "27", True)):  # fmt: skip
        step = aim(way, "30", small)
        assert (step.loosens, tier([step], LIMITS)) == (looser, 2 if looser else 1), way
        assert tier([aim(way, "30", "24")], LIMITS) == tier([aim(way, "30", "36")], LIMITS) == 2
        assert net_new_micros([step]) == 0
    assert quorum(2, LIMITS) == 1
    assert quorum(2, Limits(two_people_above_tier=1)) == 2
    assert quorum(2, Limits(two_people_above_tier=1, solo_mode=True)) == 1


@given(
    before=st.decimals(min_value=0, max_value=10**9, places=2),
    after=st.decimals(min_value=0, max_value=10**9, places=2),
)
def test_whatever_passes_lies_within_every_limit(before: Decimal, after: Decimal) -> None:
    plan = change(str(before), str(after))
    if not check([plan], facts(), LIMITS, NOW).allowed:
        return
    small = abs(after - before) <= 10
    assert after >= Decimal("0.01")
    assert small or after <= before * Decimal("1.5")
    assert small or after >= before * Decimal("0.2")
    assert net_new_micros([plan]) <= 1_000_000_000


@pytest.mark.parametrize("amount", ["NaN", "sNaN", "Infinity", "-Infinity", "1e308", "0.0000001"])
def test_an_amount_that_is_not_exact_money_never_becomes_a_change(amount: str) -> None:
    with pytest.raises(InvalidAmount):
        change("100", amount)
    with pytest.raises(InvalidAmount):
        change(amount, "100")


@pytest.mark.parametrize("text", ["1,000", "1.000,50", "1 000", "ten", "", "NaN", "1e3", "0x10", "12.345", "٣"])
def test_text_that_is_not_a_plain_amount_is_refused(text: str) -> None:
    with pytest.raises(InvalidAmount):
        Money.parse(text, "USD")


def test_negative_amounts_unknown_currencies_and_mixed_ones_are_refused() -> None:
    with pytest.raises(BadInput, match="negative"):
        change("100", "-1")
    for code in ("XXQ", "usd", "", "US$"):
        with pytest.raises(UnknownCurrency):
            change("100", "120", currency=code)
    with pytest.raises(BadInput, match="cannot become"):
        Change("g", "1", "b", "B", "daily_budget", Money(Decimal(1), "USD"), Money(Decimal(1), "EUR"), NOW)
    with pytest.raises(InvalidAmount):
        Money.parse("100.5", "JPY")


@given(st.lists(st.tuples(st.integers(0, 2**62), st.integers(0, 2**62)), min_size=1, max_size=5), st.randoms())
def test_the_plan_hash_is_of_the_operations_whatever_their_order(amounts: list[tuple[int, int]], rng: object) -> None:
    plan = [
        Change(
            "g", "1", f"b{i}", f"B{i}", "daily_budget", Money.from_micros(b, "USD"), Money.from_micros(a, "USD"), NOW
        )
        for i, (b, a) in enumerate(amounts)
    ]
    other = [replace(c, observed_at=NOW + timedelta(days=1), entity_name="renamed") for c in plan]
    rng.shuffle(other)  # type: ignore[attr-defined]
    assert plan_hash(plan) == plan_hash(other)
    moved = [replace(plan[0], after=Money.from_micros(plan[0].after.micros + 1, "USD")), *plan[1:]]
    assert plan_hash(plan) != plan_hash(moved)
