"""Before a card lapses its approvers are reminded once, at work; lapsing is neither a yes nor a no."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from domain.lifecycle import Status
from domain.policy import Limits, expiry, reminder_due
from store.approvals import decide, expire_due, set_card
from store.engine import read, write
from store.reminders import remind_due
from store.tables import Approval, OutboxMessage
from tests.activation.world import LIMITS, NOW, opened, recommendation, seed

WEDNESDAY = datetime(2026, 3, 4, 10, tzinfo=UTC)


def reminders(engine: Engine) -> int:
    with read(engine) as session:
        return len(session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "reminder")).all())


def posted(engine: Engine, hours: float = 24) -> str:
    approval = opened(engine, recommendation(seed(engine), hours=hours))
    with write(engine) as session:
        set_card(session, approval, "C1", "1.1")
    return approval


def test_two_schedulers_remind_once_and_only_close_to_the_end(engine: Engine) -> None:
    approval = posted(engine, hours=6)  # lapses at 16:42 of a working day
    assert remind_due(engine, NOW, LIMITS) == ()
    late = NOW + timedelta(hours=3)
    jobs = [Thread(target=remind_due, args=(engine, late, LIMITS)) for _ in range(2)]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    assert reminders(engine) == 1
    assert remind_due(engine, late + timedelta(minutes=1), LIMITS) == ()
    assert expire_due(engine, NOW + timedelta(hours=6)) == (approval,)
    with read(engine) as session:
        row = session.get_one(Approval, approval)
        assert (row.status, row.decided_by, row.reason) == (Status.EXPIRED, None, None)


def test_nobody_is_reminded_of_what_is_decided_lapsed_or_not_posted(engine: Engine) -> None:
    late = NOW + timedelta(hours=3)
    decided = posted(engine, hours=6)
    decide(engine, decided, "Ana", "reject", now=NOW, limits=LIMITS)
    assert remind_due(engine, late, LIMITS) == ()
    with write(engine) as session:
        account = session.get_one(Approval, decided).account_id
    unposted = opened(engine, recommendation(account, hours=6))
    assert remind_due(engine, late, LIMITS) == ()
    with write(engine) as session:
        set_card(session, unposted, "C1", "1.2")
    assert remind_due(engine, NOW + timedelta(hours=7), LIMITS) == ()
    assert remind_due(engine, late, LIMITS) == (unposted,)


def test_a_card_made_on_friday_is_reminded_of_on_its_last_working_day() -> None:
    friday = datetime(2026, 3, 6, 15, tzinfo=UTC)
    ends = expiry(friday, LIMITS, "UTC")
    assert ends == datetime(2026, 3, 11, 15, tzinfo=UTC)
    due = [h for h in range(120) if reminder_due(friday + timedelta(hours=h), friday, ends, LIMITS, "UTC")]
    assert [friday + timedelta(hours=h) for h in due] == [datetime(2026, 3, 11, h, tzinfo=UTC) for h in range(11, 15)]


@given(
    start=st.integers(0, 8_000).map(lambda h: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=h)),
    hours=st.sampled_from([0.5, 4.0, 24.0]),
    calendar=st.sampled_from([None, (9, 17), (0, 24)]),
)
def test_every_card_has_a_time_to_be_reminded_at_and_none_before_its_second_half(
    start: datetime, hours: float, calendar: tuple[int, int] | None
) -> None:
    limits = Limits(expiry_hours=hours, working_hours=calendar)
    ends = expiry(start, limits, "Europe/Berlin")
    last = ends - timedelta(seconds=1)
    assert reminder_due(last, start, ends, limits, "Europe/Berlin")
    assert not reminder_due(ends, start, ends, limits, "Europe/Berlin")
    if calendar is None:
        assert not reminder_due(start, start, ends, limits, "Europe/Berlin")


@pytest.mark.parametrize("at", [datetime(2026, 3, 7, 12, tzinfo=UTC), datetime(2026, 3, 5, 20, tzinfo=UTC)])
def test_nobody_is_reminded_at_night_or_on_a_weekend(at: datetime) -> None:
    assert not reminder_due(at, WEDNESDAY, at + timedelta(hours=1), LIMITS, "UTC")
