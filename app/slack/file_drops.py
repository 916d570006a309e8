"""A file dropped into the bot's direct message: taken in, asked about, loaded or refused, undone.

Every step is kept in the store before anything is shown: a process that dies leaves the next one to go on.
"""

from __future__ import annotations

import hashlib
import logging
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import importing
from app.importing import Options
from app.planning import PlanRead
from app.slack import blocks as bk
from app.slack import file_cards, file_reading, outgoing, plan_drops
from app.slack.clicks import Then
from app.slack.deps import SlackDeps
from app.slack.download import NotOurs, fetch
from app.slack.file_cards import CANCEL, CHOOSE, IMPORT, UNDO
from app.slack.shift import Shift
from connectors.files import Recognised, recognise
from domain.errors import BadInput, BudgeteerError, NotConfigured, Refused
from store import accounts, audit, bindings, file_drops, personal, undo
from store.engine import read, write
from store.file_drops import Drop
from store.tables import ImportRun

log = logging.getLogger("budgeteer.slack")
TYPED_VIEW, TYPED = "file_typed", "typed"
ONLY_YOURS = "Only whoever dropped this file decides about it."
BEING_LOADED = "It is being loaded just now; its message will show what came of it."
MAX_ROWS = 50_000  # on SQLite, whose only writer a load holds: clicks and stops wait 1.5 s at most
OUT_OF_DATE = "That question was answered already; the message shows how it stands."
TITLES = {"account": "New account", "currency": "Currency"}
LABELS = {"account": "The account's name", "currency": "ISO 4217 code, such as CHF"}


@dataclass(frozen=True, slots=True)
class Dropped:
    """A message with files in the bot's direct messages."""

    user: str
    channel: str
    ts: str
    thread_ts: str
    files: tuple[tuple[str, str], ...]  # id and name of each, as the event says

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> Dropped:
        """Read a ``message`` event of subtype ``file_share``."""
        files = tuple((str(f["id"]), str(f.get("name") or "file")) for f in event["files"])
        ts = str(event["ts"])
        return cls(event["user"], event["channel"], ts, str(event.get("thread_ts") or ts), files)


@dataclass(frozen=True, slots=True)
class Press:
    """A pressed button, or a submitted dialog (``typed``). Everything but ``user`` came from outside."""

    action: str
    value: str
    user: str
    channel: str
    trigger_id: str
    typed: str | None = None

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Press:
        """Read a ``block_actions`` payload."""
        action = body["actions"][0]
        channel = body["container"]["channel_id"]
        return cls(action["action_id"], str(action.get("value", "")), body["user"]["id"], channel, body["trigger_id"])

    @classmethod
    def of_view(cls, body: Mapping[str, Any]) -> Press:
        """Read a ``view_submission`` payload."""
        view, user = body["view"], body["user"]["id"]
        typed = view["state"]["values"][TYPED]["text"].get("value") or ""
        return cls(TYPED_VIEW, str(view.get("private_metadata", "")), user, user, body["trigger_id"], str(typed)[:500])


def take(shift: Shift, payload: Mapping[str, Any]) -> Then:
    """Take in each file of a message: fetch it, see what it is, and ask the first question."""
    dropped = Dropped(**{**payload, "files": tuple(tuple(f) for f in payload["files"])})
    for file_id, name in dropped.files:
        drop_id = hashlib.sha256(f"{dropped.channel}:{dropped.ts}:{file_id}".encode()).hexdigest()[:32]
        with read(shift.deps.engine) as session:
            known = file_drops.known(session, drop_id)
        if not known:
            _take_one(shift, dropped, drop_id, file_id, name)
    return None


def _take_one(shift: Shift, dropped: Dropped, drop_id: str, file_id: str, name: str) -> None:
    deps, content, note = shift.deps, b"", ""
    try:
        with read(deps.engine) as session:
            file_reading.may_load_anything(session, dropped.user)
        name, content = fetch(deps, shift.client, file_id, name)
    except (NotOurs, Refused) as error:
        note = str(error)
    except (SlackApiError, OSError) as error:
        if shift.attempts < 3:
            raise  # it stays in the inbox and is taken up again
        log.warning("a file was not fetched: %s", type(error).__name__)
        note = "Slack did not hand the file over; please drop it again."
    name, sha256, reading = bk.clean(name, 200), hashlib.sha256(content).hexdigest(), {"note": note, "serial": 0}
    drop = Drop(
        drop_id, dropped.user, dropped.channel, dropped.thread_ts, None, name, content, sha256, reading,
        "refused" if note else "asked", None, deps.now(),
    )  # fmt: skip
    found = None if note else _look(deps, drop, Options())
    with write(deps.engine) as session:
        if file_drops.known(session, drop_id):
            return
        file_drops.add(
            session, drop_id=drop_id, user=drop.user, channel=drop.channel, thread_ts=drop.thread_ts, name=name,
            content=content, sha256=sha256, status=drop.status, reading=reading, now=deps.now(),
        )  # fmt: skip
        if found is not None:
            _keep(session, deps, drop, found)
        _draw(session, deps, drop)


def press(shift: Shift, payload: Mapping[str, Any]) -> Then:
    """A button of a file's message, or the dialog behind one. Whoever pressed gets an answer in any case."""
    pressed = Press(**payload)
    try:
        told = _ACTIONS[_kind(pressed.action)](shift, pressed)
    except BudgeteerError as error:
        told = f"{str(error)[:1].upper()}{str(error)[1:].rstrip('.')}."
    except Exception as error:
        reference = uuid.uuid4().hex[:8]
        log.error("file press %s failed: %s", reference, type(error).__name__, exc_info=error)
        told = f"That was not recorded (reference {reference}). Please press again; nothing is loaded twice."
    if told:
        _whisper(shift, pressed, told)
    return None


def _kind(action: str) -> str:
    return CHOOSE if action.startswith(CHOOSE) else action


def _whisper(shift: Shift, pressed: Press, told: str) -> None:
    text = bk.data(told, 1_000)
    try:
        if pressed.action == TYPED_VIEW:  # a dialog belongs to no channel
            raise OSError
        shift.client.chat_postEphemeral(channel=pressed.channel, user=pressed.user, text=text)
    except (SlackApiError, OSError):
        with write(shift.deps.engine) as session:
            key = f"told:{pressed.trigger_id}"
            outgoing.message(session, key, pressed.user, None, text, [bk.section(text)], shift.deps.now())


def _choose(shift: Shift, pressed: Press) -> str:
    with read(shift.deps.engine) as session:
        drop, rest = _open(session, shift.deps, pressed, lock=False)
    asked = drop.reading.get("asked")
    if asked is None or not (rest.isdecimal() and int(rest) < len(asked["choices"])):
        return OUT_OF_DATE
    value = asked["choices"][int(rest)][0]
    if value is not None:
        return _go_on(shift.deps, drop, replace(file_reading.said(drop.reading), **{asked["field"]: value}))
    return _dialog(shift.client, pressed, drop, asked["field"])


def _dialog(client: WebClient, pressed: Press, drop: Drop, field: str) -> str:
    blocks = [bk.text_input(TYPED, LABELS[field], "One line", optional=False)]
    view = bk.modal(TITLES[field], TYPED_VIEW, f"{drop.id}:{drop.reading['serial']}", "Use it", blocks)
    try:
        client.views_open(trigger_id=pressed.trigger_id, view=view)
    except SlackApiError as error:
        log.warning("no dialog: %s", error.response.get("error"))
        return "Slack did not open the dialog in time; please press again."
    return ""


def _typed(shift: Shift, pressed: Press) -> str:
    with read(shift.deps.engine) as session:
        drop, _ = _open(session, shift.deps, pressed, lock=False)
        asked = drop.reading.get("asked")
        if asked is None or asked["field"] not in TITLES:
            return OUT_OF_DATE
        options = file_reading.said(drop.reading)
        value = file_reading.checked(session, drop.user, options, asked["field"], pressed.typed or "")
    return _go_on(shift.deps, drop, replace(options, **{asked["field"]: value}))


def _cancel(shift: Shift, pressed: Press) -> str:
    with write(shift.deps.engine) as session:
        drop, _ = _open(session, shift.deps, pressed, serial=False)
        file_drops.settle(session, drop.id, "cancelled", {**drop.reading, "note": ""}, shift.deps.now())
        _draw(session, shift.deps, drop)
    return ""


def _import(shift: Shift, pressed: Press) -> str:
    """Load what the summary showed: claimed first, then loaded, then settled by whoever holds the claim."""
    deps, token = shift.deps, uuid.uuid4().hex
    with write(deps.engine) as session:
        drop, _ = _open(session, deps, pressed, loading=True)
        if drop.reading.get("asked") is not None or drop.content is None:
            return OUT_OF_DATE
        content, again = drop.content, drop.status == "loading"
        own = drop.reading.get("pressed") == pressed.trigger_id and shift.attempts > 1
        drop = replace(drop, reading={**drop.reading, "pressed": pressed.trigger_id})
        if not file_drops.claim(session, drop, token, datetime.now(UTC), taken_up=own):
            return BEING_LOADED
        _draw(session, deps, drop)
    try:
        load = plan_drops.load if drop.reading.get("kind") == "plan" else _load
        runs, note = load(deps, drop, content, file_reading.said(drop.reading), again or shift.attempts > 1)
    except BudgeteerError as error:
        _refuse(deps, drop, token, _why(error))
        return ""
    except Exception:
        with write(deps.engine) as session:  # whoever presses again is not told that it is being loaded
            if file_drops.held(session, drop.id, token):
                file_drops.let_go(session, drop.id, drop.reading)
                _draw(session, deps, drop)
        raise
    with write(deps.engine) as session:
        if not file_drops.held(session, drop.id, token):
            return ""  # taken up by another, who says what came of it
        for run in runs:
            _let_see(session, drop.user, run)
            audit.append(session, drop.user, "file.imported", f"run:{run}", {"sha256": drop.sha256}, deps.now())
        note = "\n".join([*drop.reading.get("summary", [])[:2], note])
        settled = {**drop.reading, "note": note, "undo": bool(runs), "runs": runs}
        file_drops.settle(session, drop.id, "imported", settled, deps.now(), runs[0] if runs else None)
        _draw(session, deps, drop)
    return ""


def _load(deps: SlackDeps, drop: Drop, content: bytes, options: Options, again: bool) -> tuple[list[int], str]:
    """Load an export; its run and what came of it. ``again``: a process that loaded it before may have died, or not."""
    with read(deps.engine) as session:
        run = _loaded_before(session, drop, options) if again else None
        if run is None:  # as it stands now: a right may be gone since it was asked
            file_reading.may_load(session, drop.user, options)
    if run is None:
        done = importing.load(deps.engine, deps.config, deps.now(), drop.name, content, options)
        if not again:
            return [done.counts.run_id], file_cards.result(done)
        with read(deps.engine) as session:  # the other one may have come first in the meantime: its run has the rows
            run = _loaded_before(session, drop, options)
        if run in (None, done.counts.run_id):
            return [done.counts.run_id], file_cards.result(done)
    return [int(run or 0)], "It was loaded, and the process that loaded it ended before it could say more."


def _loaded_before(session: Session, drop: Drop, options: Options) -> int | None:
    """The run of an earlier try at this very file, which ended before it could say so."""
    ids = [a.id for a in accounts.find(session, options.account, options.platform)]
    query = select(ImportRun.id).where(ImportRun.account_id.in_(ids), ImportRun.content_sha256 == drop.sha256)
    query = query.where(ImportRun.at >= drop.created_at, ImportRun.undone_at.is_(None))
    return session.scalar(query.order_by(ImportRun.id).limit(1))


def _let_see(session: Session, user: str, run_id: int) -> None:
    """Whoever loads figures may ask about them in their direct messages."""
    account_id = session.get_one(ImportRun, run_id).account_id
    try:
        seen = bindings.scope_for_channel(session, user, user).account_ids
    except NotConfigured:
        seen = ()
    if account_id not in seen:
        bindings.bind(session, user, [*seen, account_id])


def _undo(shift: Shift, pressed: Press) -> str:
    """Take back what the file loaded, all of it or nothing, once."""
    deps = shift.deps
    with write(deps.engine) as session:
        drop = _own(session, pressed, pressed.value)
        if drop.status != "imported" or drop.run_id is None:
            return OUT_OF_DATE
        runs = [int(run) for run in drop.reading.get("runs") or [drop.run_id]]
        scope = personal.scope_of_person(session, drop.user)
        if scope is None or any(session.get_one(ImportRun, run).account_id not in scope for run in runs):
            raise Refused("you do not see the account of this load any more, so nothing was taken back")
        if drop.reading.get("kind") == "plan":
            plan_drops.may_take_back(session, drop.user, runs)
        done = [undo.undo(session, scope, run, by=drop.user, now=deps.now()) for run in reversed(runs)]
        note = "\n".join(file_cards.taken_back(one, drop.user) for one in reversed(done))
        again = all(one.already for one in done)
        if again and drop.reading.get("state") == "undone":
            return note
        reading = {**drop.reading, "undo": False, "state": "undone", "note": note}
        file_drops.settle(session, drop.id, "imported", reading, deps.now())
        _draw(session, deps, drop)
    return note if again else ""


def _look(deps: SlackDeps, drop: Drop, options: Options) -> tuple[file_drops.Status, dict[str, Any]]:
    """Settle what can be settled, then the next question, what the file holds, or why it is refused.

    Reading a large file takes seconds, so nothing here holds the store's only writer.
    """
    serial = int(drop.reading.get("serial", 0)) + 1
    content = drop.content or b""
    try:
        seen = recognise(content, drop.name)
        with read(deps.engine) as session:
            options, step = _step(session, deps, drop.user, content, options, seen)
        _fits(deps, step)
    except BudgeteerError as error:
        return "refused", {**drop.reading, "asked": None, "note": _why(error), "serial": serial}
    question = step if isinstance(step, file_reading.Question) else None
    reading = {**file_reading.kept(options, question, serial), "kind": seen.kind}
    if isinstance(step, PlanRead):
        reading["summary"] = plan_drops.summary(step)
    elif not isinstance(step, file_reading.Question):
        reading["summary"] = file_cards.summary(
            step, options.account or "", options.platform or "", options.currency or "", options.timezone or ""
        )
    return "asked", reading


def _fits(deps: SlackDeps, step: file_reading.Question | file_reading.Report | PlanRead) -> None:
    if isinstance(step, file_reading.Question) or deps.engine.dialect.name != "sqlite":
        return
    rows = len(step.lines if isinstance(step, PlanRead) else step.rows)
    if rows > MAX_ROWS:
        raise BadInput(
            f"this file holds {rows:,} rows, and from Slack I load {MAX_ROWS:,} at most into SQLite, so that "
            "clicks and stops never wait for it; load it on the server with budgeteer import, or drop it in parts"
        )


def _go_on(deps: SlackDeps, drop: Drop, options: Options) -> str:
    """Look at the file with what was answered; kept where nobody answered in the meantime."""
    found = _look(deps, drop, options)
    with write(deps.engine) as session:
        now = file_drops.get(session, drop.id, lock=True)
        if (now.status, now.reading.get("serial")) != ("asked", drop.reading.get("serial")):
            return OUT_OF_DATE
        _keep(session, deps, drop, found)
        _draw(session, deps, drop)
    return ""


def _keep(session: Session, deps: SlackDeps, drop: Drop, found: tuple[file_drops.Status, dict[str, Any]]) -> None:
    status, reading = found
    if status == "asked":
        file_drops.read_as(session, drop.id, reading)
    else:
        file_drops.settle(session, drop.id, status, reading, deps.now())


def _step(
    session: Session, deps: SlackDeps, user: str, content: bytes, options: Options, seen: Recognised
) -> tuple[Options, file_reading.Question | file_reading.Report | PlanRead]:
    if seen.kind == "plan" and not seen.trouble:
        return plan_drops.next_step(session, deps.now(), user, content, options)
    return file_reading.next_step(session, deps.config, deps.now(), user, content, options, seen)


def _why(error: BudgeteerError) -> str:
    return str(error) if "nothing was loaded" in str(error) else f"{error}; nothing was loaded"


def _refuse(deps: SlackDeps, drop: Drop, token: str, why: str) -> None:
    with write(deps.engine) as session:
        if not file_drops.held(session, drop.id, token):
            return
        file_drops.settle(session, drop.id, "refused", {**drop.reading, "asked": None, "note": why}, deps.now())
        _draw(session, deps, drop)


def _draw(session: Session, deps: SlackDeps, drop: Drop) -> None:
    outgoing.file_drop(session, drop.id, drop.channel, drop.thread_ts, deps.now())


def _open(
    session: Session, deps: SlackDeps, pressed: Press, *, serial: bool = True, lock: bool = True, loading: bool = False
) -> tuple[Drop, str]:
    """The file that is still asked about, and what the button adds to its id and question.

    ``loading`` takes one that is being loaded as well, where the same press or a later one may take it up.
    """
    drop_id, _, rest = pressed.value.partition(":")
    number, _, choice = rest.partition(":")
    drop = _own(session, pressed, drop_id, lock=lock)
    if drop.status == "loading" and not loading:
        raise BadInput(BEING_LOADED)
    if drop.status not in ("asked", "loading") or (serial and number != str(drop.reading["serial"])):
        raise BadInput(OUT_OF_DATE)
    if drop.status == "asked" and deps.now() - drop.created_at >= file_drops.KEPT:
        raise BadInput("nobody confirmed this file in a day; please drop it again")
    return drop, choice


def _own(session: Session, pressed: Press, drop_id: str, *, lock: bool = True) -> Drop:
    drop = file_drops.get(session, drop_id, lock=lock)
    if drop.user != pressed.user:
        raise BadInput(ONLY_YOURS)
    return drop


def expire(deps: SlackDeps, now: datetime) -> None:
    """Drop the files that nobody confirmed, and say so in their messages."""
    with write(deps.engine) as session:
        for drop_id in file_drops.expire(session, now):
            _draw(session, deps, file_drops.get(session, drop_id))


_ACTIONS: Mapping[str, Callable[[Shift, Press], str]] = {
    CHOOSE: _choose, IMPORT: _import, CANCEL: _cancel, UNDO: _undo, TYPED_VIEW: _typed,
}  # fmt: skip
