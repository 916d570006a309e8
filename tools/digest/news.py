"""What else happened: figures restated, budgets changed, approvals waiting, and what cannot be seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.account_change import AMOUNT, AccountChange
from domain.evidence import Fact, Unit
from domain.metrics import METRICS
from domain.recommendation import FIELD_NAMES, TARGETS
from domain.window import Window
from store import changes
from store.failed_sources import FailedSource
from store.performance import AccountDays
from store.platform_changes import Seen
from store.restated import Restated
from store.waiting import Waiting
from tools.digest import words
from tools.digest.days import DAY, DORMANT, Coverage, Form, named
from tools.digest.words import w
from tools.figures import Cited, change, relative_change
from tools.labels import quoted
from tools.reader import Reader

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
            said.append(f"{w(f'{base} in a sentence')} {cited.cite(moved)}{share}")
        days = words.stretches(one.days)
        lines.append(w("restated line", name=named(account), days=days, said=words.listed(said)))
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
            _moved_fact(one.field, which, value, account, at, "the ledger")
            for which, value in (("before", one.before), ("after", one.after))
        )
        by = w("approved by", by=quoted(one.by)) if one.by else ""
        money = {"before": cited.cite(before), "after": cited.cite(after)}
        whose = {"name": named(account), "day": words.day(day), "entity": quoted(one.entity), "by": by}
        lines.append(w(_word("changed", one.field), **whose, **money))
    if len(done) > LISTED:
        lines.append(w("more changes"))
    return lines


def foreign(
    found: Sequence[Seen], accounts: Mapping[int, AccountDays], cited: Cited, *, most: int = LISTED
) -> list[str]:
    """A line an entity and day that somebody changed elsewhere: what of it, and by whom as far as the platform says."""
    groups: dict[tuple[int, str, date], list[AccountChange]] = {}
    for one in found:
        day = one.change.at.astimezone(ZoneInfo(accounts[one.account_id].timezone)).date()
        groups.setdefault((one.account_id, one.change.entity_name or one.change.entity, day), []).append(one.change)
    said = [_foreign(accounts[key[0]], *key[1:], group, cited) for key, group in list(groups.items())[:most]]
    return [*said, *([w("more foreign")] if len(groups) > most else [])]


def _foreign(account: AccountDays, entity: str, day: date, group: Sequence[AccountChange], cited: Cited) -> str:
    """A budget's amounts before the first and after the last change of the day; of all else which fields."""
    people = words.listed(sorted({quoted(c.by) for c in group if c.by}))
    by = w("by", by=people) if people else ""
    whose = {"name": named(account), "day": words.day(day), "entity": quoted(entity), "by": by}
    before, after = group[0].before, group[-1].after
    if before is None or after is None or {c.field for c in group} != {AMOUNT} or before.currency != account.currency:
        return w("foreign", fields=words.listed(sorted({quoted(c.field.replace("_", " ")) for c in group})), **whose)
    at = Window(day, day, account.timezone)
    now, then = (
        _fact(f"Daily budget, {which}", money.amount, "money", account, at, "the platform's history")
        for which, money in (("after", after), ("before", before))
    )
    return w("foreign budget", before=cited.cite(then), after=cited.cite(now), **whose)


def unread_sheets(found: Sequence[FailedSource], accounts: Mapping[int, AccountDays]) -> list[str]:
    """A line a published sheet that could not be read: its figures are older than they seem."""
    return [
        w("sheet", name=named(accounts[one.account_id]), sheet=quoted(one.name))
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
        before, after = (_moved_fact(c.field, which, value, account, window, "the open approval")
                         for which, value in (("now", c.before), ("proposed", c.after)))  # fmt: skip
        money = {"before": cited.cite(before), "after": cited.cite(after)}
        said.append(w(_word("operation", c.field), entity=quoted(c.entity), **money))
    more = w("and more") if len(one.changes) > NAMED_CHANGES else ""
    if one.status != "pending":
        return w("settle", name=named(account), said=words.listed(said), more=more)
    until = {"day": words.day(expires.date()), "time": f"{expires:%H:%M}", "zone": timezone}
    return w("wait", name=named(account), said=words.listed(said), more=more, **until)


def blind(reader: Reader, cover: Coverage) -> list[str]:
    """Accounts without data, days that are missing, and what this build does not read at all."""
    lines = [
        w("no data after", name=named(a), day=words.day(a.last_day)) if a.last_day else w("no data", name=named(a))
        for a in cover.silent
    ]
    for account in reader.selection.accounts:
        gap = cover.missing.get(account.id, ())
        if gap and account not in cover.silent:
            lines.append(w("no data for", name=named(account), days=words.stretches(gap)))
    if len(lines) > LISTED:
        lines = [*lines[:LISTED], w("more accounts")]
    return lines


def is_dormant(account: AccountDays, end: date) -> bool:
    """Whether the account's silence is old news."""
    return account.last_day is None or end - account.last_day > DORMANT


def since_last_digest(today: date, days: int | None, form: Form = "daily") -> date:
    """The day of the digest before this one: a load after it is news."""
    if form != "daily":
        return today - (7 * DAY if form == "weekly" else 31 * DAY)
    return today - (timedelta(days=days) if days else 3 * DAY if today.weekday() == 0 else DAY)


def _word(key: str, field: str) -> str:
    """The wording of a change: a budget is a day's, a target is not."""
    return f"{key} target" if field in TARGETS else key


def _moved_fact(field: str, which: str, value: object, account: AccountDays, window: Window, source: str) -> Fact:
    name = FIELD_NAMES.get(field, field)
    unit: Unit = "ratio" if field == "target_roas" else "money"
    return _fact(f"{name[:1].upper()}{name[1:]}, {which}", value, unit, account, window, source)


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
