"""What the bot runs by the clock, and what its settings reach."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from pydantic import SecretStr
from sqlalchemy import Engine, func, select

from agent.activation import ActivationDeps
from agent.activation.graph import build
from agent.graph import ask
from agent.state import Plan, ToolCall
from app import wiring
from app.bot import begin_thread, jobs_of
from app.settings import Settings
from domain.lifecycle import Status
from emulators.market.world import Market
from scheduler.run import fire
from store import deliveries, recommendations
from store.approvals import set_card, view
from store.checkpoints import open_checkpointer
from store.engine import read, write
from store.tables import OutboxMessage, SeenEvent
from tests.activation.world import LIMITS, NOW, opened, recommendation, seed
from tests.tools.test_recommend import fill


def _jobs(engine: Engine, now: datetime = NOW) -> tuple[ActivationDeps, dict[str, object]]:
    saver = open_checkpointer(engine.url.render_as_string(hide_password=False))
    deps = ActivationDeps(engine, {}, lambda: now, LIMITS, checkpointer=saver)
    return deps, {job.name: job for job in jobs_of(engine, deps, {})}


def test_an_approval_that_lapses_is_told_to_its_thread_and_its_card_is_redrawn(engine: Engine) -> None:
    card = opened(engine, recommendation(seed(engine), rec_id="r7"))
    with write(engine) as session:
        set_card(session, card, "C1", "1.1")
    deps, jobs = _jobs(engine, NOW + timedelta(days=2))
    begin_thread(deps, card)
    assert fire(engine, jobs["expire"])
    with read(engine) as session:
        assert view(session, card).approval.status is Status.EXPIRED
        updates = select(OutboxMessage.payload).where(OutboxMessage.kind == "card_update")
        assert {"approval_id": card} in session.scalars(updates).all()
    state = build(deps).get_state({"configurable": {"thread_id": "change:r7:1"}})
    assert (state.next, state.values["status"]) == ((), "expired")


def test_what_slack_delivered_is_kept_for_a_week(engine: Engine) -> None:
    now = datetime.now(UTC)
    with write(engine) as session:
        for days in (0, 6, 8):
            assert deliveries.first_time(session, [f"event:{days}"], now - timedelta(days=days))
    _, jobs = _jobs(engine)
    assert fire(engine, jobs["tidy"])
    with read(engine) as session:
        assert session.scalar(select(func.count()).select_from(SeenEvent)) == 2
        assert session.get(SeenEvent, "event:8") is None


def test_the_step_limit_of_the_settings_holds_for_a_draft_made_in_chat(sqlite_engine: Engine) -> None:
    market = Market(seed=7)
    context = fill(sqlite_engine, market)
    largest = {}
    for percent in (10.0, 50.0):
        config = Settings(database_url=SecretStr(str(sqlite_engine.url)), policy_max_step_pct=percent)
        deps = replace(
            wiring.ask_deps(config, sqlite_engine, market.now),
            rules=lambda _question, _context: Plan(calls=(ToolCall("recommend_budget", {}),), exact=True),
        )
        answer = ask(deps, f"t{percent}", "recommend a budget", scope=context.scope, asked_by="Ana")
        with read(sqlite_engine) as session:
            drafted = recommendations.get(session, context.scope, answer.recommendation_ids[0])
        largest[percent] = max(c.after.amount / c.before.amount - 1 for c in drafted.changes)
    assert largest[10.0] <= Decimal("0.1") < largest[50.0] <= Decimal("0.5")
