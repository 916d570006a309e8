"""What else happened: figures restated, budgets changed, approvals waiting, and what cannot be seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.evidence import Fact, Unit
from domain.metrics import METRICS
from domain.window import Window
from store import changes
from store.failed_sources import FailedSource
from store.foreign_changes import Foreign
from store.performance import AccountDays
from store.restated import Restated
from store.waiting import Waiting
from tools.digest.days import DAY, DORMANT, Coverage, Form, named
from tools.figures import Cited, change, relative_change
from tools.labels import in_sentence, join_words, quoted
from tools.reader import Reader
from tools.spans import day_ranges

RESTATED_DAYS = 28
LISTED = 5
NAMED_CHANGES = 3


def midnight(day: date, timezone: str) -> datetime:
    """When ``day`` begins in the zone."""
    return datetime.combine(day, time.min, ZoneInfo(timezone))


def restated(found: Sequence[Restated], accounts: dict[int, AccountDays], cited: Cited, timezone: str) -> list[str]:
    """A line an account: by how much which figures of which days moved since they were first read."""
    lines = []
    for one in found:
        account = accounts[one.account_id]
        window = Window(one.days[0], one.days[-1], timezone)
        said = []
        for base, (before, now) in one.moved.items():
            metric = METRICS[base]
            first, current = (_fact(f"{metric.label}, {which}", value, metric.unit, account, window, "restated figures")
                              for which, value in (("as first read", before), ("as read now", now)))  # fmt: skip
            moved, relative = change(current, first), relative_change(current, first)
            share = f", {cited.cite(relative)}" if relative.value is not None else ""
            said.append(f"{in_sentence(metric.label)} {cited.cite(moved)}{share}")
        lines.append(f"{named(account)}, {day_ranges(one.days)}: {join_words(said)}")
    return lines[:LISTED]


def changed(
    reader: Reader, window: Window, accounts: dict[int, AccountDays], cited: Cited, until: datetime
) -> list[str]:
    """The budgets changed through here since the covered days began, and who approved it."""
    done = changes.applied(reader.session, reader.context.scope, midnight(window.start, window.timezone), until)
    lines = []
    for one in done[:LISTED]:
        account = accounts.get(one.account_id)
        if account is None:
            continue
        day = one.at.astimezone(ZoneInfo(account.timezone)).date()
        at = Window(day, day, account.timezone)
        before, after = (
            _fact(f"Daily budget, {which}", value, "money", account, at, "the ledger")
            for which, value in (("before", one.before), ("after", one.after))
        )
        by = f", approved by {quoted(one.by)}" if one.by else ""
        said = f"{quoted(one.entity)} from {cited.cite(before)} to {cited.cite(after)} a day"
        lines.append(f"{named(account)}, {day}: {said}{by}")
    if len(done) > LISTED:
        lines.append("More changes were made through here; see `budgeteer approvals list`")
    return lines


def foreign(found: Sequence[Foreign], accounts: Mapping[int, AccountDays], *, most: int = LISTED) -> list[str]:
    """A line an entity that somebody changed elsewhere: what of it, when, and by whom as far as the platform says."""
    lines: dict[tuple[int, str, date], list[Foreign]] = {}
    for one in found:
        account = accounts[one.account_id]
        day = one.at.astimezone(ZoneInfo(account.timezone)).date()
        lines.setdefault((one.account_id, one.entity, day), []).append(one)
    said = []
    for (account_id, entity, day), changes_ in list(lines.items())[:most]:
        fields = join_words(sorted({quoted(c.field) for c in changes_}))
        by = join_words(sorted({quoted(c.by) for c in changes_ if c.by}))
        said.append(f"{named(accounts[account_id])}, {day}: {fields} of {quoted(entity)} changed outside this tool"
                    f"{f', by {by}' if by else ''}")  # fmt: skip
    return [*said, *(["More was changed outside this tool"] if len(lines) > most else [])]


def unread_sheets(found: Sequence[FailedSource], accounts: Mapping[int, AccountDays]) -> list[str]:
    """A line a published sheet that could not be read: its figures are older than they seem."""
    return [
        f"{named(accounts[one.account_id])}: the sheet {quoted(one.name)} could not be read; see budgeteer source list"
        for one in found[:LISTED]
        if one.account_id in accounts
    ]


def waiting(found: Sequence[Waiting], accounts: dict[int, AccountDays], cited: Cited, timezone: str) -> list[str]:
    """A line an open approval."""
    return [said_of(one, accounts[one.account_id], cited, timezone) for one in found[:LISTED]]


def said_of(one: Waiting, account: AccountDays, cited: Cited, timezone: str) -> str:
    """One open approval: its changes, and until when it can be decided."""
    expires = one.expires_at.astimezone(ZoneInfo(timezone))
    window = Window(expires.date(), expires.date(), timezone)
    said = []
    for c in one.changes[:NAMED_CHANGES]:
        before, after = (_fact(f"Daily budget, {which}", value, "money", account, window, "the open approval")
                         for which, value in (("now", c.before), ("proposed", c.after)))  # fmt: skip
        said.append(f"{quoted(c.entity)} from {cited.cite(before)} to {cited.cite(after)} a day")
    more = " and more" if len(one.changes) > NAMED_CHANGES else ""
    if one.status != "pending":
        return f"{named(account)}: {join_words(said)}{more} waits for a person to settle what the platform holds"
    return f"{named(account)}: {join_words(said)}{more}, to be decided by {expires:%Y-%m-%d %H:%M} ({timezone})"


def blind(reader: Reader, cover: Coverage) -> list[str]:
    """Accounts without data, days that are missing, and what this build does not read at all."""
    lines = [
        f"{named(a)}: no data after {a.last_day}" if a.last_day else f"{named(a)}: no data yet" for a in cover.silent
    ]
    for account in reader.selection.accounts:
        gap = cover.missing.get(account.id, ())
        if gap and account not in cover.silent:
            lines.append(f"{named(account)}: no data for {day_ranges(gap)}")
    if len(lines) > LISTED:
        lines = [*lines[:LISTED], "More accounts lack days: ask how fresh the data are"]
    return lines


def is_dormant(account: AccountDays, end: date) -> bool:
    """Whether the account's silence is old news."""
    return account.last_day is None or end - account.last_day > DORMANT


def since_last_digest(today: date, days: int | None, form: Form = "daily") -> date:
    """The day of the digest before this one: a load after it is news."""
    if form != "daily":
        return today - (7 * DAY if form == "weekly" else 31 * DAY)
    return today - (timedelta(days=days) if days else 3 * DAY if today.weekday() == 0 else DAY)


def _fact(label: str, value: object, unit: Unit, account: AccountDays, window: Window, source: str) -> Fact:
    from decimal import Decimal

    return Fact(
        id="new",
        label=label,
        value=Decimal(str(value)),
        unit=unit,
        currency=account.currency if unit == "money" else None,
        entity=account.name,
        window=window,
        source=source,
        how="as stored",
    )
