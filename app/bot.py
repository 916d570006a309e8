"""The running bot: Slack, the outbox, the executor and the jobs, put together from the settings."""

from __future__ import annotations

import importlib
import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import timedelta
from functools import partial

from pydantic import SecretStr
from sqlalchemy import Engine

from agent.activation import ActivationDeps, execute
from agent.activation import graph as change_graph
from agent.graph import ask
from app import wiring
from app.settings import Settings
from app.slack import outgoing
from app.slack.delivery import Delivery
from app.slack.deps import SlackDeps
from app.slack.listeners import build_app, posting_client
from app.slack.notifier import Notifier
from app.slack.server import serve
from connectors.base import Connector
from domain.errors import NotConfigured
from domain.lifecycle import Status
from scheduler import jobs
from scheduler.run import Job, fire
from scheduler.run import start as start_clockwork
from scheduler.sync import sync
from store import approvals
from store.engine import read, write

log = logging.getLogger("budgeteer")
HEAVY = ("pandas", "scipy.optimize", "matplotlib.figure", "agent.planner.rules", "tools.drafting")


def start(config: Settings, running: ExitStack) -> str:
    """Start every part, each with its end on ``running``; the address that Slack is to call.

    Raises:
        NotConfigured: Slack's token or signing secret is missing.
    """
    token, secret = slack_login(config)
    for name in HEAVY:  # now, so that no person waits for an import
        importlib.import_module(name)
    engine = wiring.open_store(config)
    running.callback(engine.dispose)
    platforms = wiring.connectors(config)
    saver = wiring.checkpointer(config)
    activation = wiring.activation_deps(config, engine, platforms, saver)
    questions = wiring.ask_deps(config, engine, activation.now, saver)
    slack = SlackDeps(
        engine=engine,
        ask=partial(ask, questions),
        execute=partial(carry_out, activation),
        now=activation.now,
        limits=activation.limits,
        token=token,
        signing_secret=secret,
        api_url=config.slack_api_url,
    )
    notifier = Notifier(Delivery(engine, posting_client(slack), slack.now))
    notifier.start()
    running.callback(notifier.stop)
    site = serve(build_app(slack), config.http_host, config.http_port)
    running.callback(site.stop)
    _start_jobs(engine, activation, platforms, config.timezone, running)
    return site.url


def slack_login(config: Settings) -> tuple[SecretStr, SecretStr]:
    """The bot token and the signing secret. Raises NotConfigured naming what is missing."""
    token, secret = config.slack_bot_token, config.slack_signing_secret
    if token and secret:
        return token, secret
    missing = [n for n, v in (("SLACK_BOT_TOKEN", token), ("SLACK_SIGNING_SECRET", secret)) if not v]
    raise NotConfigured(
        f"{' and '.join(missing)} not set; the bot lives in Slack. To see it without an account: make demo"
    )


def carry_out(activation: ActivationDeps, approval_id: str) -> Status:
    """Execute what was approved, then let the change's own thread tell it."""
    status = execute(activation, approval_id)
    change_graph.narrate(activation, approval_id)
    return status


def _start_jobs(
    engine: Engine,
    activation: ActivationDeps,
    platforms: Mapping[str, Connector],
    timezone: str,
    running: ExitStack,
) -> None:
    def reading(connector: Connector) -> Callable[[], object]:
        return lambda: sync(engine, connector, now=activation.now())

    minute = timedelta(minutes=1)
    clockwork = [
        Job("expire", lambda: _redraw(engine, activation, jobs.expire(activation)), every=minute),
        Job("verify", lambda: _redraw(engine, activation, jobs.verify(activation)), every=minute),
        *(Job(f"sync {name}", reading(c), every=timedelta(hours=1)) for name, c in platforms.items()),
    ]
    scheduler = start_clockwork(engine, clockwork, timezone)
    running.callback(scheduler.shutdown, wait=True)
    # What a dead process left is taken up at once, not at the next full hour.
    first = threading.Thread(target=lambda: [fire(engine, job) for job in clockwork], name="first-jobs", daemon=True)
    first.start()


def _redraw(engine: Engine, activation: ActivationDeps, changed: tuple[str, ...] | dict[str, Status]) -> None:
    """Bring the cards of ``changed`` approvals in line with the store."""
    for approval_id in changed:
        with read(engine) as session:
            channel = approvals.view(session, approval_id).approval.channel
        if channel is not None:
            with write(engine) as session:
                outgoing.redraw(session, approval_id, channel, activation.now())
