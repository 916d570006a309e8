"""What the watch found, what others changed and what could not be read stand in the digest, the dearest first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args

import pytest
from sqlalchemy.orm import Session

from agent.digest import in_words, make
from agent.planner.rules import plan
from domain.scope import Scope
from store.engine import write
from store.tables import Campaign, ImportRun, Incident, IncidentDay, PlatformChange, Source
from tests.agent.planner.conftest import exports
from tests.tools.conftest import Bench
from tools.causes.model import Kind
from tools.digest import Digest
from tools.digest.words import CATALOGUES, CAUSES
from tools.incident_questions import why

NOW = datetime(2024, 7, 1, 9, tzinfo=UTC)


@pytest.fixture
def bench(make_bench: Callable[..., Bench], generate: Any) -> Bench:
    frame = generate({"Brand": 50, "Generic": 90}, date(2024, 5, 1), date(2024, 6, 30))
    return make_bench({("google_ads", "Shop", "USD"): frame})


def digest(bench: Bench, scope: Scope | None = None) -> Digest:
    return make(bench.engine, scope or bench.scope, now=NOW, timezone="UTC", today=NOW.date(), picture=False)


def section(made: Digest, heading: str) -> list[str]:
    return dict(in_words(made)["sections"]).get(heading, [])


def incident(session: Session, account: int, number: int, money: int | None, **said: Any) -> None:
    values: dict[str, Any] = {
        "id": f"{number:032x}", "account_id": account, "open_key": f"k{number}", "kind": "zero",
        "metric": "conversions",
        "direction": "down", "reach": "campaign", "status": "open", "severity": "warning",
        "first_day": date(2024, 6, 28), "last_day": date(2024, 6, 30), "money_micros": money, "currency": "USD",
        "cause": {"said": f"the tag <!channel> of page {number} is gone", "money_how": "lost revenue"},
        "opened_at": NOW - timedelta(days=1), "changed_at": NOW,
    }  # fmt: skip
    session.add(Incident(**{**values, **said}))


def test_incidents_are_ranked_by_money_and_at_most_three_are_asked_about(bench: Bench) -> None:
    (account,) = bench.scope.account_ids
    with write(bench.engine) as session:
        for number, money in enumerate((50_000_000, 900_000_000, None, 400_000_000), 1):
            incident(session, account, number, money)
        session.flush()
        brand = session.query(Campaign).filter_by(name="Brand").one().id
        session.add(IncidentDay(incident_id=f"{2:032x}", account_id=account, campaign_id=brand, metric="conversions",
                                day=date(2024, 6, 28), value=0.0, expected=4.0))  # fmt: skip
    made = digest(bench)
    words = [d["said"] for d in in_words(made)["decisions"]]
    assert [d.kind for d in made.decisions] == ["incident"] * 3
    assert [next(n for n in "1234" if f"page {n} " in said) for said in words] == [
        "3",
        "2",
        "4",
    ]  # unknown is not little
    assert words[1] == (
        'Google Ads (Shop): conversions fell to nothing since 2024-06-28 ("Brand"): '
        "the tag <!channel> of page 2 is gone. $900 at stake"
    )
    (rest,) = section(made, "Unusual in the accounts")
    assert "page 1 " in rest
    assert "$50.0" in rest or "$50 " in rest
    assert "Something needs you" in str(in_words(made)["verdict"])


def test_what_was_acknowledged_or_snoozed_is_listed_and_not_asked_about_and_what_ended_is_said(bench: Bench) -> None:
    (account,) = bench.scope.account_ids
    with write(bench.engine) as session:
        incident(session, account, 1, 50_000_000, status="acknowledged")
        incident(session, account, 2, 70_000_000, snoozed_until=NOW + timedelta(days=2))
        incident(session, account, 3, 90_000_000, status="recovered", open_key=None, ended_at=NOW - timedelta(hours=3))
        incident(session, account, 4, 90_000_000, status="recovered", open_key=None, ended_at=NOW - timedelta(days=9))
    made = digest(bench)
    assert made.decisions == ()
    lines = section(made, "Unusual in the accounts")
    assert [line.rsplit("(", 1)[-1] for line in lines[:2]] == ["snoozed until 2024-07-03)", "acknowledged)"]
    assert lines[2:] == ["Google Ads (Shop): conversions fell to nothing: recovered"]


def test_the_button_of_an_incident_asks_what_the_rules_understand() -> None:
    class Of:
        metric, reach, campaigns = "", "campaign", ("Brand",)
        first_day = last_day = date(2024, 6, 30)

    for metric in ("spend", "conversions", "revenue", "cpa", "roas", "ctr", "cpc", "cvr", "clicks", "impressions", "x"):
        Of.metric = metric
        assert plan(why(Of()), exports()).exact, metric  # type: ignore[arg-type]


def test_changes_made_elsewhere_are_told_with_who_made_them_and_unread_histories_are_said(bench: Bench) -> None:
    (account,) = bench.scope.account_ids
    assert any("made outside this tool are not read" in c for c in digest(bench).caveats)
    with write(bench.engine) as session:
        recent, long_ago = NOW - timedelta(days=2), NOW - timedelta(days=20)
        fifty, eighty = ({"currency": "USD", "amount_micros": n * 1_000_000} for n in (50, 80))
        for number, (ours, at, field, old, new) in enumerate(
            [
                (False, recent, "status", {}, {}),
                (True, recent, "status", {}, {}),
                (False, long_ago, "status", {}, {}),
                (
                    False,
                    recent,
                    "daily_budget",
                    fifty,
                    eighty,
                ),
            ]
        ):
            session.add(PlatformChange(
                account_id=account, source_id=str(number), at=at, entity=f"campaigns/{number}", campaigns=[],
                entity_name=f"Brand {number}", field=field, old=old, new=new, by="ben@agency.example", client=None,
                ours=ours, read_at=NOW,
            ))  # fmt: skip
    made = digest(bench)
    assert section(made, "Changed in the accounts") == [
        "Google Ads (Shop), 2024-06-29: status of Brand 0 changed outside this tool, by ben@agency.example",
        "Google Ads (Shop), 2024-06-29: Brand 3 from $50.00 to $80.00 a day, outside this tool, by ben@agency.example",
    ]
    assert not any("outside this tool are not read" in c for c in made.caveats)


def test_a_sheet_that_could_not_be_read_is_a_blind_spot_of_its_own_account_only(bench: Bench) -> None:
    with write(bench.engine) as session:
        (account,) = bench.scope.account_ids
        run = session.query(ImportRun).filter_by(account_id=account).first()
        assert run is not None
        common: dict[str, Any] = {"url": "https://x", "options": {}, "every_hours": 6, "added_by": "t", "added_at": NOW}
        session.add(Source(name="shop sheet", error="404", run_id=run.id, **common))
        session.add(Source(name="another client's", error="404", run_id=None, **common))
    blind = section(digest(bench), "What I cannot see")
    assert "Google Ads (Shop): the sheet shop sheet could not be read; see budgeteer source list" in blind
    assert not any("another" in line for line in blind)


def test_a_german_digest_says_the_kind_of_cause_in_german(bench: Bench) -> None:
    (account,) = bench.scope.account_ids
    with write(bench.engine) as session:
        cause = {"kind": "tracking_break", "said": "Tracking looks broken for Brand", "money_how": "x"}
        incident(session, account, 1, 50_000_000, cause=cause)
    made = make(bench.engine, bench.scope, now=NOW, timezone="UTC", today=NOW.date(), picture=False, language="de")
    (said,) = [d["said"] for d in in_words(made)["decisions"]]
    assert "Die Messung ist womöglich defekt" in said
    assert "Tracking looks" not in str(in_words(made))


def test_every_kind_of_cause_has_words_in_every_other_language() -> None:
    for language in set(CATALOGUES) - {"en"}:
        assert set(CAUSES[language]) == set(get_args(Kind))
