"""Bringing the store to what a team said: what is new is added, what may change is changed, the rest is refused.

Everything but the export files is one transaction: where one part cannot be, nothing is written. Running it again
changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app import importing, planning
from app.settings import Settings
from app.team import AccountPart, ChannelPart, Team
from connectors.files.decode import read_file
from connectors.files.layouts import LAYOUTS
from connectors.files.orders import LAYOUTS as SHOPS
from domain.errors import BadInput, UntrustedFile
from domain.money import Money
from store import accounts, bindings, channels, plans
from store.approvers import add_approver, approvers, remove_approver
from store.engine import write
from store.plans import Line
from store.tables import Account

Mark = Literal["+", "~", "-", "="]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was set up: new (+), changed (~), taken away (-) or as it was (=)."""

    mark: Mark
    said: str


class _Undo(Exception):
    """Ends a dry run's transaction without keeping it."""


def set_up(
    engine: Engine, config: Settings, now: datetime, team: Team, *, folder: Path, by: str, dry_run: bool
) -> list[Step]:
    """Set the store up as ``team`` says; files are found from ``folder``. With ``dry_run`` nothing is kept.

    Raises:
        BadInput: a part that cannot be, such as another currency for a stored account; nothing of the team is kept,
            or of its files those after the one that cannot be loaded.
    """
    contents = {part.file: _content(folder, part.file) for part in team.files}
    plan = None if team.plan is None else _content(folder, team.plan)
    steps: list[Step] = []
    try:
        with write(engine) as session:
            steps = _in_the_store(session, config, now, team, by)
            if dry_run:
                raise _Undo
    except _Undo:
        size = {**contents, **({team.plan: plan} if team.plan and plan is not None else {})}
        return [*steps, *(Step("+", f"would load {name} ({len(body):,} bytes)") for name, body in size.items())]
    steps += [_file(engine, config, now, team, n, contents[part.file]) for n, part in enumerate(team.files)]
    if team.plan is not None and plan is not None:
        steps.append(_plan_file(engine, now, team.plan, plan))
    return steps


def _in_the_store(session: Session, config: Settings, now: datetime, team: Team, by: str) -> list[Step]:
    steps = [_account(session, part, now) for part in team.accounts]
    for approver in team.approvers:
        named = _named(session, approver.accounts, team, f"approvers: {approver.user}")
        steps += [_approver(session, account, approver.user, approver.tier, by, now) for account in named]
    for removed in team.remove_approvers:
        for account in _named(session, removed.accounts, team, f"remove_approvers: {removed.user}"):
            if any(a.user == removed.user and _covers(a.accounts, account) for a in team.approvers):
                raise BadInput(f"{removed.user} stands among approvers and remove_approvers of {account.name}")
            gone = remove_approver(session, account_id=account.id, user=removed.user, by=by, now=now)
            said = "may no longer approve" if gone else "was no approver"
            steps.append(Step("-" if gone else "=", f"{removed.user} {said} for {account.name}"))
    steps += _targets(session, team, now)
    for channel in team.channels:
        steps += _channel(session, channel, team, config, by, now)
    return steps


def _account(session: Session, part: AccountPart, now: datetime) -> Step:
    known = accounts.find(session, part.name, part.platform)
    if not known:
        kind = "shop" if part.platform in SHOPS else LAYOUTS[part.platform].kind if part.platform in LAYOUTS else "ads"
        made = accounts.ensure(
            session, platform=part.platform, name=part.name, currency=part.currency, timezone=part.timezone,
            origin="file", now=now, kind=kind,
        )  # fmt: skip
        made.week_start, made.country = _week_start(part), part.country
        more = [f"weeks from {part.week_start.title()}" if part.week_start else "", part.country or ""]
        what = ", ".join([part.platform, part.currency, part.timezone, *(m for m in more if m)])
        return Step("+", f"account {made.name}: {what}")
    (stored,) = known
    for field, kept, given in (
        ("currency", stored.currency, part.currency),
        ("timezone", stored.timezone, part.timezone),
    ):
        if kept != given:
            raise BadInput(
                f"the {field} of {stored.name} is {kept} and cannot become {given}: what is stored was counted in "
                f"{kept}; use another account name for the new {field}"
            )
    return _changed(stored, part)


def _changed(stored: Account, part: AccountPart) -> Step:
    """What may change of an account: the day its weeks begin, and its country. What is not said stays."""
    said = []
    if part.week_start is not None and stored.week_start != _week_start(part):
        stored.week_start = _week_start(part)
        said.append(f"weeks from {part.week_start.title()}")
    if part.country is not None and stored.country != part.country:
        stored.country = part.country
        said.append(f"country {part.country}")
    return Step("~" if said else "=", f"account {stored.name}" + (f": {', '.join(said)}" if said else ""))


def _week_start(part: AccountPart) -> int | None:
    return next((number for number, word in accounts.WEEK_STARTS.items() if word == part.week_start), None)


def _approver(session: Session, account: Account, user: str, tier: int, by: str, now: datetime) -> Step:
    known = {a.user: a.tier for a in approvers(session, account.id)}
    said = f"{user} may approve for {account.name} up to tier {tier}"
    if known.get(user) == tier:
        return Step("=", said)
    add_approver(session, account_id=account.id, user=user, tier=tier, by=by, now=now)
    return Step("~", f"{said}, before {known[user]}") if user in known else Step("+", said)


def _targets(session: Session, team: Team, now: datetime) -> list[Step]:
    lines = []
    for target in team.targets:
        (account,) = _named(session, [target.account], team, f"targets: {target.month}")

        def money(amount: float | None, currency: str = account.currency) -> Money | None:
            return None if amount is None else Money(Decimal(str(amount)), currency)

        lines.append(
            Line(
                account_id=account.id, account=account.name, platform=account.platform,
                month=date.fromisoformat(f"{target.month}-01"), currency=account.currency, pool=target.pool,
                campaign="", label="", budget=money(target.budget),
                target_roas=None if target.roas is None else Decimal(str(target.roas)), target_cpa=money(target.cpa),
                margin=None if target.margin is None else Decimal(str(target.margin)), floor=None, locked=False,
            )
        )  # fmt: skip
    loaded = plans.load(session, lines, source="budgeteer init", content_sha256=None, now=now) if lines else []
    return [
        Step(
            "~" if one.updated or one.removed else "+" if one.new else "=",
            f"targets of {one.account}: {one.new} new, {one.updated} changed, {one.unchanged} as before"
            + (f", {one.removed} lines of the plan before removed" if one.removed else ""),
        )
        for one in loaded
    ]


def _channel(session: Session, part: ChannelPart, team: Team, config: Settings, by: str, now: datetime) -> list[Step]:
    found = _named(session, part.accounts, team, f"channels: {part.id}")
    wanted = tuple(sorted({a.id for a in found}))
    bound = next((c.account_ids for c in channels.channels(session) if c.id == part.id), ())
    said = f"{part.id} sees {', '.join(a.name for a in found)}"
    if bound == wanted:
        steps = [Step("=", said)]
    else:
        bindings.bind(session, part.id, wanted)
        steps = [Step("~" if bound else "+", f"{said} and nothing else")]
    if part.digest is not None:
        kept = channels.digest_time(session, part.id)
        hour, zone, weekdays = int(part.digest.at[:-3]), part.digest.timezone, part.digest.weekdays_only
        when, was_on = replace(kept, on=True, hour=hour, timezone=zone, weekdays_only=weekdays), kept.on
        fresh = channels.set_digest(session, part.id, when, by=by, now=now)
        which = "Monday to Friday" if when.weekdays_only else "every day"
        said = f"{part.id} gets its digest at {when.hour:02}:00 {when.timezone or config.timezone}, {which}"
        steps.append(Step("=" if not fresh else "~" if was_on else "+", said))
    return steps


def _named(session: Session, names: Sequence[str], team: Team, where: str) -> list[Account]:
    """The accounts of these names, of the team's own where none is named. Raises BadInput for an unknown name."""
    if not names:
        found = [a for part in team.accounts for a in accounts.find(session, part.name, part.platform)]
        if not found:
            raise BadInput(f"{where} names no account, and the team has none")
        return found
    platforms = {part.name.casefold(): part.platform for part in team.accounts}
    found = []
    for name in names:
        here = accounts.find(session, name, platforms.get(name.casefold()))
        if not here:
            known = ", ".join(sorted({a.name for a in accounts.find(session)})) or "none"
            raise BadInput(f"{where} names the account {name!r}, which is not there; known: {known}")
        if len(here) > 1:
            on = ", ".join(a.platform for a in here)
            raise BadInput(f"{where} names {name!r}, which is on {on}; list the one that is meant under accounts")
        found += here
    return found


def _covers(names: Sequence[str], account: Account) -> bool:
    return not names or account.name.casefold() in {n.casefold() for n in names}


def _content(folder: Path, name: str) -> bytes:
    try:
        return read_file(folder / name)
    except UntrustedFile as error:
        raise BadInput(f"{name}: {error}") from None


def _file(engine: Engine, config: Settings, now: datetime, team: Team, number: int, content: bytes) -> Step:
    part = team.files[number]
    with write(engine) as session:
        (account,) = _named(session, [part.account], team, f"files: {part.file}")
        options = importing.Options(
            account.platform, account.name, account.currency, account.timezone, part.dates, part.decimal
        )
    try:
        done = importing.load(engine, config, now, Path(part.file).name, content, options)
    except BadInput as error:
        raise BadInput(f"{part.file}: {error}; what stands before this file in the team's is set up") from None
    counts = done.counts
    said = f"{part.file} into {done.account}: {counts.loaded:,} new, {counts.updated:,} updated, "
    mark: Mark = "+" if counts.loaded else "~" if counts.updated else "="
    return Step(mark, said + f"{counts.unchanged:,} unchanged")


def _plan_file(engine: Engine, now: datetime, name: str, content: bytes) -> Step:
    done = planning.load(engine, now, Path(name).name, content, planning.PlanOptions())
    new, updated, unchanged, removed = (
        sum(getattr(a, field) for a in done.loaded) for field in ("new", "updated", "unchanged", "removed")
    )
    mark: Mark = "~" if updated or removed else "+" if new else "="
    return Step(mark, f"plan {name}: {new} new, {updated} updated, {unchanged} unchanged, {removed} removed")
