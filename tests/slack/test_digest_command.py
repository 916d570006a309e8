"""``/ads digest`` over signed HTTP, end to end: the store's figures, and every button of it answered by the agent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from agent.digest import in_words, make
from agent.graph import ask
from app import wiring
from app.settings import Settings
from app.slack import digests
from domain.money import Money
from domain.recommendation import Change
from domain.scope import Scope
from store import bindings, plans, recommendations
from store.engine import write
from store.tables import Account, Campaign, DailyMetric, ImportRun
from tests.activation.world import NOW, recommendation, target
from tests.slack.office import ANA, CHANNEL, Office, open_office, saver_of


@pytest.fixture
def office(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Office]:
    with open_office(sqlite_engine, tmp_path) as opened:
        yield opened


def _with_three_decisions(office: Office) -> None:
    """A pool that lands over, an account that stopped, and a draft that nobody was asked about."""
    with write(office.engine) as session:
        acme = session.get_one(Account, office.asked.account)
        line = plans.Line(acme.id, acme.name, acme.platform, NOW.date().replace(day=1), "EUR", pool="PO *4711* <!here>",
                          budget=Money(Decimal(2_000), "EUR"))  # fmt: skip
        plans.load(session, [line], source="plan.csv", content_sha256=None, now=NOW)
        brand = session.scalars(select(Campaign).where(Campaign.account_id == acme.id)).one()
        _spend(session, brand, {NOW.date() - timedelta(days=back): 1_000_000_000 for back in range(8, 40)})
        recommendations.add(session, recommendation(acme.id), {})
        other = Account(platform="meta", name="Acme US", currency="EUR", timezone="UTC", origin="file", created_at=NOW)
        session.add(other)
        session.flush()
        campaign = Campaign(account_id=other.id, name="Prospecting", external_id=None)
        session.add(campaign)
        session.flush()
        last = date(2026, 3, 3)
        _spend(session, campaign, {last - timedelta(days=n): 7_000_000 if n else 0 for n in range(14)})
        bindings.bind(session, CHANNEL, [acme.id, other.id])


def _spend(session: Session, campaign: Campaign, micros: dict[date, int]) -> None:
    run = ImportRun(account_id=campaign.account_id, source="x.csv", at=NOW, complete=True, summary={})
    session.add(run)
    session.flush()
    session.add_all(
        DailyMetric(campaign_id=campaign.id, level="campaign", day=day, breakdown="", account_id=campaign.account_id,
                    spend_micros=spent, impressions=1, clicks=1, run_id=run.id)
        for day, spent in micros.items()
    )  # fmt: skip


def _answer_for_real(office: Office) -> None:
    """Questions go to the agent as the bot binds it, answered by rules."""
    deps = wiring.ask_deps(Settings(_env_file=None), office.engine, lambda: office.clock[0], saver_of(office.engine))

    def reply(text: str) -> Any:
        thread, _, ids, asked_by = office.asked.questions[-1]
        return ask(deps, thread, text, scope=Scope(ids), asked_by=asked_by)

    office.asked.reply = reply


def test_it_is_posted_with_the_stores_figures_and_each_of_its_buttons_is_answered(office: Office) -> None:
    _with_three_decisions(office)
    _answer_for_real(office)
    assert office.slack.people.command(CHANNEL, ANA, "/ads", "digest").status == 200
    said = office.bot(having="2026-03-03")
    assert "€1,000.00" in said["text"]  # the day's spend of the one account, and nothing of the other
    assert "<!here>" not in str(said["blocks"])
    buttons = [e for b in said["blocks"] if b["type"] == "actions" for e in b["elements"]]
    assert [b["text"]["text"] for b in buttons] == ["Where do we land?", "By campaign", "Propose a budget"]
    for button, having in zip(buttons, ("it lands at €31,000", "Prospecting €91.00", "Approve budget"), strict=True):
        office.click(said, digests.ASK, ANA, value=button["value"])
        assert office.bot(thread_ts=said["ts"], having=having)
    assert [q for _, q, _, _ in office.asked.questions] == [
        "where do we land", "spend by campaign last 14 days", "recommend a budget",
    ]  # fmt: skip


def test_a_button_that_names_nothing_posted_is_answered_too(office: Office) -> None:
    _with_three_decisions(office)
    office.slack.people.command(CHANNEL, ANA, "/ads", "digest")
    said = office.bot(having="2026-03-03")
    office.click(said, digests.ASK, ANA, value="digest:C0OTHER:1.1#0")
    assert "no longer" in office.whisper(ANA)
    assert office.asked.questions == []


@pytest.mark.parametrize(
    ("changes", "origin", "button", "question"),
    [
        ((), {}, "Propose a budget", "recommend a budget"),
        ((target(),), {"kind": "bid"}, "Propose bid targets", "recommend bids"),
        ((), {"kind": "protection"}, "What to cut?", "which campaigns are below their floor"),
    ],
)
def test_a_draft_that_nobody_proposed_is_asked_for_anew_by_what_it_was_of(
    office: Office, changes: tuple[Change, ...], origin: dict[str, str], button: str, question: str
) -> None:
    with write(office.engine) as session:
        recommendations.add(session, recommendation(office.asked.account, *changes), origin)
        bindings.bind(session, CHANNEL, [office.asked.account])
    made = make(office.engine, Scope((office.asked.account,)), now=NOW, timezone="UTC", today=NOW.date(), picture=False)
    (draft,) = [d for d in in_words(made)["decisions"] if d["question"] == question]
    assert draft["button"] == button
