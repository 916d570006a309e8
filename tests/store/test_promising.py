"""A promise is frozen with the change it is about, cut by the next change, and measured and told once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select

from agent.activation.execute import verdict
from domain.errors import BadInput
from domain.lifecycle import OpState
from domain.money import Money
from domain.promise import LEAST_DAYS, Correction, Measured, Total, cut_at, part_of, window
from domain.recommendation import Recommendation
from domain.scope import Scope
from store import ledger, promises, promising, recommendations
from store.approvals import decide, open_approval
from store.engine import read, write
from store.promises import PromiseView
from store.tables import Account, Approval, Operation, OutboxMessage, Promise
from tests.activation.world import LIMITS, NOW, bids, change, recommendation, seed, target

DAY = timedelta(days=1)
OLD_FIGURES = replace(LIMITS, max_data_age_days=90)
BLOCK: dict[str, Any] = {
    "model": "test", "data": {"last_day": "2026-02-28"}, "level": 0.9, "horizon_days": 30, "outcome": "revenue",
    "entities": [{"entity": "b1", "after_micros": 240_000_000, "mid": 1000.0, "low": 700.0, "high": 1300.0},
                 {"entity": "b2", "after_micros": 180_000_000, "mid": -200.0, "low": -400.0, "high": 0.0}],
    "covariance": [[40_000.0, 0.0], [0.0, 10_000.0]], "correction": None,
}  # fmt: skip


def applied(
    engine: Engine,
    rec: Recommendation,
    *,
    lands: tuple[str, ...] | None = None,
    at: datetime = NOW,
    origin: dict[str, Any] | None = None,
    undoes: str | None = None,
    reads: Money | None = None,
) -> str:
    """Approve a recommendation and settle it: the entities in ``lands`` as applied, the first other as failed;
    ``reads`` is what the platform showed then."""
    seen = None if reads is None else ledger.Reading("other", reads, None)
    rec = replace(rec, created_at=at, expires_at=at + DAY)
    with write(engine) as session:
        recommendations.add(session, rec, origin or {})
        card = open_approval(session, rec, quorum=1, channel="C1", now=at, undoes=undoes).approval_id
    assert decide(engine, card, "Ana", "approve", now=at, limits=OLD_FIGURES).claimed
    with read(engine) as session:
        query = select(Operation.id, Operation.entity).where(Operation.approval_id == card).order_by(Operation.seq)
        rows = session.execute(query).all()
    for operation, entity in rows:
        lost = lands is not None and entity not in lands
        if lost:
            ledger.settle(engine, operation, OpState.FAILED, detail="no", reading=None, now=at)
            continue
        assert ledger.intend(engine, operation, 1, at) is not None
        ledger.settle(engine, operation, OpState.APPLIED, detail="", reading=seen, now=at)
    ledger.conclude(engine, card, verdict, at)
    return card


def kept(engine: Engine, account: int) -> dict[str, PromiseView]:
    with read(engine) as session:
        return {p.approval_id: p for p in promises.listed(session, Scope((account,)))}


def test_what_was_approved_is_frozen_with_the_settling_and_never_twice(engine: Engine) -> None:
    account = seed(engine)
    card = applied(engine, recommendation(account), origin={"prediction": BLOCK})
    promise = kept(engine, account)[card]
    assert promise.predicted == Total(900, 1400, 1900, 0.95)
    assert (promise.window_start, promise.window_end) == (date(2026, 3, 5), date(2026, 4, 3))
    assert (promise.status, promise.model, promise.days) == ("waiting", "test", 30)
    assert promise.raw is not None
    assert promise.raw.mid == 1000
    assert promise.changes[0].campaigns == (("9", "Brand"),)
    with write(engine) as session:
        approval = session.get_one(Approval, card)
        assert promising.freeze(session, approval, NOW) is False
        assert session.scalar(select(func.count()).select_from(Promise)) == 1


def test_of_a_plan_that_landed_in_part_only_that_part_is_promised(engine: Engine) -> None:
    account = seed(engine)
    both = (change("b1"), change("b2", after="180"))
    half = applied(engine, recommendation(account, *both), lands=("b2",), origin={"prediction": BLOCK})
    blind = applied(engine, recommendation(account, change("b3"), change("b1")), lands=("b3",), at=NOW + DAY)
    known = kept(engine, account)
    assert [c.entity for c in known[half].changes] == ["b2"]
    assert known[half].planned == 2
    assert known[half].predicted is not None
    assert known[half].predicted.mid == pytest.approx(-200)
    assert known[half].predicted.low == pytest.approx(-200 - 1.6449 * 100, abs=0.01)
    assert known[blind].predicted is None
    assert "only a part of the plan landed" in (known[blind].not_predicted or "")


def test_nothing_is_promised_for_an_amount_that_is_not_the_one_a_person_found(engine: Engine) -> None:
    account = seed(engine)
    card = applied(engine, recommendation(account), origin={"prediction": BLOCK}, reads=Money(Decimal(230), "EUR"))
    known = kept(engine, account)[card]
    assert known.predicted is None
    assert "showed another amount" in (known.not_predicted or "")


def test_nothing_landed_nothing_promised(engine: Engine) -> None:
    account = seed(engine)
    applied(engine, recommendation(account), lands=())
    assert kept(engine, account) == {}


@pytest.mark.parametrize(("after_days", "status", "days"), [(5, "void", 30), (21, "waiting", 20), (40, "waiting", 30)])
def test_a_later_change_of_the_same_budget_cuts_the_window_or_voids_it(
    engine: Engine, after_days: int, status: str, days: int
) -> None:
    account = seed(engine)
    first = applied(engine, recommendation(account))
    beside = applied(engine, recommendation(account, change("b2")), at=NOW + DAY)
    applied(engine, recommendation(account, change("b1", "240", "250")), at=NOW + after_days * DAY)
    known = kept(engine, account)
    assert (known[first].status, known[first].days) == (status, days)
    assert (known[beside].status, known[beside].days) == ("waiting", 30)
    if status == "void":
        assert known[first].reason == "changed again on 2026-03-09: fewer than 14 whole days are left to measure"
    elif days == 20:
        assert known[first].details["cut"] == "changed again on 2026-03-25"
        assert known[first].promised is not None
        assert known[first].promised.mid == pytest.approx(1400 * 20 / 30)


def test_a_later_target_of_the_same_campaigns_ends_a_budgets_promise_and_a_budget_a_targets(engine: Engine) -> None:
    account = seed(engine)
    bids(engine, account, ["t1"])
    budget = applied(engine, recommendation(account))
    aim = applied(engine, recommendation(account, target("t1")), at=NOW + 5 * DAY)
    assert kept(engine, account)[aim].status == "waiting"
    later = applied(engine, recommendation(account, change("b2")), at=NOW + 26 * DAY)
    known = kept(engine, account)
    assert known[budget].reason == (
        "the bid target of the same campaigns was changed on 2026-03-09: fewer than 14 whole days are left to measure"
    )
    assert known[aim].details["cut"] == "the budget of the same campaigns was changed on 2026-03-30"
    assert (known[aim].days, known[later].days) == (20, 30)


def news(engine: Engine) -> list[tuple[str, str | None]]:
    """What threads are told of promises: whose, and what cut it."""
    with read(engine) as session:
        rows = session.scalars(select(OutboxMessage.payload).where(OutboxMessage.kind == "promise"))
        return [(row["approval_id"], row.get("cut_by")) for row in rows]


def test_a_cut_or_a_void_is_told_once_in_the_thread_of_the_change_it_ended(engine: Engine) -> None:
    account = seed(engine)
    first = applied(engine, recommendation(account))
    applied(engine, recommendation(account, change("b2")), at=NOW + DAY)
    assert news(engine) == []
    second = applied(engine, recommendation(account, change("b1", "240", "250")), at=NOW + 21 * DAY)
    assert news(engine) == [(first, second)]
    third = applied(engine, recommendation(account, change("b1", "250", "260")), at=NOW + 24 * DAY)
    assert news(engine) == [(first, second), (second, None)]  # the first ended before: its news stands
    with write(engine) as session:
        assert promising.freeze(session, session.get_one(Approval, third), NOW + 25 * DAY) is False
    void = kept(engine, account)[second]
    with write(engine) as session:
        assert promising.keep(session, void.id, Measured("void", "late", void.window_end), NOW + 30 * DAY) is False
    assert news(engine) == [(first, second), (second, None)]


def test_an_undo_ends_the_promise_and_promises_nothing_itself(engine: Engine) -> None:
    account = seed(engine)
    first = applied(engine, recommendation(account))
    back = replace(recommendation(account, change("b1", "240", "200")), expected=None, not_estimated="an undo")
    undo = applied(engine, back, at=NOW + 3 * DAY, undoes=first)
    known = kept(engine, account)
    assert (known[first].status, known[undo].status) == ("void", "void")
    assert (known[first].reason or "").startswith("undone on 2026-03-07")
    assert known[undo].predicted is None


def test_the_result_is_kept_once_and_queued_once_whoever_measures(engine: Engine) -> None:
    account = seed(engine)
    card = applied(engine, recommendation(account))
    promise = kept(engine, account)[card]
    found = Measured("measured", None, promise.window_end, Total(1, 2, 3, 0.9), "test")
    for now, expected in ((NOW, True), (NOW + DAY, False)):
        with write(engine) as session:
            assert promising.keep(session, promise.id, found, now) is expected
    measured = kept(engine, account)[card]
    assert measured.realised == Total(1, 2, 3, 0.9)
    with read(engine) as session:
        queued = session.scalars(select(OutboxMessage.payload).where(OutboxMessage.kind == "promise")).all()
    assert [payload["promise_id"] for payload in queued] == [promise.id]


def test_nobody_reads_the_promises_of_another_scope(engine: Engine) -> None:
    account = seed(engine)
    card = applied(engine, recommendation(account))
    own = kept(engine, account)[card]
    with read(engine) as session:
        assert promises.listed(session, Scope((account + 1,))) == []
        assert promises.get(session, Scope((account,)), own.id[:6]).id == own.id
        for scope, wanted in ((Scope((account + 1,)), own.id), (Scope((account,)), "zzzz"), (Scope((account,)), "a")):
            with pytest.raises(BadInput):
                promises.get(session, scope, wanted)


def test_the_day_of_a_change_is_its_accounts_own(engine: Engine) -> None:
    account = seed(engine)
    with write(engine) as session:
        session.get_one(Account, account).timezone = "Pacific/Auckland"
    late = datetime(2026, 3, 4, 23, tzinfo=UTC)  # already the 5th there
    card = applied(engine, recommendation(account), at=late)
    assert kept(engine, account)[card].window_start == date(2026, 3, 6)


@given(st.integers(1, 60), st.integers(1, 45))
def test_a_window_ends_before_the_day_of_the_next_change(horizon: int, later: int) -> None:
    start, end = window(date(2026, 1, 1), horizon)
    assert (end - start).days + 1 == horizon
    last = cut_at(start, end, date(2026, 1, 1) + later * DAY)
    if last is not None:
        assert last == end or (last < date(2026, 1, 1) + later * DAY and (last - start).days + 1 >= LEAST_DAYS)


def test_a_part_adds_up_by_covariance_and_says_nothing_of_an_amount_that_was_not_predicted() -> None:
    amounts = [("b1", 240_000_000), ("b2", 180_000_000)]
    both = part_of(BLOCK, amounts)
    assert both is not None
    assert both.mid == 800
    assert both.sd == pytest.approx(50_000**0.5)
    assert part_of(BLOCK, [("b1", 241_000_000)]) is None
    assert part_of(BLOCK, []) is None


def test_a_correction_moves_a_prediction_and_its_range() -> None:
    plain = Total(700, 1000, 1300, 0.9)
    told = Correction(ratio=0.8, ratio_sd=0.1, widen=1.5, measured=9).of(plain)
    assert told.mid == pytest.approx(800)
    assert told.sd == pytest.approx(((1.5 * 0.8 * plain.sd) ** 2 + 100**2) ** 0.5)
    assert Correction.from_json(Correction(0.8, 0.1, 1.5, 9).to_json()) == Correction(0.8, 0.1, 1.5, 9)
