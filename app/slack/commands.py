"""The slash command ``/ads``: ask, digest, approvals, status, stop-writes and help.

What only one person sees (ephemeral) is never the only record: answers stand in a thread, and a stop is kept in the
store, audited, and told to everybody who may approve.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from slack_sdk.errors import SlackApiError
from sqlalchemy.orm import Session

from agent.digest import in_words, make
from app.channel_words import when_words
from app.slack import blocks as bk
from app.slack import digests, home, outgoing
from app.slack.clicks import Then
from app.slack.clients import posting_client
from app.slack.delivery import Delivery
from app.slack.incoming import Question
from app.slack.people import presence
from app.slack.shift import Shift, answer_command
from domain.errors import BadInput, BudgeteerError, NotConfigured, Refused
from store import accounts, approvers, audit, bindings, channels, deliveries, inbox, outbox, personal
from store.clicking import Presence, not_vouched
from store.engine import read, write
from store.outbox import Row
from store.switches import GLOBAL, account_scope, set_kill_switch, switches_on
from store.tables import Account
from tools.digest.days import Form

log = logging.getLogger("budgeteer.slack")
COMMAND = "/ads"
NOT_THERE = frozenset({"not_in_channel", "channel_not_found", "is_archived", "restricted_action"})
MAX_TEXT = 4_000
LATE = "I was away when you typed that, and did nothing. Please type it again."
HELP = f"""*What I can do*
• `{COMMAND} ask QUESTION` answers in this channel, for everybody to see: `{COMMAND} ask what did we spend last week?`
• `{COMMAND} digest` posts the digest of the accounts that this channel sees, `weekly` or `monthly` that of the week or
  month; `settings` says when they come
• `{COMMAND} approvals` shows what waits for you
• `{COMMAND} status` shows how fresh the data are, the caps used, and whether writes are stopped
• `{COMMAND} stop-writes on` stops writes to this channel's accounts, `off` allows them; add an account, or `everything`
Typing never approves a change: only the buttons on its card do."""


@dataclass(frozen=True, slots=True)
class Command:
    """What somebody typed after ``/ads``, and where. The text is theirs: escape it where it is shown."""

    text: str
    user: str
    channel: str
    response_url: str
    trigger_id: str

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Command:
        """Read a slash command's payload."""
        text = str(body.get("text") or "")[:MAX_TEXT]
        return cls(text, body["user_id"], body["channel_id"], body["response_url"], body["trigger_id"])

    @property
    def person(self) -> str | None:
        """Who it is where this is a direct message, as bindings want it."""
        return self.user if self.channel.startswith("D") else None


@dataclass(frozen=True, slots=True)
class Said:
    """An answer in mrkdwn; ``to_all`` shows it to the whole channel."""

    text: str
    to_all: bool = False
    then: Then = None


def carry_out(shift: Shift, payload: Mapping[str, Any]) -> Then:
    """Do what was typed and answer. Never raises: whoever typed gets a line in any case."""
    typed = Command(**payload)
    verb, _, rest = typed.text.strip().partition(" ")
    act = VERBS.get(verb.lower(), _unknown if verb else _help)
    try:
        stops = verb.lower() == "stop-writes" and rest.strip().lower().startswith("on")
        said = Said(LATE) if shift.late and not stops else act(shift, typed, rest.strip())
    except (BudgeteerError, SlackApiError) as error:
        said = Said(_why(error))
    except Exception as error:
        reference = uuid.uuid4().hex[:8]
        log.error("command %s failed: %s", reference, type(error).__name__, exc_info=error)
        said = Said(f"Something went wrong on my side (reference {reference}). Please try again.")
    if said.text:
        _tell(shift, typed, said)
    return said.then


def _tell(shift: Shift, typed: Command, said: Said) -> None:
    blocks = bk.fit(bk.paragraphs(said.text))
    text = bk.clip(said.text, bk.MAX_TEXT)
    if not answer_command(shift.deps, typed.response_url, text, blocks, to_all=said.to_all):
        key = f"command:{typed.trigger_id}"
        with write(shift.deps.engine) as session:
            outgoing.message(session, key, typed.user, None, text, blocks, shift.deps.now())


def _why(error: Exception) -> str:
    if isinstance(error, SlackApiError):
        name = str(error.response.get("error"))
        if name in NOT_THERE:
            return "I am not in this channel: invite me (`/invite @Budgeteer`), or ask me in a direct message."
        return f"Slack did not take it ({bk.data(name)}). Please try again."
    return f"I cannot do that: {bk.data(str(error).rstrip('.'), 1_000)}."


def _help(_shift: Shift, _typed: Command, _rest: str) -> Said:
    return Said(HELP)


def _unknown(_shift: Shift, typed: Command, _rest: str) -> Said:
    word = typed.text.split()[0]
    return Said(f"I do not know `{COMMAND} {bk.data(word, 40)}`.\n{HELP}")


def _ask(shift: Shift, typed: Command, question: str) -> Said:
    """Post the question where everybody sees it, and answer in its thread."""
    if not question:
        raise BadInput(f"add a question: {COMMAND} ask what did we spend last week?")
    with read(shift.deps.engine) as session:  # before anything is posted: a channel that sees nothing asks nothing
        bindings.scope_for_channel(session, typed.channel, typed.person)
    text = f"{bk.person(typed.user)} asked: {bk.data(question, bk.PAGE)}"
    root = Row(0, f"ask:{typed.trigger_id}", "answer", typed.channel, None, {}, shift.attempts)
    delivery = Delivery(shift.deps.engine, posting_client(shift.deps), shift.deps.now)
    ts = delivery.post(root, text, bk.paragraphs(text))
    asked = Question(typed.channel, ts, ts, typed.user, question, typed.person is not None)
    key = f"question:{asked.channel}:{asked.ts}"
    with write(shift.deps.engine) as session:
        inbox.put(session, key, "question", asdict(asked), datetime.now(UTC))
    return Said("", then=lambda: shift.submit(key))


def _approvals(shift: Shift, typed: Command, _rest: str) -> Said:
    view = _page(shift, typed)
    lines = home.waiting_lines(view, home.links(shift.client, view))
    return Said("*Waiting for you*\n" + "\n".join(lines or ["Nothing waits for you."]))


def _status(shift: Shift, typed: Command, _rest: str) -> Said:
    view = _page(shift, typed)
    if not view.accounts:
        return Said(home.nothing_yet(typed.user))
    lines = [*home.account_lines(view, shift.deps.now()), "", *home.writes_lines(view)]
    waits = f"{len(view.pending)} approvals wait for you: `{COMMAND} approvals`" if view.pending else ""
    return Said("\n".join(["*Status*", *lines, *([waits] if waits else [])]))


def _page(shift: Shift, typed: Command) -> home.HomeView:
    with read(shift.deps.engine) as session:
        return home.gather(session, typed.user, shift.deps.now(), shift.deps.limits, channel=typed.channel)


def _stop_writes(shift: Shift, typed: Command, rest: str) -> Said:
    word, _, where = rest.partition(" ")
    if word.lower() not in ("on", "off"):
        if word:
            raise BadInput(f"write {COMMAND} stop-writes on, or off; not {word!r}")
        view = _page(shift, typed)
        return Said("\n".join(home.writes_lines(view)) if view.accounts else home.nothing_yet(typed.user))
    return _switch(shift, typed, on=word.lower() == "on", where=where.strip())


def _switch(shift: Shift, typed: Command, *, on: bool, where: str) -> Said:
    here: Presence = (
        "member" if on else presence(shift.client, typed.user)
    )  # whoever approves may stop, however Slack is doing
    with write(shift.deps.engine) as session:
        targets, everything = _targets(session, typed, where)
        if (why := _barred(session, typed, targets, here)) is None:
            said = _set(session, shift, typed, targets, on=on, everything=everything)
        else:
            found = {"accounts": [a.id for a in targets], "on": on, "presence": here}
            audit.append(session, typed.user, "switch.not_allowed", typed.channel, found, shift.deps.now())
    if why is not None:  # said after the audit's line is kept
        raise Refused(why)
    return said


def _barred(session: Session, typed: Command, targets: list[Account], here: Presence) -> str | None:
    """Why this person neither stops nor allows there; it names only accounts that they see."""
    scope = personal.scope_of_person(session, typed.user, typed.channel)
    if missing := personal.may_stop(session, typed.user, [a.id for a in targets]):
        names = [a.name for a in missing if scope is not None and a.id in scope]
        hidden = ["accounts that are not yours"] if len(names) < len(missing) else []
        return f"only a person who may approve for {' and '.join([*names, *hidden])} stops or allows writes there"
    return next((why for a in targets if (why := not_vouched(session, a, typed.user, here))), None)


def _set(session: Session, shift: Shift, typed: Command, targets: list[Account], *, on: bool, everything: bool) -> Said:
    """Set the switches once for each time it was typed, and say so to those who see the accounts that are named."""
    now = shift.deps.now()
    seen = _here(session, typed)
    to_all = everything or all(a.id in seen for a in targets)
    scopes = [GLOBAL] if everything else [account_scope(a.id) for a in targets]
    first = deliveries.first_time(session, [f"switch:{typed.trigger_id}"], datetime.now(UTC))
    newer = [] if on or not first else [s for s in switches_on(session) if s.scope in scopes and s.at > shift.typed_at]
    for scope in scopes if first else []:
        if scope not in {s.scope for s in newer}:
            set_kill_switch(session, scope, on=on, by=typed.user, now=now, reason=f"typed {COMMAND}")
    outgoing.homes(session, {p.user for a in targets for p in approvers.approvers(session, a.id)}, now)
    shown = [a for a in targets if not to_all or a.id in seen]
    still = [] if on and first else _still_stopped(session, shown, all_shown=len(shown) == len(targets))
    if newer and len(newer) == len(scopes):
        text = "That was stopped again after you typed, so nothing was allowed. Type it again where you still want to."
        return Said("\n".join([text, *still]))
    names = "every account" if everything else " and ".join(f"*{bk.data(a.name)}*" for a in targets)
    after = " Nothing more is written until it is allowed again." if on else " Each change still needs its approval."
    if not first:
        after = " It was carried out before, and is not done a second time."
    text = f"{bk.person(typed.user)} {'stopped writes' if on else 'allowed writes again'} for {names}.{after}"
    if newer:
        still.insert(0, "What was stopped after this was typed stays stopped.")
    return Said("\n".join([text, *still]), to_all=to_all)


def _here(session: Session, typed: Command) -> frozenset[int]:
    """The accounts that whoever reads this channel sees."""
    try:
        return frozenset(bindings.scope_for_channel(session, typed.channel, typed.person).account_ids)
    except NotConfigured:
        return frozenset()


def _targets(session: Session, typed: Command, where: str) -> tuple[list[Account], bool]:
    """The ads accounts that are meant, and whether that is everything."""
    ads = [a for a in accounts.find(session) if a.kind == "ads"]
    if where.lower() in ("everything", "all", "everywhere"):
        found, everything = ads, True
    else:
        scope = personal.scope_of_person(session, typed.user, typed.channel)
        seen = [a for a in ads if scope is not None and a.id in scope]
        here = set(bindings.scope_for_channel(session, typed.channel, typed.person).account_ids) if not where else set()
        found = [a for a in seen if (a.name.casefold() == where.casefold() if where else a.id in here)]
        everything = False
        if where and not found:
            known = ", ".join(sorted({a.name for a in seen})) or "none"
            raise BadInput(f"no account that you see is called {where!r}; known: {known}, or everything")
    if not found:
        raise NotConfigured("there is no ads account here to stop")
    return found, everything


def _still_stopped(session: Session, targets: list[Account], *, all_shown: bool) -> list[str]:
    left = {s.scope: s for s in switches_on(session) if s.scope == GLOBAL}
    left |= {s.scope: s for a in targets for s in switches_on(session, platform=a.platform, account_id=a.id)}
    lines = [f"Still stopped: {bk.data(str(s), 300)}." for s in left.values()]
    more = not all_shown and len(switches_on(session)) > len(left)
    return [*lines, *([f"More is still stopped elsewhere: `{COMMAND} status` shows you yours."] if more else [])]


def _digest(shift: Shift, typed: Command, rest: str) -> Said:
    """Post the digest of what this channel sees, as it is now; its buttons ask as those of the daily one do."""
    deps, config = shift.deps, shift.deps.config
    asked = rest.strip().lower()
    with read(deps.engine) as session:
        when = channels.digest_time(session, typed.channel)
        if asked == "settings":
            return Said(
                f"This channel: {bk.data(when_words(when, config.timezone), 300)}. What can be set, on the server: "
                f"`budgeteer channel digest {typed.channel} --help`"
            )
        if asked not in FORMS:
            return Said(f"`{COMMAND} digest`, `{COMMAND} digest weekly`, `monthly`, or `settings`.")
        scope = bindings.scope_for_channel(session, typed.channel, typed.person)
    made = make(
        deps.engine, scope, now=deps.now(), timezone=config.timezone, week_start=config.week_start_index,
        form=FORMS[asked], language=when.language,
    )  # fmt: skip
    said = in_words(made, when.hidden)
    chart, key = said.pop("chart"), f"digest:{typed.channel}:{typed.trigger_id}"
    links = home.links_of(shift.client, deps.engine, digests.approvals_in(said))
    with write(deps.engine) as session:  # kept first: its buttons carry a name only, and may be pressed at once
        outbox.put(session, dedupe_key=key, kind="digest", channel=typed.channel, payload=said, now=deps.now())
        outbox.settle(session, key, due=None, now=datetime.now(UTC))
    row = Row(0, key, "digest", typed.channel, None, {}, shift.attempts)
    ts = Delivery(deps.engine, posting_client(deps), deps.now).post(row, *digests.render(key, said, links))
    if chart is not None:
        with write(deps.engine) as session:
            outgoing.chart(session, f"{key}:chart", typed.channel, ts, chart, deps.now())
    return Said("")


FORMS: Mapping[str, Form] = {"": "daily", "daily": "daily", "weekly": "weekly", "monthly": "monthly"}
VERBS: Mapping[str, Callable[[Shift, Command, str], Said]] = {
    "ask": _ask, "digest": _digest, "approvals": _approvals, "status": _status, "stop-writes": _stop_writes,
    "help": _help,
}  # fmt: skip
