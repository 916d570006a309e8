"""Contributions and mix against rate, checked as identities and by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from analytics.compare import Part, contributions, mix_and_rate
from analytics.errors import NotEnoughData

amounts = st.decimals(0, 10_000_000, places=6)
names = st.sampled_from(["a", "b", "c", "d", "e"])
amounts_by_name = st.dictionaries(names, amounts, max_size=5)
parts_by_name = st.dictionaries(
    names, st.builds(Part, amounts, st.one_of(st.just(Decimal(0)), st.decimals("0.1", 1_000_000, places=1))), max_size=5
)


@given(before=amounts_by_name, now=amounts_by_name)
def test_contributions_sum_exactly_to_the_total_change(before: dict[str, Decimal], now: dict[str, Decimal]) -> None:
    found = contributions(before, now)
    assert sum(c.change for c in found) == sum(now.values()) - sum(before.values())
    assert {c.entity for c in found} == {*before, *now}
    assert [abs(c.change) for c in found] == sorted((abs(c.change) for c in found), reverse=True)


def _ratio(parts: dict[str, Part]) -> Decimal:
    return sum(p.numerator for p in parts.values()) / sum((p.denominator for p in parts.values()), Decimal(0))


@given(before=parts_by_name, now=parts_by_name)
def test_net_effects_sum_to_the_change_of_the_ratio(before: dict[str, Part], now: dict[str, Part]) -> None:
    assume(any(p.denominator for p in before.values()) and any(p.denominator for p in now.values()))
    change = mix_and_rate(before, now)
    scale = max(abs(change.before), abs(change.now), Decimal(1))
    assert change.now == _ratio(now)
    assert change.before == _ratio(before)
    assert abs(sum(e.net for e in change.effects) - (_ratio(now) - _ratio(before))) <= scale * Decimal("1e-18")


@given(before=parts_by_name, now=parts_by_name)
def test_rate_and_mix_of_an_entity_add_up_to_its_net_effect(before: dict[str, Part], now: dict[str, Part]) -> None:
    assume(any(p.denominator for p in before.values()) and any(p.denominator for p in now.values()))
    for effect in mix_and_rate(before, now).effects:
        present = all(e.get(effect.entity, Part(Decimal(0), Decimal(0))).denominator > 0 for e in (before, now))
        assert (effect.rate is not None) == (effect.mix is not None) == present
        if effect.rate is not None and effect.mix is not None:
            size = max(abs(effect.rate), abs(effect.mix), Decimal(1))
            assert abs(effect.rate + effect.mix - effect.net) <= size * Decimal("1e-12")


def test_an_unchanged_mix_has_no_mix_effect() -> None:
    before = {"a": Part(Decimal(10), Decimal(10)), "b": Part(Decimal(40), Decimal(10))}
    now = {"a": Part(Decimal(30), Decimal(10)), "b": Part(Decimal(40), Decimal(10))}
    change = mix_and_rate(before, now)
    assert change.change == 1
    assert {e.entity: (e.rate, e.mix) for e in change.effects} == {"a": (1, 0), "b": (0, 0)}


def test_a_shift_to_the_dearer_entity_is_mix_alone() -> None:
    before = {"cheap": Part(Decimal(80), Decimal(80)), "dear": Part(Decimal(60), Decimal(20))}
    now = {"cheap": Part(Decimal(20), Decimal(20)), "dear": Part(Decimal(240), Decimal(80))}
    change = mix_and_rate(before, now)
    assert change.change == Decimal("1.2")
    assert [e.rate for e in change.effects] == [0, 0]
    assert sum(e.mix for e in change.effects if e.mix is not None) == Decimal("1.2")


def test_spend_without_conversions_has_a_net_effect_only() -> None:
    before = {"works": Part(Decimal(100), Decimal(10)), "wastes": Part(Decimal(0), Decimal(0))}
    now = {"works": Part(Decimal(100), Decimal(10)), "wastes": Part(Decimal(50), Decimal(0))}
    change = mix_and_rate(before, now)
    wastes = next(e for e in change.effects if e.entity == "wastes")
    assert (wastes.rate, wastes.mix, wastes.net) == (None, None, Decimal(5))
    assert change.change == 5


def test_a_tiny_share_of_the_denominator_is_marked_thin() -> None:
    before = {"big": Part(Decimal(100), Decimal(999)), "tiny": Part(Decimal(50), Decimal(1))}
    now = {"big": Part(Decimal(100), Decimal(500)), "tiny": Part(Decimal(50), Decimal(500))}
    assert {e.entity: e.thin for e in mix_and_rate(before, now).effects} == {"big": False, "tiny": True}


def test_an_undefined_ratio_is_refused_with_its_period() -> None:
    some, none = {"a": Part(Decimal(1), Decimal(1))}, {"a": Part(Decimal(1), Decimal(0))}
    with pytest.raises(NotEnoughData, match="second period"):
        mix_and_rate(some, none)
    with pytest.raises(NotEnoughData, match="first period"):
        mix_and_rate({}, some)
