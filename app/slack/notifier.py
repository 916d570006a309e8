"""The outbox's way to Slack: about one message a second a channel, patient with 429, safe to run twice."""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime, timedelta

from app.slack.delivery import Delivery
from app.slack.refused import NO_ENTRY, Failure
from domain.errors import BudgeteerError
from store import outbox
from store.engine import write
from store.outbox import Row

log = logging.getLogger("budgeteer.slack.notifier")
POSTS = frozenset({"answer", "notice", "card", "chart", "digest", "outcome", "promise", "labels", "reminder", "snooze"})


class Notifier:
    """Drains the outbox in a thread of its own. Several may run on one store: a row has one lease at a time."""

    def __init__(self, delivery: Delivery, *, seconds_per_message: float = 1.0, poll_seconds: float = 0.1) -> None:
        self._delivery = delivery
        self._pace, self._poll = seconds_per_message, poll_seconds
        self._free_at: dict[str, float] = {}  # channel -> monotonic time of the next post
        self._no_entry = ""  # Slack's word for it, while it does not let the app in
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to deliver."""
        self._thread = threading.Thread(target=self._run, name="notifier", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the message in hand and end; what is left waits in the store."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=30)

    def drain(self) -> int:
        """Deliver what is due and whose channel is free; the number of rows tried."""
        now = datetime.now(UTC)
        busy = [channel for channel, at in self._free_at.items() if at > time.monotonic()]
        rows = outbox.take(self._delivery.engine, now, 1, skip_channels=busy)
        for row in rows:
            self._deliver(row)
        return len(rows)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                tried = self.drain()
            except Exception as error:  # the store is away: wait for it, the rows are safe there
                log.warning("cannot read the outbox: %s", type(error).__name__)
                tried = 0
            if not tried:
                self._stop.wait(self._poll)

    def _deliver(self, row: Row) -> None:
        if row.kind in POSTS:
            self._free_at[row.channel] = time.monotonic() + self._pace
        try:
            result = self._delivery.send(row)
        except (BudgeteerError, KeyError, ValueError) as error:  # a row that can never be drawn
            log.exception("row %s cannot be rendered", row.id)
            result = Failure(f"{type(error).__name__}: cannot be rendered", None, certain=True)
        now = datetime.now(UTC)
        with write(self._delivery.engine) as session:
            if not isinstance(result, Failure):
                self._no_entry = ""
                outbox.sent(session, row.id, message_ts=result, now=now)
                return
            retry_at = None if result.retry_after is None else now + timedelta(seconds=result.retry_after)
            outbox.failed(session, row.id, result.error, retry_at=retry_at, attempted=not result.certain)
        if result.error == "ratelimited" and result.retry_after is not None:
            self._free_at[row.channel] = time.monotonic() + result.retry_after
        if result.error in NO_ENTRY:
            if result.error != self._no_entry:  # once, not for every message that waits
                log.error("Slack does not let the app in (%s): messages wait until it does", result.error)
            self._no_entry = result.error
            return
        level = logging.WARNING if retry_at else logging.ERROR
        log.log(level, "outbox row %s (%s): %s%s", row.id, row.kind, result.error, "" if retry_at else ", given up")
