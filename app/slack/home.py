"""App Home: what waits for a person, how fresh their accounts are, what is stopped, and what was set for them.

A pure function of the store. It is drawn when somebody opens it, and again when an approval of theirs moves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.slack import blocks as bk
from app.slack import home_alerts, home_digests
from app.slack.blocks import Block
from app.slack.home_alerts import Alerts
from app.slack.home_digests import Digests
from app.slack.plan_words import moment, what
from app.slack.wording import money, per_day
from domain.money import Money
from domain.policy import Limits, envelope_micros
from domain.scope import Scope
from store import personal, policy_facts
from store.approval_view import ApprovalView
from store.approval_view import view as approval_view
from store.engine import read
from store.switches import Switch, switches_on
from store.tables import Account, Budget, ChannelBinding, DailyMetric, ImportRun
from tools.labels import platform_label

_LINK = re.compile(r"https://[\w.-]+/[\w./?=&-]+")
SHOWN = 10  # approvals, and accounts, on one page; what is beyond is counted
LATE = timedelta(days=2)  # data older than this are named first
Cannot = Callable[[Session, Scope, datetime], list[str]]
"""What the bot cannot answer yet for some accounts, and which file would fix it: a line each, plain text."""


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One account as a person sees it. ``used`` of ``allowed`` is net new daily spend of 24 hours; None is unknown."""

    id: int
    name: str
    platform: str
    kind: str
    origin: str
    timezone: str
    through: date | None
    read_at: datetime | None
    read_from: str | None
    budgets_at: datetime | None
    tier: int | None
    used: Money | None
    allowed: Money | None
    stopped: tuple[Switch, ...]


@dataclass(frozen=True, slots=True)
class HomeView:
    """Everything on one person's page."""

    user: str
    pending: tuple[ApprovalView, ...]
    unsettled: tuple[ApprovalView, ...]
    labels: int
    accounts: tuple[AccountLine, ...]
    switches: tuple[Switch, ...]
    cannot: tuple[str, ...]
    bound: tuple[str, ...]
    limits: Limits
    alerts: Alerts = field(default_factory=Alerts)
    digests: Digests = field(default_factory=Digests)


def gather(
    session: Session, user: str, now: datetime, limits: Limits, cannot: Cannot | None = None,
    channel: str | None = None, member_of: Collection[str] | None = (),
) -> HomeView:  # fmt: skip
    """Read a person's page; ``channel`` adds what the conversation that they ask in sees.

    ``member_of`` are the channels that they are in (None: not known).
    """
    scope = personal.scope_of_person(session, user, channel)
    if scope is None:
        found = home_digests.gather(session, user, member_of)
        return HomeView(user, (), (), 0, (), (), (), (), limits, digests=found)
    tiers = personal.tiers_of(session, user)
    rows = session.scalars(
        select(Account).where(Account.id.in_(scope.account_ids)).order_by(Account.platform, Account.name)
    )
    lines = tuple(_line(session, a, tiers.get(a.id), now, limits) for a in rows)
    stopping = {s.scope: s for line in lines for s in line.stopped}
    bound = select(Account.name).join(ChannelBinding).where(ChannelBinding.channel == user).order_by(Account.name)
    return HomeView(
        user=user,
        pending=tuple(personal.pending_for(session, user, now)),
        unsettled=tuple(personal.needing_somebody(session, scope)),
        labels=personal.labels_to_confirm(session, scope),
        accounts=lines,
        switches=tuple(stopping[name] for name in sorted(stopping)),
        cannot=tuple(cannot(session, scope, now)) if cannot else (),
        bound=tuple(session.scalars(bound)),
        limits=limits,
        alerts=home_alerts.gather(session, scope, now),
        digests=home_digests.gather(session, user, member_of),
    )


def _line(session: Session, account: Account, tier: int | None, now: datetime, limits: Limits) -> AccountLine:
    through = session.scalar(select(func.max(DailyMetric.day)).where(DailyMetric.account_id == account.id))
    last = session.scalars(
        select(ImportRun)
        .where(ImportRun.account_id == account.id, ImportRun.undone_at.is_(None))
        .order_by(ImportRun.at.desc(), ImportRun.id.desc())
        .limit(1)
    ).first()
    facts = policy_facts.gather(session, account.id, (), now)
    allowed = envelope_micros(facts, limits)
    writable = account.origin == "api"
    return AccountLine(
        id=account.id, name=account.name, platform=account.platform, kind=account.kind, origin=account.origin,
        timezone=account.timezone, through=through, read_at=None if last is None else last.at,
        read_from=None if last is None else last.source,
        budgets_at=session.scalar(select(func.max(Budget.observed_at)).where(Budget.account_id == account.id)),
        tier=tier,
        used=Money.from_micros(facts.reserved_24h_micros, account.currency) if writable else None,
        allowed=Money.from_micros(allowed, account.currency) if writable and allowed is not None else None,
        stopped=switches_on(session, platform=account.platform, account_id=account.id),
    )  # fmt: skip


def render(view: HomeView, now: datetime, links: Mapping[str, str]) -> dict[str, object]:
    """The view for ``views.publish``. ``links`` are the cards' own addresses, as Slack gave them."""
    parts = [
        *_waiting(view, links),
        *home_alerts.blocks(view.alerts, now),
        *_else(view),
        *_writes(view),
        *_accounts(view, now),
        *_cannot(view),
        *home_digests.blocks(view.digests, view.user),
        *_settings(view),
        bk.context(f"As of {now:%Y-%m-%d %H:%M} UTC. It is drawn again when you open it, and when an approval moves."),
    ]
    return {"type": "home", "blocks": parts[:99]}


def links(client: WebClient, view: HomeView) -> dict[str, str]:
    """The addresses of the cards that wait, by approval; those that Slack does not give are left out."""
    return _links(client, view.pending[:SHOWN])


def links_of(client: WebClient, engine: Engine, approval_ids: Sequence[str]) -> dict[str, str]:
    """The addresses of these approvals' cards."""
    with read(engine) as session:
        views = [approval_view(session, i) for i in approval_ids[:SHOWN]]
    return _links(client, views)


def _links(client: WebClient, views: Sequence[ApprovalView]) -> dict[str, str]:
    found = {}
    for shown in views:
        where = shown.approval
        if where.channel is None or where.message_ts is None:
            continue
        try:
            link = str(client.chat_getPermalink(channel=where.channel, message_ts=where.message_ts)["permalink"])
        except (SlackApiError, OSError):
            continue
        if _LINK.fullmatch(link):
            found[where.id] = link
    return found


def nothing_yet(user: str) -> str:
    """What a person is told who sees no account at all."""
    return (
        f"You see no account yet. On the server: `budgeteer channel bind {bk.data(user)} --account NAME` shows you one "
        f"in direct messages, `budgeteer approvers add {bk.data(user)} --account NAME` lets you approve changes to it."
    )


def waiting_lines(view: HomeView, links: Mapping[str, str]) -> list[str]:
    """The approvals that wait for this person, a paragraph each; mrkdwn."""
    lines = []
    for shown in view.pending[:SHOWN]:
        link = links.get(shown.approval.id)
        card = f"<{link}|Open the card>" if link else "Its card is not posted yet"
        voted = [v for v in shown.votes if v.user == view.user]
        state = "you decided already; one more person is needed" if voted else f"ends {_token(shown)}"
        lines.append(
            f"*{bk.data(shown.account.name)}* · {platform_label(shown.account.platform)}: "
            f"{what(shown.recommendation.changes)}\n{card} · {state}"
        )
    if len(view.pending) > SHOWN:
        lines.append(f"and {len(view.pending) - SHOWN} more")
    return lines


def _token(shown: ApprovalView) -> str:
    at = shown.approval.expires_at
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} at {{time}}|{moment(at, shown.account.timezone)}>"


def _waiting(view: HomeView, links: Mapping[str, str]) -> list[Block]:
    lines = waiting_lines(view, links) or ["Nothing waits for you."]
    return [bk.header("Waiting for you"), *(bk.section(line) for line in lines)]


def _else(view: HomeView) -> list[Block]:
    lines = [
        f"*{bk.data(v.account.name)}*: a change is {v.approval.status}; nothing more is written there until somebody "
        f"settles it: `budgeteer approvals resolve {v.approval.id}`"
        for v in view.unsettled[:SHOWN]
    ]
    if view.labels:
        count = "1 proposed label waits" if view.labels == 1 else f"{view.labels} proposed labels wait"
        lines.append(f"{count} to be confirmed: `budgeteer labels`.")
    return [bk.header("Needs somebody"), *(bk.section(line) for line in lines)] if lines else []


def _writes(view: HomeView) -> list[Block]:
    return (
        [bk.header("Writes to the platforms"), *bk.paragraphs("\n".join(writes_lines(view)))] if view.accounts else []
    )


def writes_lines(view: HomeView) -> list[str]:
    """Whether writes are stopped, by whom and since when; mrkdwn."""
    if not view.switches:
        return ["Allowed, once a person approved them. `/ads stop-writes on` stops them."]
    names = {f"account:{a.id}": a.name for a in view.accounts}
    lines = []
    for switch in view.switches:
        kind, _, which = switch.scope.partition(":")
        where = {"global": "everywhere", "platform": f"on {platform_label(which)}"}.get(
            kind, f"for {names.get(switch.scope, which)}"
        )
        reason = f": {bk.data(switch.reason, 200)}" if switch.reason else ""
        lines.append(
            f"*Stopped* {bk.data(where)} by {bk.person(switch.by)} since {switch.at:%Y-%m-%d %H:%M} UTC{reason}"
        )
    return lines


def _accounts(view: HomeView, now: datetime) -> list[Block]:
    if not view.accounts:
        return [bk.section(nothing_yet(view.user))]
    shown = bk.paragraphs("\n".join(account_lines(view, now)))
    return [bk.header("Your accounts"), *shown]


def account_lines(view: HomeView, now: datetime) -> list[str]:
    """Each account: how far its data reach, where they come from, caps used, and what this person may do; mrkdwn."""
    lines = [_account_line(a, now) for a in view.accounts[:SHOWN]]
    return [*lines, f"and {len(view.accounts) - SHOWN} more"] if len(view.accounts) > SHOWN else lines


def _account_line(a: AccountLine, now: datetime) -> str:
    today = now.astimezone(ZoneInfo(a.timezone)).date()
    through = "no figures yet" if a.through is None else f"data through {a.through}"
    late = "" if a.through is None or today - a.through <= LATE else f", *{(today - a.through).days - 1} days missing*"
    if a.read_at is None:
        came = "never read"
    else:
        came = (
            "read from the platform"
            if a.origin == "api" and a.read_from == "api"
            else f"from {bk.data(a.read_from, 60)}"
        )
        came += f" {a.read_at:%Y-%m-%d %H:%M} UTC"
    rights = (
        "you may see it"
        if a.tier is None
        else f"you may approve up to tier {a.tier}"
        if a.tier < 9
        else "you may approve"
    )
    return f"• *{bk.data(a.name)}* ({platform_label(a.platform)}): {through}{late}, {came} · {rights}{_cap(a)}"


def _cap(a: AccountLine) -> str:
    if a.used is None:
        return ""
    if a.allowed is None:
        return " · net new spend in 24 h: unknown what is allowed, the last 7 days have no spend"
    return f" · net new spend in 24 h: {money(a.used)} of {per_day(a.allowed)}"


def _cannot(view: HomeView) -> list[Block]:
    if not view.cannot:
        return []
    lines = [f"• {bk.data(line, 400)}" for line in view.cannot[:SHOWN]]
    return [bk.header("What I cannot answer yet"), *bk.paragraphs("\n".join(lines))]


def _settings(view: HomeView) -> list[Block]:
    limits = view.limits
    two = {0: "every change", 1: "changes above tier 1"}.get(limits.two_people_above_tier)
    lines = [f"• In direct messages I show you {', '.join(map(bk.data, view.bound))}"] if view.bound else []
    lines.append(
        f"• An approval ends after {limits.expiry_hours:g} hours"
        + (f", counted {_hours(limits)}" if _hours(limits) else "")
    )
    lines.append(f"• Two people approve {two}" if two and not limits.solo_mode else "• One person is enough to approve")
    lines += ["• Solo mode: whoever edited an amount may approve it"] if limits.solo_mode else []
    return [bk.header("Your settings"), *bk.paragraphs("\n".join(lines))]


def _hours(limits: Limits) -> str:
    hours = limits.working_hours
    return f"Monday to Friday, {hours[0]}:00 to {hours[1]}:00 in the account's zone" if hours else ""
