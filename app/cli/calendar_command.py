"""``budgeteer calendar``: promotions, freezes, tracking changes, events with their own step limit, and holidays."""

from __future__ import annotations

import csv
import getpass
import io
import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path

import click
from sqlalchemy.orm import Session

from app import wiring
from domain.errors import BadInput
from store import accounts, calendar, calendar_changes
from store.calendar import Event
from store.engine import read, write

LARGEST_FILE = 1_000_000
COLUMNS = ("name", "kind", "start", "end", "account")
MAY_HAVE = (*COLUMNS, "max_step", "note")
_ACCOUNT = click.option("--account", help="Only this account; every account where it is not given.")


@click.group("calendar")
def command() -> None:
    """Keep the days that are not like the others. Comparisons name them, policy obeys freezes and events.

    Holidays are computed from an account's country and never stored.
    """


@command.command("add", epilog="Example: budgeteer calendar add promotion 'Summer sale' 2026-07-01 2026-07-14")
@click.argument("kind", type=click.Choice(calendar.STORED))
@click.argument("name")
@click.argument("start")
@click.argument("end", required=False)
@_ACCOUNT
@click.option(
    "--max-step", help="An event's own step limit within its dates, such as 80%; it is approved by adding it."
)
@click.option("--note", help="What changed, for a tracking change.")
def add(
    kind: str, name: str, start: str, end: str | None, account: str | None, max_step: str | None, note: str | None
) -> None:
    """Add days: a promotion, a freeze, a tracking change or an event. START and END are counted, both local days."""
    row = {"name": name, "kind": kind, "start": start, "end": end or start, "account": account or "",
           "max_step": max_step or "", "note": note or ""}  # fmt: skip
    config = wiring.settings()
    with write(wiring.open_store(config)) as session:
        ids = _add(session, row, wiring.clock(config)())
    of = account or "every account"
    click.echo(
        f"{kind} '{name}', {_days(_day(start), _day(end or start))}, for {of}: {', '.join(f'#{i}' for i in ids)}"
    )


@command.command("import", epilog="Example: budgeteer calendar import calendar.csv")
@click.argument("file", type=click.Path(path_type=Path))
def import_(file: Path) -> None:
    """Add every row of a CSV with the columns name, kind, start, end and account (empty: every account), or none."""
    rows = _rows(file)
    config = wiring.settings()
    now = wiring.clock(config)()
    added = 0
    with write(wiring.open_store(config)) as session:
        for number, row in rows:
            try:
                added += len(_add(session, row, now))
            except BadInput as error:
                raise BadInput(f"{file.name}, row {number}: {error}; nothing was added") from None
    click.echo(f"{len(rows)} rows read, {added} entries of the calendar stand.")


@command.command("remove", epilog="Example: budgeteer calendar remove 7")
@click.argument("event", type=int)
def remove(event: int) -> None:
    """Take entry EVENT (its number in the list) out of the calendar."""
    config = wiring.settings()
    with write(wiring.open_store(config)) as session:
        scope = accounts.scope_for(session, None)
        gone = calendar_changes.remove_event(session, scope, event, by=_who(), now=wiring.clock(config)())
    click.echo(f"{gone.kind} '{gone.name}', {_days(gone.start, gone.end)}, is out of the calendar.")


@command.command("list", epilog="Example: budgeteer calendar list --from 2026-06-01 --to 2026-06-30")
@_ACCOUNT
@click.option("--from", "first", help="First day, YYYY-MM-DD [default: 30 days ago].")
@click.option("--to", "last", help="Last day, YYYY-MM-DD [default: a year after the first].")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def list_(account: str | None, first: str | None, last: str | None, as_json: bool) -> None:
    """Print what is in the calendar, with the holidays of each account's country."""
    config = wiring.settings()
    start = _day(first) if first else wiring.clock(config)().date() - timedelta(days=30)
    end = _day(last) if last else start + timedelta(days=365)
    with read(wiring.open_store(config)) as session:
        scope = accounts.scope_for(session, account)
        found = calendar.events(session, scope, start, end)
        names = {a: accounts.get(session, a).name for a in scope.account_ids}
        unsaid = sorted(names[a] for a, country in calendar.countries(session, scope).items() if country is None)
    if as_json:
        click.echo(json.dumps({"events": [_json(e, names) for e in found]}, indent=2, ensure_ascii=False))
        return
    lines = [_line(e, names) for e in found] or [f"Nothing in the calendar from {start} to {end}."]
    if unsaid:
        lines.append(
            f"No country is set for {', '.join(unsaid)}, so no holidays: budgeteer calendar country ACCOUNT DE"
        )
    click.echo("\n".join(lines))


@command.command("country", epilog="Example: budgeteer calendar country 'Acme EU' DE")
@click.argument("account")
@click.argument("country")
def country(account: str, country: str) -> None:
    """Say in which COUNTRY (ISO code) an ACCOUNT's customers are: its public holidays then count."""
    config = wiring.settings()
    with write(wiring.open_store(config)) as session:
        scope = accounts.scope_for(session, account)
        calendar_changes.set_country(session, scope, country, by=_who(), now=wiring.clock(config)())
    click.echo(f"{account} keeps the holidays of {country.upper()}.")


def _add(session: Session, row: Mapping[str, str], now: datetime) -> list[int]:
    name = row["account"].strip()
    found = accounts.scope_for(session, name).account_ids if name else (None,)
    return [
        calendar_changes.add_event(
            session, account_id=account_id, kind=row["kind"].strip().lower(), name=row["name"],
            start=_day(row["start"]), end=_day(row["end"] or row["start"]), by=_who(), now=now,
            max_step=_step(row.get("max_step", "")), note=row.get("note") or None,
        )
        for account_id in found
    ]  # fmt: skip


def _rows(file: Path) -> list[tuple[int, dict[str, str]]]:
    """(line, cells by column). Raises BadInput for a file that is not such a table."""
    try:
        content = file.read_bytes()
        text = content[: LARGEST_FILE + 1].decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{file.name} cannot be read as UTF-8 text: {error}") from None
    if len(content) > LARGEST_FILE:
        raise BadInput(f"{file.name} has {len(content)} bytes; a calendar has at most {LARGEST_FILE}")
    reader = csv.DictReader(io.StringIO(text), restkey="", strict=True)
    heads = [(h or "").strip().lower() for h in reader.fieldnames or []]
    if missing := [c for c in COLUMNS[:3] if c not in heads]:
        raise BadInput(f"{file.name} has no column {', '.join(missing)}; it needs {', '.join(COLUMNS)}")
    if strange := [h for h in heads if h not in MAY_HAVE]:
        raise BadInput(f"{file.name} has the column {strange[0]!r}; known are {', '.join(MAY_HAVE)}")
    reader.fieldnames = heads
    try:
        found = []
        for cells in reader:
            if "" in cells or None in cells.values():
                raise BadInput(f"{file.name}, row {reader.line_num}: not as many cells as columns; nothing was added")
            found.append((reader.line_num, {h: str(cells.get(h) or "") for h in MAY_HAVE}))
    except csv.Error as error:
        raise BadInput(f"{file.name}, row {reader.line_num}: {error}; nothing was added") from None
    return found


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise BadInput(f"{text[:40]!r} is not a date; write YYYY-MM-DD, such as 2026-07-01") from None


def _step(text: str) -> Decimal | None:
    text = text.strip()
    if not text:
        return None
    try:
        said = Decimal(text.removesuffix("%").strip())
    except InvalidOperation:
        raise BadInput(f"{text[:20]!r} is no step limit; write a per cent, such as 80%") from None
    return said / 100 if text.endswith("%") else said


def _line(event: Event, names: Mapping[int, str]) -> str:
    number = f"#{event.id}" if event.id is not None else ""
    step = f", steps up to +{event.max_step * 100:.0f} % (by {event.added_by})" if event.max_step is not None else ""
    note = f" ({event.details['note']})" if "note" in event.details else ""
    return (
        f"{number:<5}{_days(event.start, event.end):<26}{event.kind:<11}{event.name}{note}{step} · {_of(event, names)}"
    )


def _of(event: Event, names: Mapping[int, str]) -> str:
    return "every account" if event.every_account else ", ".join(sorted({names[a] for a in event.accounts}))


def _json(event: Event, names: Mapping[int, str]) -> dict[str, object]:
    return {
        "id": event.id, "kind": event.kind, "name": event.name, "start": event.start.isoformat(),
        "end": event.end.isoformat(), "accounts": sorted({names[a] for a in event.accounts}),
        "every_account": event.every_account, "details": dict(event.details), "added_by": event.added_by or None,
    }  # fmt: skip


def _days(start: date, end: date) -> str:
    return f"{start}" if start == end else f"{start} to {end}"


def _who() -> str:
    return f"cli:{getpass.getuser()}"
