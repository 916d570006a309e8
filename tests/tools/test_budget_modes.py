"""What a plan can be asked for: each mode keeps what it promises, and what cannot be met says why."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from domain.errors import BadInput, CannotAnswer
from domain.policy import Limits
from emulators.market.world import Market
from evals.recommend import market_levers
from tools.budget import DRAWS, Bound, GroupBound, Request, Split, best_split
from tools.effect import chance_worse, left_at_margins

WIDE = Limits(max_step=Decimal("0.5"))


@pytest.fixture(scope="module")
def levers():
    return market_levers(Market(seed=7))


def split_of(levers, limits: Limits = WIDE, **asked) -> Split:
    return best_split(levers, Request(**asked), limits, np.random.default_rng(7))


def test_a_cut_meets_its_total_and_loses_less_than_the_same_share_for_all(levers):
    split = split_of(levers, mode="least_loss", cut=Decimal("0.10"))
    assert split.total == (split.total_now * Decimal("0.9")).quantize(Decimal("0.01"))
    moved = sum(m.lever.now for m in split.movable)
    share = 1 - (split.total_now - split.total) / moved
    even = {m.lever.entity: m.lever.now * share for m in split.movable}
    assert split.gain(even).mean() < split.gain(split.amounts).mean() < 0


def test_a_target_roas_is_met_on_average_with_the_most_spend(levers):
    today = split_of(levers)
    now = {m.lever.entity: m.lever.now for m in today.movable}
    target = Decimal(repr(round(float(today.ratio(now).mean()) * 1.02, 4)))
    split = split_of(levers, mode="target_roas", target=target)
    assert split.ratio(split.amounts).mean() >= float(target)
    more = split_of(levers, total=split.total + 60)
    assert more.ratio(more.amounts).mean() < float(target)


def test_a_target_cpa_is_met_where_it_can_be_and_refused_with_the_best_there_is(levers):
    conversions = replace(levers, outcome="conversions")
    now = {m.lever.entity: m.lever.now for m in split_of(conversions).movable}
    today = float(1 / split_of(conversions).ratio(now).mean())
    split = split_of(conversions, mode="target_cpa", target=Decimal(repr(round(today * 0.99, 6))))
    assert 1 / split.ratio(split.amounts).mean() <= today * 0.99 * (1 + 1e-6)
    with pytest.raises(CannotAnswer, match=r"a CPA of 0\.01 .* cannot be met: the best within the limits is"):
        split_of(conversions, mode="target_cpa", target=Decimal("0.01"))


def test_the_target_on_the_margin_spends_no_more_than_the_one_on_average(levers):
    average = split_of(levers, mode="target_roas", target=Decimal(2))
    margin = split_of(levers, mode="target_roas", target=Decimal(2), on_margin=True)
    assert margin.total <= average.total


def test_a_flexible_budget_spends_until_the_next_unit_returns_itself(levers):
    split = split_of(levers, mode="flexible")
    for m in split.movable:
        amount = split.amounts[m.lever.entity]
        inside = m.low * Decimal("1.02") < amount < m.high * Decimal("0.98")
        if inside and amount != m.lever.now:
            assert m.marginal(amount)[1] == pytest.approx(1, abs=0.1)
    capped = split_of(levers, mode="flexible", total=split.total - 50)
    assert capped.total <= split.total - 50


def test_a_flexible_budget_pays_at_the_margins_of_the_plan_where_they_are_known(levers):
    goods = replace(levers, levers=tuple(replace(v, margin=Decimal("0.35")) for v in levers.levers))
    split, blind = split_of(goods, mode="flexible"), split_of(levers, mode="flexible")
    assert split.total < blind.total
    assert split.amounts == split_of(goods, mode="flexible", objective="profit").amounts
    assert split_of(goods, mode="flexible", objective="revenue").amounts == blind.amounts
    assert left_at_margins(split) > 0 > left_at_margins(replace(split, amounts=blind.amounts))
    assert left_at_margins(blind) is None
    for m in split.movable:  # nobody is raised whose next unit does not bring its own cost
        if split.amounts[m.lever.entity] > m.lever.now * Decimal("1.02"):
            assert m.marginal(m.lever.now)[1] * 0.35 > 1


def test_worse_than_today_counts_what_the_margins_leave_of_another_total(levers):
    thin = replace(levers, levers=tuple(replace(v, margin=Decimal("0.1")) for v in levers.levers))
    cut, blind = (split_of(own, mode="least_loss", cut=Decimal("0.10")) for own in (thin, levers))
    assert cut.amounts == blind.amounts
    kept, lost = cut.total_now - cut.total, blind.gain(blind.amounts)
    assert chance_worse(blind, blind.amounts, levers) == pytest.approx(
        (np.sum(lost + float(kept) < 0) + 1) / (DRAWS + 1)
    )
    assert chance_worse(cut, cut.amounts, thin) == pytest.approx(
        (np.sum(0.1 * lost + float(kept) < 0) + 1) / (DRAWS + 1)
    )
    assert chance_worse(cut, cut.amounts, thin) < 0.05 < chance_worse(blind, blind.amounts, levers)


def test_a_target_that_every_budget_meets_at_its_most_is_met_with_the_most(levers):
    now = {m.lever.entity: m.lever.now for m in split_of(levers).movable}
    easy = Decimal(repr(round(float(split_of(levers).ratio(now).mean()) / 4, 4)))
    for mode, target, of in (("target_roas", easy, levers), ("target_cpa", 1 / easy, conversions_of(levers))):
        split = split_of(of, mode=mode, target=target)
        assert sum(m.high for m in split.movable) - sum(split.amounts.values()) < split.total * Decimal("0.01")


def conversions_of(levers):
    return replace(levers, outcome="conversions")


def test_the_same_result_for_less_brings_as_much_and_costs_less(levers):
    split = split_of(levers, mode="same_for_less")
    assert split.total < split.total_now
    assert split.gain(split.amounts).mean() >= -1e-9 * split.base()


def test_profit_counts_revenue_at_the_plans_margins_and_refuses_without(levers):
    with pytest.raises(CannotAnswer, match="has none for"):
        split_of(levers, objective="profit")
    thin = [replace(v, margin=Decimal("0.05") if i % 2 else Decimal("0.9")) for i, v in enumerate(levers.levers)]
    split = split_of(replace(levers, levers=tuple(thin)), objective="profit")
    by_margin = {m.lever.entity: float(m.lever.margin) for m in split.movable}

    def profit(of: Split) -> float:
        return sum(by_margin[m.lever.entity] * m.draws(of.amounts[m.lever.entity]).mean() for m in split.movable)

    assert profit(split) > profit(split_of(levers))


def test_groups_keep_their_sums_to_the_cent_beside_pools_and_what_stays_counts(levers):
    free = split_of(levers)
    first, second = (m.lever for m in free.changed[:2])
    stays = next(v for v in levers.levers if v.name in free.held)
    most = first.now + second.now + stays.now - Decimal("33.33")
    group = GroupBound("brand=acme", frozenset({first.entity, second.entity, stays.entity}), Bound(high=most))
    split = split_of(levers, groups=(group,))
    assert split.amounts[first.entity] + split.amounts[second.entity] + stays.now <= most
    assert split.total == split.total_now
    assert not split.today_allowed
    pools = [replace(v, pool="a" if i % 2 else "b") for i, v in enumerate(levers.levers)]
    walled = replace(levers, levers=tuple(pools))
    wide = GroupBound("all", frozenset(v.entity for v in pools), Bound(low=Decimal(1)))
    split = split_of(walled, groups=(wide,))
    for name in ("a", "b"):
        own = [m for m in split.movable if m.lever.pool == name]
        assert sum(split.amounts[m.lever.entity] for m in own) == sum(m.lever.now for m in own)
    tight = GroupBound("brand=acme", frozenset({stays.entity}), Bound(high=stays.now - 1))
    with pytest.raises(CannotAnswer, match=f"what cannot be moved there is {stays.now:,.2f} a day"):
        split_of(levers, groups=(tight,))


def test_each_pool_spends_what_is_said_of_it(levers):
    pools = [replace(v, pool="a" if i % 2 else "b") for i, v in enumerate(levers.levers)]
    walled = replace(levers, levers=tuple(pools))
    wanted = sum(v.now for v in pools if v.pool == "a") - 100
    split = split_of(walled, pools={"a": wanted})
    spent = {v.entity: split.amounts.get(v.entity, v.now) for v in pools}
    assert sum(spent[v.entity] for v in pools if v.pool == "a") == wanted
    assert sum(spent[v.entity] for v in pools if v.pool == "b") == sum(v.now for v in pools if v.pool == "b")
    cut = split_of(walled, mode="least_loss", cut=Decimal("0.1"))
    spent = {v.entity: cut.amounts.get(v.entity, v.now) for v in pools}
    for name in ("a", "b"):
        today = sum(v.now for v in pools if v.pool == name)
        then = sum(spent[v.entity] for v in pools if v.pool == name)
        assert then == (today * Decimal("0.9")).quantize(Decimal("0.01"))
    with pytest.raises(CannotAnswer, match="several pools"):
        split_of(walled, mode="flexible")


def test_frozen_budgets_stay_and_no_other_moves_further_than_asked(levers):
    free = split_of(levers)
    first = free.changed[0].lever
    split = split_of(levers, frozen=frozenset({first.name.upper()}), max_change=Decimal("0.2"))
    assert split.amounts[first.entity] == first.now
    for m in split.movable:
        assert abs(split.amounts[m.lever.entity] - m.lever.now) <= m.lever.now * Decimal("0.2")


def test_a_bound_asked_for_is_kept_and_one_that_policy_forbids_names_both(levers):
    name = split_of(levers).changed[0].lever.name
    lever = next(v for v in levers.levers if v.name == name)
    split = split_of(levers, bounds={name: Bound(low=lever.now * Decimal("1.3"))})
    assert split.amounts[lever.entity] >= lever.now * Decimal("1.3")
    with pytest.raises(CannotAnswer, match=r"at least .* was asked for, but no budget may change by more than 50 %"):
        split_of(levers, bounds={name: Bound(low=lever.now * 2)})


def test_a_total_out_of_reach_names_what_holds_each_budget_and_the_nearest(levers):
    name = split_of(levers).movable[0].lever.name
    with pytest.raises(CannotAnswer, match=r"it was asked to stay .*no budget may .*nearest total") as refusal:
        split_of(levers, total=Decimal(9000), frozen=frozenset({name}))
    assert name in str(refusal.value)


def test_a_name_that_is_no_budgets_is_refused_with_those_there_are(levers):
    with pytest.raises(BadInput, match="no budget is called Nowhere; there are"):
        split_of(levers, frozen=frozenset({"Nowhere"}))


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"mode": "target_cpa"}, "needs its target"),
        ({"target": Decimal(3)}, "does not go with the mode fixed"),
        ({"mode": "least_loss"}, "needs one"),
        ({"mode": "least_loss", "cut": Decimal("1.5")}, r"cut of 1\.5"),
        ({"total": Decimal("NaN")}, "total of NaN"),
        ({"bounds": {"Brand": Bound(Decimal(5), Decimal(4))}}, "Brand: at least 5.00 is more than at most 4.00"),
        ({"bounds": {"Brand": Bound(Decimal(-5))}}, "bound of -5 for Brand"),
        ({"max_changes": 0}, "at most 0 changes"),
    ],
)
def test_a_request_that_contradicts_itself_is_refused_with_its_value(asked, words):
    with pytest.raises(BadInput, match=words):
        Request(**asked)
