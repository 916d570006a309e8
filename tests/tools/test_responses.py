"""What a response rests on besides its own days: the calendar, experiments, siblings; and what is said of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

from domain.scope import Scope
from domain.window import Window
from store import calendar_changes, lift_changes
from store.engine import read, write
from store.lift_changes import Entry
from store.lift_results import Found
from store.tables import Account
from tests.tools.test_recommend import fill, market  # noqa: F401  (a fixture)
from tools.beside import Beside
from tools.levers import Day, Lever, Levers
from tools.levers import read as levers_of
from tools.responses import respond, told

FIRST = date(2026, 1, 5)


def lever(name: str, seed: int, days: int = 182, spread: float = 0.3) -> Lever:
    """Revenue 900 ln(1 + spend / 200) beside a level, over the last ``days`` of half a year."""
    rng = np.random.default_rng(seed)
    spend = 400 * np.repeat(rng.uniform(1 - spread, 1 + spread, 20), 10)[:182] * np.exp(rng.normal(0, 0.05, 182))
    revenue = 500 + 900 * np.log1p(spend / 200) + rng.normal(0, 120, 182)
    history = [Day(FIRST + timedelta(n), float(spend[n]), float(revenue[n])) for n in range(182 - days, 182)]
    return Lever(name, name, (name,), Decimal(400), Decimal("0.01"), None, None, None, tuple(history))


def account_of(levers: list[Lever], beside: Beside | None = None) -> Levers:
    window = Window(FIRST, FIRST + timedelta(181), "UTC")
    return Levers(tuple(levers), "revenue", window, window, window.end, beside or Beside())


def test_a_young_campaign_is_judged_by_its_siblings_and_that_is_said():
    levers = [lever(f"Old {n}", n) for n in range(4)]
    young = lever("Young", 9, days=30)
    found = respond(account_of([*levers, young]), [young], np.random.default_rng(0))
    response = found.fitted["Young"]
    assert response.borrowed > 0.3
    assert response.marginal[0] <= 900 / 600 <= response.marginal[2]
    assert "comes from its siblings" in told(response, "Young")[0]
    assert set(found.fitted) == {"Young"}, "siblings are fitted and not answered for"


def test_campaigns_of_other_labels_lend_nothing():
    levers = [lever(f"Old {n}", n) for n in range(4)]
    young = lever("Young", 9, days=30)
    kin = {"Young": "brand/", **{v.name: "generic/" for v in levers}}
    found = respond(account_of([*levers, young], Beside(kin=kin)), [young], np.random.default_rng(0))
    assert "56 are needed" in found.why["Young"]


def test_spend_that_never_varied_is_not_borrowed_for():
    levers = [lever(f"Old {n}", n) for n in range(4)]
    flat = lever("Flat", 9, spread=0.01)
    found = respond(account_of([*levers, flat]), [flat], np.random.default_rng(0))
    assert "hardly varied" in found.why["Flat"]


def test_the_calendar_and_experiments_of_the_store_reach_the_fit(sqlite_engine, market):  # noqa: F811
    ctx = fill(sqlite_engine, market)
    (number,) = ctx.scope.account_ids
    with read(sqlite_engine) as session:
        plain = levers_of(session, ctx.scope, session.get_one(Account, number), ctx.today)
    brand = next(v for v in plain.levers if v.name == "Brand Search")
    days = [d for d in brand.history if plain.history.end - timedelta(40) <= d.day < plain.history.end - timedelta(12)]
    spent = sum(d.spend for d in days)
    entry = Entry(
        "Geo test", brand.campaigns, "revenue", "geo test", days[0].day, days[-1].day, Decimal(str(round(spent, 2))),
        2.0 * spent, 1.7 * spent, 2.3 * spent, 0.9, "report 1",
    )  # fmt: skip
    with write(sqlite_engine) as session:
        lift_changes.add(session, number, entry, by="cli:ops", now=market.now())
        start = plain.history.end - timedelta(60)
        calendar_changes.add_event(
            session, account_id=number, kind="promotion", name="Sale", start=start, end=start + timedelta(9),
            by="cli:ops", now=market.now(),
        )  # fmt: skip
    with read(sqlite_engine) as session:
        levers = levers_of(session, ctx.scope, session.get_one(Account, number), ctx.today)
    assert len(levers.beside.marked["promotion"]) == 10
    assert levers.beside.columns([start, start - timedelta(1)])[:, 0].tolist() == [1.0, 0.0]
    before = respond(plain, [brand], np.random.default_rng(0))
    assert "hardly varied" in before.why[brand.entity]
    after = respond(levers, [brand], np.random.default_rng(0)).fitted[brand.entity]
    assert after.calibrated == ("Geo test",)
    per_unit = after.value(spent / len(days)).mean() / (spent / len(days))
    assert 1.7 <= per_unit <= 2.3
    assert "rests on" in told(after, "Brand Search")[0]


def test_an_experiment_that_does_not_fit_the_figures_is_left_out_and_named():
    one = lever("One", 1)
    known = account_of([one])
    answered = respond(
        replace(known, beside=Beside(experiments=(found(Decimal(10**7)),))), [one], np.random.default_rng(0)
    )
    assert answered.fitted["One"].calibrated == ()
    assert "Geo: it tested a spend of" in answered.unused[0]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"campaigns": ()}, "whole account"),
        ({"campaigns": ("One", "Two")}, "several budgets at once"),
        ({"first_day": FIRST - timedelta(3)}, "days lie outside those that curves are learned from, 2026-01-05"),
        ({"outcome": "conversions"}, "it is of conversions, the curves are of revenue"),
        ({"campaigns": ("Two",)}, None),  # not asked about
        ({}, None),
    ],
)
def test_an_experiment_that_calibrates_no_curve_is_named_with_the_reason(changed, why):
    levers = [lever("One", 1), lever("Two", 2)]
    result = replace(found(Decimal(5000)), **changed)
    answered = respond(account_of(levers, Beside(experiments=(result,))), levers[:1], np.random.default_rng(0))
    assert [why in said for said in answered.unused] == ([True] if why else [])
    assert bool(answered.fitted["One"].calibrated) == (changed == {})


def found(spend: Decimal) -> Found:
    return Found(
        id=1, account_id=1, account="A", currency="EUR", name="Geo", method="geo", spend=spend, level=0.9,
        incremental=6e3, low=5e3, high=7e3, source="s", entered_by="x", entered_at=None,  # type: ignore[arg-type]
        revoked_by=None, revoked_at=None, campaigns=("One",), outcome="revenue", first_day=FIRST,
        last_day=FIRST + timedelta(20),
    )  # fmt: skip


def test_another_accounts_experiments_are_not_read(sqlite_engine, market):  # noqa: F811
    ctx = fill(sqlite_engine, market)
    with read(sqlite_engine) as session:
        account = session.get_one(Account, ctx.scope.account_ids[0])
        levers = levers_of(session, Scope(ctx.scope.account_ids), account, ctx.today)
    assert levers.beside.experiments == ()
