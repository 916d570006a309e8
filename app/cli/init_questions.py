"""The questions of ``budgeteer init``, one at a time: a default where there is a sensible one, each answer checked at
once with the reason."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from app.team import (
    AccountPart,
    ApproverPart,
    ChannelPart,
    DigestPart,
    FilePart,
    TargetPart,
    Team,
    checked_country,
    checked_currency,
    checked_hour,
    checked_platform,
    checked_user,
)
from connectors.files import recognise
from connectors.files.decode import read_file
from connectors.files.recognise import Recognised
from domain.errors import BadInput, UntrustedFile
from domain.window import checked_zone
from store.accounts import MAX_NAME
from store.channels import checked_channel

NONE = ""
_NOTHING = Recognised(None)


def ask_team(timezone: str, month: str) -> Team:
    """Ask for everything; ``timezone`` and ``month`` are the defaults where nobody has said another."""
    accounts: list[AccountPart] = []
    files: list[FilePart] = []
    while True:
        account, file = _account(accounts[-1] if accounts else None, timezone)
        if account.name.casefold() in [a.name.casefold() for a in accounts]:
            click.echo(f"  There is an account called {account.name} already; give each a name of its own.")
            continue
        accounts.append(account)
        files += [file] if file else []
        if not click.confirm("Another account?", default=False):
            break
    approvers = _approvers()
    targets = [t for a in accounts if (t := _target(a, month)) is not None]
    return Team(accounts=accounts, approvers=approvers, targets=targets, files=files, channels=_channels(accounts))


def _account(before: AccountPart | None, timezone: str) -> tuple[AccountPart, FilePart | None]:
    """One account; its export is asked for first, since it says much of the rest."""
    file = _ask("An export file to load (Enter for none)", _readable, NONE)
    seen = recognise(read_file(Path(file)), Path(file).name) if file else _NOTHING
    account = AccountPart(
        platform=_ask("Platform", checked_platform, seen.platform or "google_ads"),
        name=_ask("Account name, as it should stand in questions", _name, seen.account),
        currency=_ask("Currency", checked_currency, seen.currency or (before.currency if before else None)),
        timezone=_ask("Time zone of the platform's days", checked_zone, before.timezone if before else timezone),
        week_start=_ask("Weeks begin on (monday, sunday)", _week, (before and before.week_start) or "monday"),
        country=_ask("Country, for its holidays (Enter for none)", _or_none(checked_country),
                     (before and before.country) or NONE) or None,
    )  # fmt: skip
    if not file:
        return account, None
    dates: Any = None
    if len(seen.dates) > 1:
        dates = _ask(f"Order of day and month in the file ({', '.join(seen.dates)})", _one_of(seen.dates), None)
    return account, FilePart(file=file, account=account.name, dates=dates)


def _approvers() -> list[ApproverPart]:
    found: list[ApproverPart] = []
    while user := _ask("Slack member id of an approver (Enter for none)", _or_none(checked_user), NONE):
        tier = click.prompt("  up to tier (1 small, 2 large, 9 all)", default=9, type=click.IntRange(1, 9))
        found.append(ApproverPart(user=user, tier=tier))
    return found


def _target(account: AccountPart, month: str) -> TargetPart | None:
    budget = _ask(f"{account.name}: budget in {month}, {account.currency} (Enter for none)", _or_none(_amount), NONE)
    roas = _ask(f"{account.name}: target ROAS (Enter for none)", _or_none(_amount), NONE)
    margin = _ask(f"{account.name}: margin in per cent of revenue (Enter for none)", _or_none(_percent), NONE)
    if not (budget or roas or margin):
        return None
    return TargetPart(
        account=account.name, month=month, budget=float(budget) if budget else None,
        roas=float(roas) if roas else None, margin=float(margin) / 100 if margin else None,
    )  # fmt: skip


def _channels(accounts: list[AccountPart]) -> list[ChannelPart]:
    channel = _ask("Slack channel id that sees these accounts (Enter for none)", _or_none(checked_channel), NONE)
    if not channel:
        return []
    at = _ask("  its digest at (Enter for none)", _or_none(checked_hour), "08:00")
    digest = DigestPart(at=at, timezone=accounts[0].timezone) if at else None
    return [ChannelPart(id=channel, accounts=[a.name for a in accounts], digest=digest)]


def _ask(question: str, check: Callable[[str], str], default: Any) -> Any:
    """The checked answer; a wrong one is asked again with the reason."""

    def checked(text: str) -> str:
        try:
            return check(text.strip())
        except BadInput as error:
            raise click.UsageError(str(error)) from None

    return click.prompt(question, default=default, value_proc=checked, show_default=bool(default))


def _or_none(check: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: check(text) if text else NONE


def _one_of(allowed: tuple[str, ...]) -> Callable[[str], str]:
    def check(text: str) -> str:
        if text not in allowed:
            raise BadInput(f"{text!r} is none of {', '.join(allowed)}")
        return text

    return check


_week = _one_of(("monday", "sunday"))


def _readable(text: str) -> str:
    if not text:
        return NONE
    try:
        recognise(read_file(Path(text)), Path(text).name)
    except UntrustedFile as error:
        raise BadInput(error.reason) from None
    return text


def _name(text: str) -> str:
    if not text or len(text) > MAX_NAME or not text.isprintable():
        raise BadInput(f"{text[:40]!r}: use 1 to {MAX_NAME} printable characters")
    return text


def _amount(text: str) -> str:
    try:
        if 0 < float(text) < 1e12:
            return text
    except ValueError:
        pass
    raise BadInput(f"{text!r} is not an amount above 0; write it as 50000 or 3.5")


def _percent(text: str) -> str:
    value = _amount(text.rstrip("% "))
    if float(value) > 100:
        raise BadInput(f"{text!r} is more than 100 per cent")
    return value
