"""The running bot: Slack, the outbox, the executor and the jobs, put together from the settings."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable, Mapping, Sized
from contextlib import ExitStack, suppress
from datetime import datetime
from functools import partial

from pydantic import SecretStr
from slack_bolt.error import BoltError
from slack_sdk.errors import SlackApiError
from sqlalchemy import Engine

from agent.activation import ActivationDeps, execute, follow_up
from agent.activation import graph as change_graph
from agent.graph import ask
from app import readiness, sheets, wiring
from app.settings import Settings
from app.slack import file_drops, outgoing
from app.slack.clients import posting_client
from app.slack.delivery import Delivery
from app.slack.deps import SlackDeps
from app.slack.listeners import build_app, desk
from app.slack.notifier import Notifier
from app.slack.server import Handle as Site
from app.slack.server import serve
from app.slack.socket_mode import Line, connect
from connectors.base import Connector
from domain.errors import NotConfigured
from domain.lifecycle import Status
from scheduler import digests, health, jobs, watch
from scheduler.catalog import SYNC, job
from scheduler.lease import Progress
from scheduler.measure import measure_due
from scheduler.retrain import retrain
from scheduler.run import Job, JobFailed
from scheduler.run import start as start_clockwork
from scheduler.sources import read_due
from scheduler.sync import sync
from store import approvals
from store.engine import read, write

log = logging.getLogger("budgeteer")
HEAVY = ("matplotlib.figure", "agent.planner.rules", "tools.drafting")


def start(config: Settings, running: ExitStack) -> str:
    """Start every part, each with its end on ``running``; where Slack's deliveries come in.

    Raises:
        NotConfigured: Slack's token or signing secret is missing or refused, or the address is taken.
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
        opened=partial(begin_thread, activation),
        moved=partial(tell, activation),
        follow_up=partial(follow_up, activation),
        now=activation.now,
        limits=activation.limits,
        config=config,
        token=token,
        signing_secret=secret,
        api_url=config.slack_api_url,
        cannot=partial(readiness.in_slack, timezone=config.timezone),
    )
    notifier = Notifier(Delivery(engine, posting_client(slack), slack.now, slack.limits, slack.cannot))
    notifier.start()
    running.callback(notifier.stop)
    site = _site(slack, config)
    running.callback(site.stop)
    desk(site.app).drain()  # what a dead process acknowledged
    left = job("inbox", lambda _say: desk(site.app).drain())
    clockwork = jobs_of(engine, activation, platforms, config.timezone, config.week_start_index)
    drops = job("file drops", lambda _say: file_drops.expire(slack, slack.now()))
    scheduler = start_clockwork(engine, [*clockwork, left, drops], config.timezone)
    running.callback(scheduler.shutdown, wait=True)
    return site.url


def slack_login(config: Settings) -> tuple[SecretStr, SecretStr | None]:
    """The bot token, and the signing secret unless Socket Mode is on. Raises NotConfigured naming what is missing."""
    token, secret = config.slack_bot_token, config.slack_signing_secret
    if token and (secret or config.slack_app_token):
        return token, secret
    missing = [n for n, v in (("SLACK_BOT_TOKEN", token), ("SLACK_SIGNING_SECRET", secret)) if not v]
    if config.slack_app_token:
        missing = ["SLACK_BOT_TOKEN"]
    raise NotConfigured(
        f"{' and '.join(missing)} not set; the bot lives in Slack. To see it without an account: make demo"
    )


def _site(slack: SlackDeps, config: Settings) -> Site | Line:
    """Where deliveries come in: a connection of our own where there is an app token, else signed HTTP."""
    try:
        app = build_app(slack)
    except (BoltError, SlackApiError, OSError) as error:
        raise NotConfigured(f"Slack at {config.slack_api_url} does not take SLACK_BOT_TOKEN: {error}") from None
    if config.slack_app_token:
        return connect(app, config.slack_app_token)
    if slack.signing_secret is None:
        raise NotConfigured("SLACK_SIGNING_SECRET not set")
    try:
        return serve(app, slack.signing_secret, config.http_host, config.http_port)
    except OSError as error:
        where = f"HTTP_HOST {config.http_host}, HTTP_PORT {config.http_port}"
        raise NotConfigured(f"cannot listen on {where}: {error.strerror or error}") from None


def carry_out(activation: ActivationDeps, approval_id: str) -> Status:
    """Execute what was approved, then let the change's own thread tell it."""
    status = execute(activation, approval_id)
    tell(activation, approval_id)
    return status


def begin_thread(activation: ActivationDeps, approval_id: str) -> None:
    """Start an approval's own thread, which waits for it to move. The approval does not depend on it."""
    _without_harm("begin", change_graph.begin, activation, approval_id)


def tell(activation: ActivationDeps, approval_id: str) -> None:
    """Let an approval's thread tell what the store says now. The store does not depend on it."""
    _without_harm("narrate", change_graph.narrate, activation, approval_id)


def _without_harm(
    what: str, step: Callable[[ActivationDeps, str], object], activation: ActivationDeps, approval_id: str
) -> None:
    try:
        step(activation, approval_id)
    except Exception as error:  # checkpoints only narrate: losing them loses no decision and no write
        log.warning("thread of approval %s: %s failed: %s", approval_id, what, type(error).__name__, exc_info=error)


def jobs_of(
    engine: Engine,
    activation: ActivationDeps,
    platforms: Mapping[str, Connector],
    timezone: str = "UTC",
    week_start: int = 0,
) -> list[Job]:
    """What runs by the clock, except what needs Slack itself."""
    works: dict[str, Callable[[Progress], object]] = {
        "expire": lambda _say: _follow(engine, activation, jobs.expire(activation)),
        "remind": lambda _say: _counted("reminded of", jobs.remind(activation)),
        "verify": lambda _say: _follow(engine, activation, jobs.verify(activation)),
        "digest": lambda _say: _digests(engine, activation, timezone, week_start),
        "watch": lambda _say: watch.watch_all(engine, activation.now()),
        "sources": partial(_read_sources, engine, activation.now),
        "job health": lambda _say: health.tell(engine, activation.now()),
        "retrain": lambda say: retrain(engine, activation.now(), say).said,
        "measure": partial(_measure, engine, activation.now),
        "tidy": lambda _say: jobs.tidy(engine),
        **{f"{SYNC}{name}": partial(_sync, engine, activation, c) for name, c in platforms.items()},
    }
    return [job(name, work) for name, work in works.items()]


def _counted(what: str, done: Sized) -> str | None:
    """What a job did to how many approvals; None where to none."""
    return f"{what} {len(done)} approval{'s' if len(done) > 1 else ''}" if done else None


def _read_sources(engine: Engine, now: Callable[[], datetime], say: Progress) -> str | None:
    config = wiring.settings()
    at = now()
    looked = read_due(engine, at, sheets.fetcher(config), sheets.loader(engine, config, at), say)
    if failed := [one.name for one in looked if one.error is not None]:
        raise JobFailed(f"{', '.join(failed)} could not be read; see budgeteer source list")
    return f"looked at {len(looked)} sheets, {sum(one.run_id is not None for one in looked)} new" if looked else None


def _measure(engine: Engine, now: Callable[[], datetime], say: Progress) -> str | None:
    return measure_due(engine, now(), say, across_accounts=wiring.settings().promises_across_accounts)


def _follow(engine: Engine, activation: ActivationDeps, changed: tuple[str, ...] | dict[str, Status]) -> str | None:
    """Bring the threads and cards of ``changed`` approvals in line with the store."""
    for approval_id in changed:
        tell(activation, approval_id)
        with read(engine) as session:
            channel = approvals.view(session, approval_id).approval.channel
        if channel is not None:
            with write(engine) as session:
                outgoing.redraw(session, approval_id, channel, activation.now())
    return _counted("moved", changed)


def _digests(engine: Engine, activation: ActivationDeps, timezone: str, week_start: int) -> str | None:
    done = digests.post_due(engine, activation.now(), timezone, week_start)
    return f"queued for {', '.join(done)}" if done else None


def _sync(engine: Engine, activation: ActivationDeps, connector: Connector, say: Progress) -> str:
    report = sync(engine, connector, now=activation.now(), say=say)
    with suppress(JobFailed):  # what the watch could not see it has told; its own record says so too
        watch.watch_all(engine, activation.now())
    if not report.complete:
        raise JobFailed(f"{report.said}; failed: {report.failures}")
    return report.said
