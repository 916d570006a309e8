"""What came of a change, in its card's thread: predicted against realised, why nobody can say, or what cut its days."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from sqlalchemy import Engine

from app.slack import blocks as bk
from app.slack.blocks import Block
from domain.scope import Scope
from store import approvals, promises, promising
from store.engine import read, write
from store.outbox import Row
from store.promises import PromiseView
from tools.figures import Cited
from tools.promise_words import due_on, name, plain, told


class Poster(Protocol):
    """What is needed of whoever delivers."""

    @property
    def engine(self) -> Engine: ...

    @property
    def now(self) -> Callable[[], datetime]: ...

    def post(self, row: Row, text: str, blocks: list[Block]) -> str: ...


def send_promise(posting: Poster, row: Row) -> str | None:
    """Post it once below the card; what is said is what the store holds when it is sent.

    That its days were cut is not said where by then more is known.
    """
    with read(posting.engine) as session:
        shown = approvals.view(session, row.payload["approval_id"])
        promise = promises.of_approval(session, Scope((shown.account.id,)), shown.approval.id)
    cut_by = row.payload.get("cut_by")
    if promise is None or (cut_by is not None and not (promise.status == "waiting" and _last_cut(promise) == cut_by)):
        return None
    text = bk.prose(said(promise) if cut_by is None else said_cut(promise))
    there = replace(row, thread_ts=shown.approval.thread)
    ts = posting.post(there, bk.clip(text, bk.MAX_TEXT), bk.fit(bk.paragraphs(text)))
    if cut_by is None:
        with write(posting.engine) as session:
            promising.told(session, promise.id, posting.now())
    return ts


def _last_cut(promise: PromiseView) -> str | None:
    return promise.details.get("cut_by")


def said_cut(promise: PromiseView) -> str:
    """``The change of 2026-03-16 (...): changed again on 2026-04-06, so what came of it will be measured over ...``."""
    changed = name(promise)
    return (
        f"{changed[:1].upper()}{changed[1:]}: {promise.details['cut']}, so what came of it will be measured over the "
        f"{promise.days} days up to {promise.window_end}, from {due_on(promise)} on."
    )


def said(promise: PromiseView) -> str:
    """``What came of the change of 2026-03-16 (...): from ...``, with its figures."""
    cited = Cited()
    return plain(f"What came of {name(promise)}: {told(promise, cited)}", cited)
