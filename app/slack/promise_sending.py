"""What came of a change, in its card's thread: predicted against realised, or why nobody can say."""

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
from tools.promise_words import name, plain, told


class Poster(Protocol):
    """What is needed of whoever delivers."""

    @property
    def engine(self) -> Engine: ...

    @property
    def now(self) -> Callable[[], datetime]: ...

    def post(self, row: Row, text: str, blocks: list[Block]) -> str: ...


def send_promise(posting: Poster, row: Row) -> str | None:
    """Post it once below the card; what is said is what the store holds when it is sent."""
    with read(posting.engine) as session:
        shown = approvals.view(session, row.payload["approval_id"])
        promise = promises.of_approval(session, Scope((shown.account.id,)), shown.approval.id)
    if promise is None:
        return None
    text = bk.prose(said(promise))
    there = replace(row, thread_ts=shown.approval.thread)
    ts = posting.post(there, bk.clip(text, bk.MAX_TEXT), bk.fit(bk.paragraphs(text)))
    with write(posting.engine) as session:
        promising.told(session, promise.id, posting.now())
    return ts


def said(promise: PromiseView) -> str:
    """``What came of the change of 2026-03-16 (...): from ...``, with its figures."""
    cited = Cited()
    return plain(f"What came of {name(promise)}: {told(promise, cited)}", cited)
