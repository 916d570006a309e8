"""What is still to be asked about a dropped file, and what it would load. What the file itself says comes first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.importing import PLATFORMS, Options
from app.settings import Settings
from connectors.files import FileReport, Recognised, read_export
from connectors.files.orders import LAYOUTS as SHOPS
from connectors.files.orders import OrdersReport, read_orders
from domain.errors import BadInput, Refused, UntrustedFile
from domain.money import check_in_use
from store import accounts, approvers, personal
from store.tables import Account
from tools.labels import platform_label

Report = FileReport | OrdersReport
COMMON = ("USD", "EUR", "GBP")
DATES = {"ymd": "Year first: 2024-03-31", "dmy": "Day first: 31/03/2024", "mdy": "Month first: 03/31/2024"}
DECIMALS = {"point": "1,234.56", "comma": "1.234,56"}
WEEKS = {"monday": "Monday", "sunday": "Sunday"}
MAX_CHOICES = 20


@dataclass(frozen=True, slots=True)
class Choice:
    """One button: what it means (None: a dialog to type in), and its words (data)."""

    value: str | None
    label: str


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked next: which of the options, in words, with its choices."""

    field: str
    text: str
    choices: tuple[Choice, ...]


def said(reading: Mapping[str, Any]) -> Options:
    """The options as far as they are settled."""
    fields = ("platform", "account", "currency", "timezone", "dates", "decimal", "week_start", "daily", "month")
    return Options(**{f: reading.get(f) for f in fields})


def next_step(
    session: Session, config: Settings, now: datetime, user: str, content: bytes, options: Options, seen: Recognised
) -> tuple[Options, Question | Report]:
    """The options with all that the file and the account settle, and the next question, or what the file holds.

    Raises:
        UntrustedFile, BadInput: the file cannot be loaded as it is, in the words of the command line.
        Refused: this person may not load into this account.
    """
    if seen.trouble:
        raise BadInput(seen.trouble)
    only = seen.platforms[0] if len(seen.platforms) == 1 else None
    options = replace(options, platform=options.platform or seen.platform or only)
    if options.platform is None:
        return options, _platform(seen)
    if options.account is None:
        return options, _account(session, user, options.platform, seen)
    existing = _stored(session, user, options)
    if existing is not None:
        options = replace(options, currency=existing.currency, timezone=existing.timezone, account=existing.name)
    elif options.currency is None:
        if seen.currency is None:
            return options, _currency(session, user)
        options = replace(options, currency=seen.currency)
    options = replace(options, timezone=options.timezone or config.timezone)
    try:
        report = read(options, content, now)
    except UntrustedFile as error:
        if (open_question := _settles(error, options, seen)) is not None:
            return options, open_question
        raise
    if existing is None and options.week_start is None:
        return options, pick("week_start", "On which day do this account's weeks begin?", WEEKS)
    return options, report


def read(options: Options, content: bytes, now: datetime) -> Report:
    """What a file holds, read as ``app.importing.load`` reads it; every option but ``week_start`` is settled."""
    if options.platform is None or options.account is None or options.currency is None or options.timezone is None:
        raise BadInput("not everything that the file leaves open was answered")
    latest = now.date() + timedelta(days=1)
    how = {"platform": options.platform, "account": options.account, "currency": options.currency,
           "dates": options.dates, "decimal": options.decimal}  # fmt: skip
    if options.platform in SHOPS:
        return read_orders(content, **how, timezone=options.timezone, latest=latest)  # type: ignore[arg-type]
    return read_export(content, **how, latest=latest, daily=options.daily is not None)  # type: ignore[arg-type]


def checked(session: Session, user: str, options: Options, field: str, typed: str) -> str:
    """A value that somebody typed, or BadInput with what is allowed."""
    typed = " ".join(typed.split())
    if field == "currency":
        check_in_use(typed.upper())
        return typed.upper()
    if not typed or len(typed) > accounts.MAX_NAME or not typed.isprintable():
        raise BadInput(f"an account's name has 1 to {accounts.MAX_NAME} printable characters")
    _stored(session, user, replace(options, account=typed))
    return typed


def may_make_accounts(session: Session, user: str) -> bool:
    """Whether this person may load into an account that is new: an approver of some account, or while there is none."""
    return bool(personal.tiers_of(session, user)) or not approvers.anybody(session)


def may_load_anything(session: Session, user: str) -> None:
    """Raises Refused where there is no account that this person may load a file into, nor may they make one."""
    if not may_make_accounts(session, user) and personal.scope_of_person(session, user) is None:
        raise Refused(
            "you see no account to load this into, and only a person who may approve for some account may make a new "
            "one; ask an approver"
        )


def may_load(session: Session, user: str, options: Options) -> None:
    """Raises Refused where this person may not load into the account that the options name."""
    _stored(session, user, options)


def _stored(session: Session, user: str, options: Options) -> Account | None:
    """The account that is meant where it is there and this person sees it; None where it is new and may be made."""
    found = accounts.find(session, options.account, options.platform)
    if not found:
        if may_make_accounts(session, user):
            return None
        raise Refused("only a person who may approve for some account may load into a new one; ask an approver")
    scope = personal.scope_of_person(session, user)
    if scope is None or found[0].id not in scope:
        raise Refused(
            f"you do not see an account called {options.account!r}, so nothing is loaded into it; on the server: "
            f"budgeteer channel bind {user} --account NAME"
        )
    return found[0]


def _platform(seen: Recognised) -> Question:
    offered = seen.platforms or PLATFORMS
    choices = {p: platform_label(p) for p in offered}
    return pick("platform", "Where does this file come from?", choices)


def _account(session: Session, user: str, platform: str, seen: Recognised) -> Question:
    """Which account: those on this platform that the person sees, the one the file names, or a new one."""
    scope = personal.scope_of_person(session, user)
    own = [a for a in accounts.find(session, platform=platform) if scope is not None and a.id in scope]
    names = [a.name for a in own if a.kind != "analytics" or platform == "ga4"]
    new = may_make_accounts(session, user)
    if new and seen.account and seen.account.casefold() not in {n.casefold() for n in names}:
        names.insert(0, seen.account)
    if not names and not new:
        raise Refused(
            f"you see no {platform_label(platform)} account to load this into, and only a person who may approve for "
            "some account may make a new one; ask an approver"
        )
    choices = [Choice(name, name) for name in names[: MAX_CHOICES - 1]]
    return Question(
        "account", f"Into which {platform_label(platform)} account does it go?",
        (*choices, *([Choice(None, "New account…")] if new else [])),
    )  # fmt: skip


def _currency(session: Session, user: str) -> Question:
    scope = personal.scope_of_person(session, user)
    used = [a.currency for a in accounts.find(session) if scope is not None and a.id in scope]
    codes = list(dict.fromkeys([*used, *COMMON]))[:8]
    choices = (*(Choice(code, code) for code in codes), Choice(None, "Another…"))
    return Question("currency", "The file does not say its currency. In which are its amounts?", choices)


def _settles(error: UntrustedFile, options: Options, seen: Recognised) -> Question | None:
    """The question whose answer would settle a refusal, where it was not answered yet."""
    option = error.option or ""
    if "--dates" in option and options.dates is None:
        orders = {str(order): DATES[order] for order in seen.dates}
        return pick("dates", "Its days can be read in more than one way. Which is right?", orders or DATES)
    if "--daily" in option and options.daily is None:
        return pick("daily", "Its days are all seven days apart. Are its rows single days? Weeks cannot be loaded.",
                     {"days": "Yes, single days"})  # fmt: skip
    if "--decimal" in option and options.decimal is None:
        return pick("decimal", "Its amounts can be read in two ways. How does it write numbers?", DECIMALS)
    return None


def pick(field: str, text: str, choices: Mapping[str, str]) -> Question:
    """A question whose choices are values with their words."""
    return Question(field, text, tuple(Choice(value, label) for value, label in choices.items()))


def kept(options: Options, question: Question | None, serial: int, note: str = "") -> dict[str, Any]:
    """The reading as the store keeps it."""
    asked = None if question is None else {"field": question.field, "text": question.text,
                                           "choices": [[c.value, c.label] for c in question.choices]}  # fmt: skip
    return {**asdict(options), "asked": asked, "serial": serial, "note": note}
