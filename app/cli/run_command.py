"""``budgeteer run``: the bot as it lives, until it is told to stop."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from contextlib import ExitStack

import click

from app import wiring
from app.redact import Redacting, secrets_of

log = logging.getLogger("budgeteer")


@click.command("run")
def command() -> None:
    """Run the bot: Slack, the outbox, the scheduler and the executor.

    With SLACK_APP_TOKEN it connects to Slack itself (Socket Mode). Without, it serves POST /slack/events and GET
    /healthz on HTTP_HOST:HTTP_PORT; put a TLS proxy in front. Several may run on one store.
    Ends cleanly on SIGTERM and on Ctrl-C; what was not delivered waits in the store.
    """
    from app import bot  # the whole house: only where it runs

    config = wiring.settings()
    shown = logging.StreamHandler(sys.stderr)
    shown.setFormatter(Redacting("%(asctime)s %(levelname)s %(name)s: %(message)s", secrets_of(config)))
    logging.basicConfig(level=logging.INFO, handlers=[shown])
    for chatty in ("apscheduler", "google", "slack_bolt"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    with ExitStack() as running:
        mode = "Socket Mode (SLACK_APP_TOKEN)" if config.slack_app_token else "signed HTTP"
        log.info("starting: Slack over %s", mode)
        log.info("ready: %s", bot.start(config, running))
        stop.wait()
        log.info("stopping")
