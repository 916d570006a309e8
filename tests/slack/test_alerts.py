"""An alert in Slack: one message an incident, its news in its thread, and what people press done once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from app.slack import alerts, home_alerts
from domain.scope import Scope
from emulators.slack.validate import check_message
from store import bindings, incident_news, incidents, quiet_rules
from store.audit import entries
from store.engine import read, write
from store.incident_settling import settle
from store.incident_values import Candidate, DayValue
from store.tables import Campaign, InboxMessage, IncidentEvent, QuietRule
from tests.activation.world import NOW
from tests.slack.office import ANA, BEN, CHANNEL, EVE, Office, open_office
from tools.quiet_words import in_short

DAY, FIRST = timedelta(days=1), date(2026, 3, 2)
CAUSE = {"kind": "unknown", "said": "Cause not known: nothing explains it.", "facts": [], "evidence": [],
         "money_how": "conversions below what was expected, at their usual value", "symptoms": ["cpa:up"]}  # fmt: skip


@pytest.fixture
def office(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Office]:
    with open_office(sqlite_engine, tmp_path) as opened:
        with write(sqlite_engine) as session:
            bindings.bind(session, CHANNEL, [opened.asked.account])
        yield opened


def found(office: Office, **more: Any) -> Candidate:
    with read(office.engine) as session:
        brand = session.scalars(select(Campaign.id)).one()
    last = more.get("last_day", FIRST)
    listed = tuple(
        DayValue(brand, "conversions", FIRST + n * DAY, 12.0, 40.0, 30.0, 50.0, 0.9)
        for n in range((last - FIRST).days + 1)
    )
    base: dict[str, Any] = {
        "kind": "level_shift", "metric": "conversions", "direction": "down", "reach": "campaign",
        "severity": "warning", "first_day": FIRST, "last_day": FIRST, "looked_from": FIRST - 7 * DAY,
        "money_micros": 1_400_000_000, "currency": "EUR", "keys": ("conversions:down", "cpa:up"), "cause": CAUSE,
        "days": listed,
    }  # fmt: skip
    return Candidate(**{**base, **more})


def look(office: Office, *candidates: Candidate, through: date = FIRST) -> None:
    """What the watch's job does with what it found."""
    with write(office.engine) as session:
        moved = settle(session, office.asked.account, candidates, {"conversions": through}, office.clock[0])
        incident_news.announce(session, moved, office.clock[0])


def only(office: Office) -> incidents.IncidentView:
    scope = Scope((office.asked.account,))
    with read(office.engine) as session:
        (one,) = [*incidents.open_incidents(session, scope), *incidents.ended_since(session, scope, NOW - DAY)]
        return one


def alerted(office: Office) -> dict[str, Any]:
    look(office, found(office))
    return office.bot(having="Conversions down")


def buttons(message: dict[str, Any]) -> list[str]:
    return [e["action_id"] for b in message["blocks"] if b["type"] == "actions" for e in b["elements"]]


def test_it_says_the_number_first_then_cause_money_days_and_buttons(office: Office) -> None:
    said = alerted(office)
    assert said["text"].splitlines() == [
        "Warning: Conversions down · Acme EU · Google Ads",
        "Conversions 12 against 40 expected (-70.0 %) on 2026-03-02, in Brand.",
        "Cause: Cause not known: nothing explains it.",
        "At stake: €1,400.00 so far: conversions below what was expected, at their usual value",
        "With it: CPA up",
        "Unusual: on 2026-03-02; data through 2026-03-03",
    ]
    assert buttons(said) == [alerts.ACK, alerts.INVESTIGATE, alerts.FIX, alerts.SNOOZE, alerts.EXPECTED]


def test_news_stand_in_its_thread_and_only_worse_and_back_go_into_the_channel(office: Office) -> None:
    said = alerted(office)
    look(office, found(office, last_day=FIRST + DAY, money_micros=1_500_000_000))
    office.settle()
    look(office, found(office, last_day=FIRST + 2 * DAY, money_micros=9_000_000_000))
    look(office, through=FIRST + 4 * DAY)
    look(office, found(office, last_day=FIRST + 5 * DAY))
    office.settle()
    replies = [m for m in office.slack.workspace.messages(CHANNEL, said["ts"]) if m["ts"] != said["ts"]]
    assert [(m["text"].split(".")[0][:15], m.get("subtype")) for m in replies] == [
        ("Conversions 24 ", None), ("*Worse", "thread_broadcast"), ("Recovered: back", None),
        ("*It is back", "thread_broadcast"),
    ]  # fmt: skip
    parents = [m for m in office.slack.workspace.messages(CHANNEL) if "thread_ts" not in m and m.get("bot_id")]
    assert len(parents) == 1
    assert "2026-03-02 to 2026-03-07" in parents[0]["text"]


def test_recovered_names_the_first_usual_day_and_missing_data_are_called_back(office: Office) -> None:
    said = alerted(office)
    look(office, through=FIRST + 2 * DAY)
    over = office.until(said, "Over: Conversions down")
    assert "Recovered: back within what is usual since 2026-03-03." in over["text"]
    missing = {"kind": "stale", "said": "The data end on 2026-03-01."}
    blind = {"kind": "stale", "metric": "data", "direction": "none", "reach": "account", "keys": ("data:none",),
             "cause": missing, "days": (), "money_micros": None}  # fmt: skip
    look(office, found(office, **blind))
    said = office.bot(having="Data missing")
    with write(office.engine) as session:
        moved = settle(session, office.asked.account, (), {"data": FIRST}, office.clock[0])
        incident_news.announce(session, moved, office.clock[0])
    assert "Recovered: the missing data are here." in office.until(said, "Over: Data missing")["text"]


def test_what_became_part_of_another_says_so(office: Office) -> None:
    said = alerted(office)
    begun = FIRST - 9 * DAY  # long before: then it is another matter, until a look tells both in one
    root = {"metric": "revenue", "keys": ("revenue:down",), "first_day": begun, "looked_from": begun}
    look(office, found(office), found(office, **root))
    office.settle()
    look(office, found(office, **{**root, "keys": ("revenue:down", "conversions:down")}))
    over = office.until(said, "Over: Conversions down")
    assert "part of another incident" in over["text"]


def test_acknowledging_is_done_once_and_said_in_the_message(office: Office) -> None:
    said = alerted(office)
    office.click(said, alerts.ACK, ANA)
    office.until(said, "looks at it")
    office.click(said, alerts.ACK, BEN, stale=said)
    assert f"Already acknowledged by <@{ANA}>" in office.whisper(BEN)
    office.settle()
    with read(office.engine) as session:
        kinds = list(session.scalars(select(IncidentEvent.kind).order_by(IncidentEvent.id)))
        audited = [(e.actor, e.action) for e in entries(session, subject=only(office).id)]
    assert kinds == ["opened", "acknowledged"]
    assert audited == [(ANA, "incident.acknowledged")]
    fresh = office.slack.workspace.find(CHANNEL, said["ts"])
    assert fresh is not None
    assert alerts.ACK not in buttons(dict(fresh))


def test_a_snooze_and_an_expectation_are_picked_from_menus(office: Office) -> None:
    said = alerted(office)
    office.click(said, f"{alerts.SNOOZE}/3d", ANA)
    office.until(said, "snoozed it until 2026-03-07 10:42 UTC")
    assert only(office).snoozed_until == NOW + 3 * DAY
    office.click(said, f"{alerts.SNOOZE}/1d", BEN)
    office.until(said, "snoozed it until 2026-03-05 10:42 UTC (it was until 2026-03-07 10:42 UTC)")
    assert only(office).snoozed_until == NOW + DAY
    office.click(said, f"{alerts.EXPECTED}/promotion", ANA)
    ended = office.until(said, "called it expected")
    assert buttons(ended) == []
    assert ended["text"].startswith("Over: Conversions down")
    with read(office.engine) as session:
        (rule,) = quiet_rules.rules(session, Scope((office.asked.account,)), NOW)
    assert (rule.campaign, rule.metric, rule.direction, rule.created_by) == ("Brand", "conversions", "down", ANA)
    assert "conversions down in Brand by up to 8" in in_short(rule)
    assert "conversions down in Brand however far" in in_short(replace(rule, largest=1.21))
    assert "conversions up in Brand by up to 121 %" in in_short(replace(rule, largest=1.21, direction="up"))


@pytest.mark.parametrize(
    ("marks", "told"),
    [({"is_restricted": True}, "You are a guest"), ({"deleted": True}, "Your Slack account is deactivated")],
)
def test_guests_and_the_deactivated_change_nothing(office: Office, marks: dict[str, bool], told: str) -> None:
    said = alerted(office)
    office.slack.workspace.marks[EVE] = marks
    office.click(said, alerts.ACK, EVE)
    assert told in office.whisper(EVE)
    assert only(office).status == "open"


def test_an_id_from_elsewhere_opens_nothing_here(office: Office) -> None:
    said = alerted(office)
    office.click(said, alerts.ACK, ANA, value="0" * 32)
    assert "do not know this alert" in office.whisper(ANA)
    with write(office.engine) as session:
        bindings.bind(session, "C0OTHER", [office.asked.account])
        channel_of_another = alerts.shown_here(session, "C0OTHER", ANA, only(office).id, said["ts"])
    assert channel_of_another is None  # it was never posted there
    assert only(office).status == "open"


def test_investigate_asks_in_the_thread_of_the_alert(office: Office) -> None:
    said = alerted(office)
    office.click(said, alerts.INVESTIGATE, ANA)
    answer = office.bot(thread_ts=said["ts"], having="€1,234.50")
    assert answer["thread_ts"] == said["ts"]
    assert [q for _, q, _, _ in office.asked.questions] == ['why did conversions of "Brand" change on 2026-03-02']


def test_a_bare_why_below_an_alert_asks_for_its_cause_and_later_leans_on_what_was_asked(office: Office) -> None:
    said = alerted(office)
    office.slack.people.mention(CHANNEL, ANA, "Why?", thread_ts=said["ts"])
    office.bot(thread_ts=said["ts"], having="€1,234.50")
    office.slack.people.mention(CHANNEL, ANA, "why?", thread_ts=said["ts"])
    office.settle()
    asked = [q for _, q, _, _ in office.asked.questions]
    assert asked == ['why did conversions of "Brand" change on 2026-03-02', "why?"]


def test_a_fix_is_a_card_where_there_is_a_lever_and_a_reason_where_there_is_none(office: Office) -> None:
    said = alerted(office)
    office.click(said, alerts.FIX, ANA)
    assert office.bot(thread_ts=said["ts"], having="Approve budget change")
    look(office, found(office, kind="tracking_break"))
    office.until(said, "tracking")
    office.click(said, alerts.FIX, BEN)
    assert "check the tag" in office.whisper(BEN)
    asked = [q for _, q, _, _ in office.asked.questions]
    assert asked == ['recommend a budget that spends less on "Brand" on Google Ads in "Acme EU"']


def test_a_click_of_a_process_that_died_is_taken_up_and_done_once(office: Office, tmp_path: Path) -> None:
    said = alerted(office)
    office.click(said, alerts.ACK, ANA)
    office.until(said, "looks at it")
    office.settle()
    with write(office.engine) as session:  # the process died before it could write that it was done
        session.execute(update(InboxMessage).where(InboxMessage.kind == "click").values(done_at=None, leased_until=NOW))
    from app.slack.listeners import desk

    assert desk(office.handle.app).drain() == 1
    office.settle()
    with read(office.engine) as session:
        assert list(session.scalars(select(IncidentEvent.kind))) == ["opened", "acknowledged"]


def test_names_from_the_data_ping_nobody_and_a_wide_incident_fits(office: Office) -> None:
    evil = "<!channel> *bold* " + "x" * 400
    alerted(office)
    view = replace(only(office), campaigns=tuple([evil] * 60), reach="several", account=evil,
                   cause={**CAUSE, "said": evil * 30})  # fmt: skip
    text, blocks = alerts.render(view, [], [], None)
    check_message(text, blocks)
    assert "<!channel>" not in text
    assert "<!channel>" not in str([b for b in blocks if b["type"] != "header"])


def test_missing_data_can_be_snoozed_and_not_called_expected(office: Office) -> None:
    said = {**CAUSE, "kind": "stale", "said": "The data end on 2026-03-01: 2026-03-02 is missing."}
    look(office, found(office, kind="stale", metric="data", direction="none", keys=("data:none",), days=(), cause=said,
                       money_micros=None))  # fmt: skip
    message = office.bot(having="Data missing")
    assert "The data end on 2026-03-01" in message["text"]
    assert buttons(message) == [alerts.ACK, alerts.INVESTIGATE, alerts.SNOOZE]
    office.click(message, alerts.INVESTIGATE, ANA)
    office.bot(thread_ts=message["ts"], having="€1,234.50")
    assert [q for _, q, _, _ in office.asked.questions] == ["how fresh are the data"]


def page(office: Office, user: str, having: str) -> str:
    found = office.slack.people.wait_for(
        lambda w: user in w.homes and having in (shown := str(w.homes[user]["blocks"])) and shown
    )
    return str(found)


def test_the_home_tab_shows_alerts_and_snoozes_with_their_way_back(office: Office) -> None:
    said = alerted(office)
    office.click(said, f"{alerts.SNOOZE}/1w", BEN)
    office.until(said, "snoozed it until")
    office.slack.people.open_home(ANA)
    assert "Conversions down" in page(office, ANA, "snoozed until 2026-03-11 10:42 UTC")
    office.slack.people.press_home(ANA, home_alerts.WAKE)
    office.settle()
    assert only(office).snoozed_until is None
    office.click(said, f"{alerts.EXPECTED}/seasonal", BEN)
    office.until(said, "called it expected")
    office.slack.people.open_home(ANA)
    with write(office.engine) as session:
        (rule,) = quiet_rules.rules(session, Scope((office.asked.account,)), NOW)
        session.add(
            QuietRule(
                account_id=rule.account_id, campaign_id=None, metric="conversions", direction="down", condition={},
                reason="also", created_by=BEN, created_at=NOW,
            )
        )  # fmt: skip
    page(office, ANA, "expected: seasonal")
    office.slack.people.press_home(ANA, home_alerts.REVOKE, str(rule.id))
    office.settle()
    with read(office.engine) as session:
        (left,) = quiet_rules.rules(session, Scope((office.asked.account,)), NOW)
    told = next(m["text"] for m in office.slack.workspace.messages("D0ANA0000") if "is revoked" in m["text"])
    assert f"rule {left.id}: conversions down in every campaign and the whole account" in told
    office.slack.people.press_home(ANA, home_alerts.REVOKE, str(left.id))
    office.settle()
    assert "Quiet:" not in str(office.slack.workspace.homes[ANA]["blocks"])


def test_the_home_tab_of_a_guest_takes_nothing_back(office: Office) -> None:
    said = alerted(office)
    office.click(said, f"{alerts.SNOOZE}/1w", BEN)
    office.until(said, "snoozed it until")
    with write(office.engine) as session:
        bindings.bind(session, EVE, [office.asked.account])
    office.slack.people.open_home(EVE)
    page(office, EVE, "snoozed until")
    office.slack.workspace.marks[EVE] = {"is_restricted": True}
    office.slack.people.press_home(EVE, home_alerts.WAKE)
    office.settle()
    assert only(office).snoozed_until is not None
