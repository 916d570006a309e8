"""One incident for one matter, whoever looks and however often; what people do to it is done once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select

from domain.errors import BadInput
from domain.scope import Scope
from store import incident_actions as actions
from store import incidents, quiet_rules
from store.audit import verify
from store.engine import open_engine, read, write
from store.incident_settling import Moved, settle, wake
from store.incident_values import Candidate, DayValue
from store.tables import Base, Campaign, Incident, IncidentEvent, QuietRule
from tests.activation.world import NOW, seed

FIRST = date(2026, 3, 2)
DAY = timedelta(days=1)


def found(last: date = FIRST, money: int | None = 100_000_000, **more: Any) -> Candidate:
    days = [FIRST + n * DAY for n in range((last - FIRST).days + 1)]
    base: dict[str, Any] = {
        "kind": "level_shift", "metric": "conversions", "direction": "down", "reach": "campaign",
        "severity": "warning", "first_day": FIRST, "last_day": last, "looked_from": FIRST - 7 * DAY,
        "money_micros": money, "currency": "EUR", "keys": ("conversions:down", "cpa:up"),
        "cause": {"said": "Unknown."},
        "days": tuple(DayValue(None, "conversions", d, 2.0, 10.0, 6.0, 14.0, 0.99) for d in days),
    }  # fmt: skip
    return Candidate(**{**base, **more})


def look(engine: Engine, account: int, *candidates: Candidate, through: date = FIRST, now: datetime = NOW) -> list[str]:
    return [m.what for m in moved(engine, account, *candidates, through=through, now=now)]


def moved(
    engine: Engine, account: int, *candidates: Candidate, through: date = FIRST, now: datetime = NOW
) -> tuple[Moved, ...]:
    looked = dict.fromkeys(("conversions", "cpa", "spend"), through)
    with write(engine) as session:
        return settle(session, account, candidates, looked, now)


def the_only(engine: Engine, account: int) -> incidents.IncidentView:
    with read(engine) as session:
        (one,) = incidents.open_incidents(session, Scope((account,)))
        return one


def test_two_watchers_at_once_leave_one_incident_and_one_event(engine: Engine) -> None:
    account, start = seed(engine), Barrier(2)
    said: list[list[str]] = []

    def watch() -> None:
        start.wait()
        said.append(look(engine, account, found()))

    watchers = [Thread(target=watch) for _ in range(2)]
    for w in watchers:
        w.start()
    for w in watchers:
        w.join()
    assert sorted(said) == [[], ["opened"]]
    with read(engine) as session:
        assert session.scalar(select(func.count()).select_from(IncidentEvent)) == 1


def test_a_matter_grows_worsens_recovers_and_comes_back_as_one_incident(engine: Engine) -> None:
    account = seed(engine)
    assert look(engine, account, found()) == ["opened"]
    first = the_only(engine, account)
    assert look(engine, account, found()) == []  # the same data
    assert look(engine, account, found(FIRST + DAY, 150_000_000)) == ["grew"]
    assert look(engine, account, found(FIRST + 2 * DAY, 300_000_000)) == ["grew"]  # it lasts: as much again each day
    assert look(engine, account, found(FIRST + 2 * DAY, 600_000_000)) == ["worsened"]
    assert look(engine, account, found(FIRST + 3 * DAY, 800_000_000)) == ["grew"]
    assert look(engine, account, through=FIRST + 4 * DAY) == []  # one usual day may be chance
    assert look(engine, account, through=FIRST + 5 * DAY) == ["recovered"]
    assert look(engine, account, found(FIRST + 3 * DAY), through=FIRST + 5 * DAY) == []  # the same days once more
    assert look(engine, account, found(FIRST + 7 * DAY), through=FIRST + 7 * DAY, now=NOW + 3 * DAY) == ["reopened"]
    again = the_only(engine, account)
    assert (again.id, again.status, again.last_day) == (first.id, "open", FIRST + 7 * DAY)
    assert look(engine, account, through=FIRST + 9 * DAY, now=NOW + 5 * DAY) == ["recovered"]
    assert look(engine, account, found(FIRST + 30 * DAY), through=FIRST + 30 * DAY, now=NOW + 30 * DAY) == ["opened"]
    assert the_only(engine, account).id != first.id


def test_what_nobody_could_look_at_has_not_recovered(engine: Engine) -> None:
    account = seed(engine)
    look(engine, account, found())
    with write(engine) as session:
        assert settle(session, account, (), {"spend": FIRST + 9 * DAY}, NOW) == ()
    assert the_only(engine, account).open


def test_a_restated_day_changes_its_incident_and_makes_no_second_one(engine: Engine) -> None:
    account = seed(engine)
    look(engine, account, found(FIRST + DAY))
    restated = replace(found(FIRST + DAY), days=(DayValue(None, "conversions", FIRST, 5.0, 10.0, 6.0, 14.0, 0.7),))
    assert look(engine, account, restated) == ["grew"]
    with read(engine) as session:
        kept = incidents.days(session, Scope((account,)), the_only(engine, account).id)
    assert [(d.day, d.value) for d in kept] == [(FIRST, 5.0)]


def test_a_symptom_that_was_seen_first_becomes_the_matter_once_its_root_is_seen(engine: Engine) -> None:
    account = seed(engine)
    look(engine, account, found(metric="cpa", direction="up", keys=("cpa:up",)))
    assert look(engine, account, found()) == ["grew"]
    one = the_only(engine, account)
    assert (one.metric, one.direction) == ("conversions", "down")


def test_two_incidents_that_turn_out_to_be_one_are_merged(engine: Engine) -> None:
    account = seed(engine)
    look(engine, account, found(metric="cpa", direction="up", keys=("cpa:up",)), found(keys=("conversions:down",)))
    assert sorted(look(engine, account, found())) == ["merged"]
    assert the_only(engine, account).metric == "conversions"


@pytest.mark.parametrize("act", ["acknowledge", "close", "expect", "snooze"])
def test_two_people_at_once_do_it_once_and_the_second_is_told_who_was_first(engine: Engine, act: str) -> None:
    account, start = seed(engine), Barrier(2)
    look(engine, account, found())
    one, done = the_only(engine, account), []
    more = {"expect": ("seasonal",), "snooze": ("1d",)}.get(act, ())

    def press(who: str) -> None:
        start.wait()
        with write(engine) as session:
            done.append(getattr(actions, act)(session, Scope((account,)), one.id, *more, by=who, now=NOW))

    people = [Thread(target=press, args=(who,)) for who in ("Ana", "Ben")]
    for p in people:
        p.start()
    for p in people:
        p.join()
    assert sorted(d.changed for d in done) == [False, True]
    assert len({d.by for d in done}) == 1
    with read(engine) as session:
        assert verify(session) is None
        assert len(incidents.events(session, Scope((account,)), one.id)) == 2


def test_what_was_expected_teaches_rules_that_are_visible_end_and_can_be_revoked(engine: Engine) -> None:
    account = seed(engine)
    look(engine, account, found())
    scope, one = Scope((account,)), the_only(engine, account)
    with write(engine) as session:
        done = actions.expect(session, scope, one.id, "promotion", by="Ana", now=NOW, note="spring sale")
    with read(engine) as session:
        (rule,) = quiet_rules.rules(session, scope, NOW)
        assert quiet_rules.rules(session, scope, NOW + timedelta(days=15)) == []
    assert (rule.reason, rule.learned_from, rule.until) == ("spring sale", one.id, done.until)
    assert rule.quiets(None, "conversions", "down", FIRST, 0.9)
    assert rule.largest == 1.0  # 0.8 below was expected, a little more stays quiet
    assert not rule.quiets(None, "conversions", "down", FIRST, 1.1)
    assert not rule.quiets(None, "spend", "down", FIRST, 0.1)
    with write(engine) as session:
        assert actions.revoke(session, scope, rule.id, by="Ben", now=NOW)
        assert not actions.revoke(session, scope, rule.id, by="Ben", now=NOW)
    with read(engine) as session:
        assert quiet_rules.rules(session, scope, NOW) == []
        assert quiet_rules.rules(session, scope)[0].revoked_by == "Ben"


def test_a_snooze_keeps_quiet_until_its_end_or_until_it_is_graver(engine: Engine) -> None:
    account = seed(engine)
    look(engine, account, found())
    one = the_only(engine, account)
    with write(engine) as session:
        actions.snooze(session, Scope((account,)), one.id, "3d", by="Ana", now=NOW)
    assert [m.tell for m in moved(engine, account, found(FIRST + DAY, 900_000_000))] == [False]
    with write(engine) as session:
        assert wake(session, account, NOW + 2 * DAY) == ()
    with write(engine) as session:
        assert [m.what for m in wake(session, account, NOW + 3 * DAY)] == ["woke"]
    with write(engine) as session:
        actions.snooze(session, Scope((account,)), one.id, "3d", by="Ana", now=NOW)
    graver = moved(engine, account, found(FIRST + DAY, 900_000_000, severity="critical"))
    assert [(m.what, m.tell) for m in graver] == [("worsened", True)]
    assert the_only(engine, account).snoozed_until is None


def test_a_snooze_is_made_shorter_or_longer_in_place_and_the_same_wish_twice_is_one(engine: Engine) -> None:
    account = seed(engine)
    look(engine, account, found())
    one, scope = the_only(engine, account), Scope((account,))
    ends = []
    for length, at in (("1w", NOW), ("1w", NOW + timedelta(seconds=40)), ("1d", NOW + 2 * DAY), ("3d", NOW + 2 * DAY)):
        with write(engine) as session:
            done = actions.snooze(session, scope, one.id, length, by="Ana", now=at)
        ends.append((done.changed, done.until, done.was))
    week, day, three = NOW + 7 * DAY, NOW + 3 * DAY, NOW + 5 * DAY
    assert ends == [(True, week, None), (False, week, None), (True, day, week), (True, three, day)]
    with write(engine) as session:
        assert wake(session, account, day) == ()  # the end it had before wakes nobody
        assert [m.what for m in wake(session, account, three)] == ["woke"]


def test_who_revokes_one_of_two_rules_is_told_what_stays_quiet(engine: Engine) -> None:
    account = seed(engine)
    scope = Scope((account,))
    look(engine, account, found())
    with write(engine) as session:
        first = actions.expect(session, scope, the_only(engine, account).id, "seasonal", by="Ana", now=NOW).rules
        whole = QuietRule(
            account_id=account, campaign_id=None, metric="conversions", direction="down", condition={},
            reason="sale", created_by="Ben", created_at=NOW, until=NOW + 9 * DAY,
        )  # fmt: skip
        other = QuietRule(
            account_id=account, campaign_id=None, metric="cpc", direction="up", condition={},
            reason="sale", created_by="Ben", created_at=NOW, until=NOW + 9 * DAY,
        )  # fmt: skip
        session.add_all([whole, other])
        session.flush()
        actions.revoke(session, scope, first[0], by="Ana", now=NOW)
        left = [r.id for r in quiet_rules.still_quiet(session, scope, first[0], NOW)]
        assert left == sorted([whole.id, *first[1:]], reverse=True)  # not the rule about another matter
        assert quiet_rules.still_quiet(session, scope, first[0], NOW + 90 * DAY) == []
        assert [r.id for r in quiet_rules.still_quiet(session, scope, other.id, NOW)] == []


def test_what_a_person_closed_stays_closed_until_it_gets_worse(engine: Engine) -> None:
    account = seed(engine)
    look(engine, account, found())
    with write(engine) as session:
        actions.close(session, Scope((account,)), the_only(engine, account).id, by="Ana", now=NOW)
    assert look(engine, account, found(FIRST + DAY, 200_000_000)) == []
    later = NOW + 20 * DAY  # it went on all the while
    assert look(engine, account, found(FIRST + 20 * DAY, 2_100_000_000), now=later) == []
    assert look(engine, account, found(FIRST + 20 * DAY, 4_200_000_000), now=later) == ["reopened"]


def test_missing_data_cannot_be_called_expected(engine: Engine) -> None:
    account = seed(engine)
    look(engine, account, found(kind="stale", metric="data", direction="none", keys=("data:none",), days=()))
    with write(engine) as session, pytest.raises(BadInput, match="snooze"):
        actions.expect(session, Scope((account,)), the_only(engine, account).id, "seasonal", by="Ana", now=NOW)


def test_an_incident_of_another_client_is_unknown_here(engine: Engine) -> None:
    account = seed(engine)
    look(engine, account, found())
    stranger, one = Scope((account + 1,)), the_only(engine, account)
    for act in (actions.acknowledge, actions.close):
        with write(engine) as session, pytest.raises(BadInput, match="no incident"):
            act(session, stranger, one.id, by="Eve", now=NOW)
    with read(engine) as session:
        assert incidents.open_incidents(session, stranger) == []
        assert incidents.days(session, stranger, one.id) == []
        assert incidents.events(session, stranger, one.id) == []


STEPS = st.lists(
    st.sampled_from(["seen", "more", "usual", "acknowledge", "close", "expect", "snooze", "wake"]), max_size=14
)


@given(STEPS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_run_of_looks_and_clicks_keeps_the_record_whole(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('walk') / 'store.db'}")
    Base.metadata.create_all(engine)
    account, last, now, money = seed(engine), FIRST, NOW, 100_000_000
    scope, tells = Scope((account,)), 0
    for step in steps:
        now += DAY
        last += DAY
        if step in ("seen", "more"):
            money = money * 3 if step == "more" else money + 1
            tells += sum(m.tell for m in moved(engine, account, found(last, money), through=last, now=now))
            assert moved(engine, account, found(last, money), through=last, now=now) == ()
        elif step == "usual":
            look(engine, account, through=last, now=now)
        else:
            _act(engine, account, scope, step, now)
    with read(engine) as session:
        rows = session.scalars(select(Incident)).all()
        assert sum(row.open_key is not None for row in rows) <= 1
        for row in rows:
            assert (row.open_key is None) == (row.status not in incidents.OPEN) == (row.ended_at is not None)
            history = incidents.events(session, scope, row.id)
            assert len(history) == row.revision
            assert history[0].kind == "opened"
        assert verify(session) is None
    engine.dispose()


def _act(engine: Engine, account: int, scope: Scope, step: str, now: datetime) -> None:
    with write(engine) as session:
        if step == "wake":
            wake(session, account, now)
            return
        more = {"expect": ("seasonal",), "snooze": ("1d",)}.get(step, ())
        for one in incidents.open_incidents(session, scope):
            assert getattr(actions, step)(session, scope, one.id, *more, by="Ana", now=now).changed or step != "close"


def test_the_campaigns_it_reaches_are_named(engine: Engine) -> None:
    account = seed(engine)
    with read(engine) as session:
        campaign = session.scalars(select(Campaign.id)).one()
    look(engine, account, found(days=(DayValue(campaign, "conversions", FIRST, 2.0, 10.0, None, None, None),)))
    assert the_only(engine, account).campaigns == ("Brand",)
    assert the_only(engine, account).opened_at == datetime(2026, 3, 4, 10, 42, tzinfo=UTC)


def test_an_incident_goes_on_under_its_own_name_by_what_follows_from_it(engine: Engine) -> None:
    account, later = seed(engine), FIRST + 3 * DAY
    day = DayValue(None, "spend", FIRST, 2.0, 10.0, 6.0, 14.0, 0.99)
    look(engine, account, found(metric="spend", keys=("spend:down",), days=(day,)))
    echo = found(later, follows=("spend:down",))  # conversions of the same days, judged when the spend had recovered
    assert look(engine, account, echo, through=later) == ["grew"]
    assert look(engine, account, echo, through=later) == []
    one = the_only(engine, account)
    assert (one.metric, one.last_day) == ("spend", later)
    with read(engine) as session:
        assert {d.metric for d in incidents.days(session, Scope((account,)), one.id)} == {"spend", "conversions"}
    assert look(engine, account, through=later + 2 * DAY) == ["recovered"]
    assert look(engine, account, echo, through=later + 2 * DAY) == []
    new = found(later + 9 * DAY, first_day=later + 9 * DAY, follows=("spend:down",))
    assert look(engine, account, new, through=later + 9 * DAY) == ["opened"]


def of(campaign: int, first: date, last: date, metric: str = "conversions", **more: Any) -> Candidate:
    days = [first + n * DAY for n in range((last - first).days + 1)]
    values = tuple(DayValue(campaign, metric, d, 2.0, 10.0, 6.0, 14.0, 0.99) for d in days)
    keys = (f"{metric}:down",)
    return found(last, metric=metric, keys=keys, first_day=first, days=values, **more)


def two(engine: Engine, account: int) -> tuple[int, int]:
    with write(engine) as session:
        session.add(Campaign(account_id=account, external_id="2", name="Shop"))
        session.flush()
        one, other = session.scalars(select(Campaign.id).where(Campaign.account_id == account).order_by(Campaign.id))
    return one, other


def test_matters_of_two_campaigns_on_the_same_days_stay_two_incidents(engine: Engine) -> None:
    account = seed(engine)
    one, other = two(engine, account)
    assert look(engine, account, of(one, FIRST, FIRST)) == ["opened"]
    assert look(engine, account, of(one, FIRST, FIRST + DAY), of(other, FIRST, FIRST + DAY)) == ["grew", "opened"]
    with read(engine) as session:
        assert len({i.id for i in incidents.open_incidents(session, Scope((account,)))}) == 2


def test_what_goes_on_with_one_incident_in_several_candidates_is_one_and_wide_trouble_takes_who_shows_it_late(
    engine: Engine,
) -> None:
    account = seed(engine)
    one, other = two(engine, account)
    look(engine, account, of(one, FIRST, FIRST + DAY, reach="account"))
    later = of(other, FIRST + 2 * DAY, FIRST + 3 * DAY)
    assert look(engine, account, of(one, FIRST, FIRST + 3 * DAY), later, through=FIRST + 3 * DAY) == ["grew"]
    assert the_only(engine, account).campaigns == ("Brand", "Shop")
    assert look(engine, account, of(one, FIRST, FIRST + 3 * DAY), later, through=FIRST + 3 * DAY) == []


def test_a_consequence_comes_at_once_and_what_begins_later_is_a_matter_of_its_own(engine: Engine) -> None:
    account = seed(engine)
    one, _ = two(engine, account)
    look(engine, account, of(one, FIRST, FIRST + 20 * DAY, metric="spend"))
    at_once = of(one, FIRST + 4 * DAY, FIRST + 20 * DAY, follows=("spend:down",))
    weeks = of(one, FIRST + 18 * DAY, FIRST + 20 * DAY, follows=("spend:down",))
    assert look(engine, account, of(one, FIRST, FIRST + 20 * DAY, metric="spend"), weeks) == ["opened"]
    assert look(engine, account, of(one, FIRST, FIRST + 20 * DAY, metric="spend"), weeks, at_once) == ["grew"]


def test_a_later_piece_of_what_goes_on_does_not_take_its_cause_away(engine: Engine) -> None:
    account = seed(engine)
    one, _ = two(engine, account)
    cut = {"kind": "foreign_change", "said": "The budget was cut.", "symptoms": []}
    later = {"kind": "demand", "said": "Ads were shown less often.", "symptoms": ["cpa:up"]}
    look(engine, account, of(one, FIRST, FIRST + 4 * DAY, cause={"kind": "unknown", "said": "Not known."}))
    look(engine, account, of(one, FIRST, FIRST + 5 * DAY, cause=cut))
    look(engine, account, of(one, FIRST + 6 * DAY, FIRST + 7 * DAY, cause=later))
    assert the_only(engine, account).cause == {**cut, "symptoms": ["cpa:up"]}


def test_what_is_faint_goes_on_with_an_incident_and_opens_none(engine: Engine) -> None:
    account = seed(engine)
    one, other = two(engine, account)
    look(engine, account, of(one, FIRST, FIRST))
    faint = [of(c, FIRST, FIRST + DAY, faint=True) for c in (one, other)]
    assert look(engine, account, *faint) == ["grew"]
