"""Plans under an answer over signed HTTP: shown with their buttons, and made a recommendation by a press, once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from shutil import copyfile

import pytest
from sqlalchemy import func, select

from agent.deps import AskDeps
from agent.graph import ask
from app.slack.plan_clicks import ALREADY, UNKNOWN
from app.slack.plan_offers import LABEL, PROPOSE
from emulators.market.world import Market
from emulators.slack.workspace import Message
from store import accounts, bindings
from store.approvals import add_approver
from store.calendar_changes import add_event
from store.engine import open_engine, read, write
from store.tables import Account, Approval, RecommendationRow
from tests.slack.office import ANA, BEN, CHANNEL, EVE, Office, open_office, saver_of
from tests.tools.test_recommend import fill

MOVE = "what if we move 3k a month from Shopping Bestsellers to Generic Search DE"


@pytest.fixture(scope="module")
def market() -> Market:
    return Market(seed=7)


@pytest.fixture(scope="module")
def filled_store(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path, market: Market) -> Path:
    path = tmp_path_factory.mktemp("offers") / "store.db"
    copyfile(migrated_sqlite, path)
    engine = open_engine(f"sqlite:///{path}")
    account = fill(engine, market).scope.account_ids[0]
    with write(engine) as session:
        for user in (ANA, BEN):
            add_approver(session, account_id=account, user=user, by="setup", now=market.now())
    engine.dispose()
    return path


@pytest.fixture
def office(filled_store: Path, tmp_path: Path, market: Market) -> Iterator[Office]:
    """The bot on the market's store, with the real question graph behind it."""
    copyfile(filled_store, tmp_path / "store.db")
    engine = open_engine(f"sqlite:///{tmp_path / 'store.db'}")
    with read(engine) as session:
        account = accounts.find(session, market.account_name)[0].id
    with open_office(engine, tmp_path, account=account) as opened:
        opened.clock[0] = market.now()
        real = AskDeps(engine=engine, checkpointer=saver_of(engine), now=lambda: opened.clock[0], timezone="UTC")
        opened.asked.graph = partial(ask, real)
        yield opened
    engine.dispose()


def answered(office: Office, question: str = MOVE) -> Message:
    office.slack.people.mention(CHANNEL, ANA, question)
    return office.bot(having="Read as")


def drafts(office: Office) -> tuple[int, int]:
    with read(office.engine) as session:
        return tuple(session.scalar(select(func.count()).select_from(t)) or 0 for t in (RecommendationRow, Approval))  # type: ignore[return-value]


def offered(message: Message) -> list[str]:
    rows = [b for b in message["blocks"] if "accessory" in b]
    assert all(b["accessory"]["text"]["text"] == LABEL for b in rows)
    return [b["text"]["text"] for b in rows]


def test_an_answer_shows_the_plans_their_table_their_picture_and_a_button_each(office: Office) -> None:
    message = answered(office)
    assert [b["type"] for b in message["blocks"]].count("table") == 1
    best, own = offered(message)
    assert best.startswith("*Best split*\n")
    assert own == ("*Your plan*\nGeneric Search DE €640.00 → €740.00, Shopping Bestsellers €840.00 → €740.00")
    values = [b["accessory"]["value"] for b in message["blocks"] if "accessory" in b]
    assert all(len(v.partition("#")[0]) == 32 and v.partition("#")[2].isdigit() for v in values)
    office.settle()
    assert any("Response curves" in str(f) for f in office.slack.workspace.files.values())
    assert drafts(office) == (0, 0)


def test_a_press_drafts_that_plan_and_posts_its_card_once_however_often(office: Office) -> None:
    message = answered(office)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: office.click(message, f"{PROPOSE}#1", BEN), range(2)))
    card = office.bot(thread_ts=message["thread_ts"], having="Approve budget change")
    assert "€640.00" in card["text"]
    assert "€740.00" in card["text"]
    assert office.whisper(BEN) == ALREADY
    office.settle()
    assert drafts(office) == (1, 1)
    with read(office.engine) as session:
        row = session.scalars(select(RecommendationRow)).one()
        assert row.content["requested_by"] == BEN
        after = {c["entity_name"]: Decimal(c["after"]) for c in row.content["changes"]}
    assert after == {"Generic Search DE": 740, "Shopping Bestsellers": 740}
    assert office.platform.writes() == []


def test_a_press_passes_the_policy_as_it_is_then(office: Office, market: Market) -> None:
    message = answered(office)
    with write(office.engine) as session:
        account = session.scalars(select(Account)).one()
        day = market.today
        add_event(session, account_id=account.id, kind="freeze", name="Easter", start=day, end=day + timedelta(days=1),
                  by="ana", now=market.now())  # fmt: skip
    office.click(message, f"{PROPOSE}#1", ANA)
    assert "Easter" in office.whisper(ANA)
    office.settle()
    assert drafts(office) == (0, 0)


@pytest.mark.parametrize("value", ["0" * 32 + "#0", "nonsense", "#", "{own}#9", "{own}#-1", "{own}#²"])
def test_a_button_that_names_no_plan_here_does_nothing(office: Office, value: str) -> None:
    message = answered(office)
    own = next(b["accessory"]["value"] for b in message["blocks"] if "accessory" in b).partition("#")[0]
    office.click(message, f"{PROPOSE}#1", ANA, value=value.replace("{own}", own))
    assert office.whisper(ANA) == UNKNOWN
    assert drafts(office) == (0, 0)


def test_a_channel_that_no_longer_sees_the_account_has_none_of_its_plans_proposed(office: Office) -> None:
    message = answered(office)
    with write(office.engine) as session:
        other = accounts.ensure(session, platform="meta", name="Other", currency="EUR", timezone="UTC", origin="file",
                                now=office.clock[0])  # fmt: skip
        bindings.bind(session, CHANNEL, [other.id])
    office.click(message, f"{PROPOSE}#1", ANA)
    assert office.whisper(ANA) == UNKNOWN
    assert drafts(office) == (0, 0)


def test_a_guest_has_no_plan_proposed(office: Office) -> None:
    message = answered(office)
    office.slack.workspace.marks[EVE] = {"is_restricted": True}
    office.click(message, f"{PROPOSE}#1", EVE)
    assert "You are a guest" in office.whisper(EVE)
    assert drafts(office) == (0, 0)


def test_typing_it_says_which_button_it_is(office: Office) -> None:
    message = answered(office)
    office.slack.people.say(CHANNEL, ANA, "make it a recommendation", thread_ts=message["thread_ts"])
    office.bot(thread_ts=message["thread_ts"], having="Press 'Make it a recommendation'")
    office.settle()
    assert drafts(office) == (0, 0)
