"""A plan file into the store: whose line each row is, checked against the accounts and campaigns there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from connectors.files.decode import decode
from connectors.files.figures import check_currency
from connectors.files.plan import PlanFile, PlanRow, amounts, read_plan
from domain.errors import BadInput, UntrustedFile
from domain.money import Money
from domain.scope import Scope
from store import accounts, performance, plans
from store.engine import write
from store.performance import AccountDays
from store.plans import Line

NAMES_SHOWN = 8
NEAR = 75.0  # rapidfuzz's score out of 100


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """What a file may leave unsaid: the ``month`` of all its lines, and its decimal separator (point, comma)."""

    month: date | None = None
    decimal: str | None = None


@dataclass(frozen=True, slots=True)
class PlanImported:
    """A plan that was loaded: the file, its lines, and what the store made of them."""

    file: str
    plan: PlanFile
    lines: tuple[Line, ...]
    loaded: tuple[plans.Loaded, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlanRead:
    """A plan that can be loaded as it is: the file, whose line each row is, and what is to be said of it."""

    plan: PlanFile
    lines: tuple[Line, ...]
    notes: tuple[str, ...]
    sha256: str


def read(session: Session, scope: Scope, content: bytes, options: PlanOptions) -> PlanRead:
    """Read a plan for the accounts in scope. Nothing is stored.

    Raises:
        UntrustedFile: anything in the file that would plan money for the wrong thing; it says which row and why.
    """
    source = decode(content)
    plan = read_plan(source.text, decimal=options.decimal, month=options.month)
    found = _Resolver(session, scope).lines(plan)
    return PlanRead(plan, tuple(found), (*source.notes, *_notes(found)), source.sha256)


def load(
    engine: Engine, now: datetime, name: str, content: bytes, options: PlanOptions, scope: Scope | None = None
) -> PlanImported:
    """Read a plan called ``name`` and replace the lines of the months and accounts that it names; whole or not at all.

    ``scope`` are the accounts that it may name, by default all.

    Raises:
        BadInput: anything in the file that would plan money for the wrong thing; it says which row and why.
        NotConfigured: the store has no account yet.
    """
    try:
        with write(engine) as session:
            seen = read(session, scope or accounts.scope_for(session, None), content, options)
            loaded = plans.load(session, seen.lines, source=name[:500], content_sha256=seen.sha256, now=now)
    except UntrustedFile as error:
        raise BadInput(f"{name}: {error}") from None
    return PlanImported(name, seen.plan, seen.lines, tuple(loaded), seen.notes)


def months_of(lines: Sequence[Line]) -> list[date]:
    """The months that the lines are for."""
    return sorted({line.month for line in lines})


def budgets(lines: Sequence[Line], month: date) -> str:
    """A month's budgets by currency: money of two currencies is never added."""
    from domain.formatting import format_money

    own = [line for line in lines if line.month == month]
    totals: dict[str, Decimal] = {}
    for line in own:
        if line.budget is not None:
            totals[line.currency] = totals.get(line.currency, Decimal(0)) + line.budget.amount
    pools = len({line.pool_key for line in own})
    said = " and ".join(format_money(amount, currency) for currency, amount in sorted(totals.items())) or "none said"
    return f"{month:%B %Y} {said} in {pools} pool{'s' if pools > 1 else ''}"


@dataclass
class _Resolver:
    """Finds whose line a row is. What a row names must be there, under exactly one account."""

    session: Session
    scope: Scope
    known: list[AccountDays] = field(init=False)
    campaigns: dict[int, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.known = performance.accounts(self.session, self.scope)

    def lines(self, plan: PlanFile) -> list[Line]:
        found: list[Line] = []
        rows: dict[tuple[object, ...], int] = {}
        for row in plan.rows:
            line = self._line(row, plan)
            key = (line.account_id, line.month, line.pool_key, line.campaign, line.label)
            if (earlier := rows.setdefault(key, row.row)) != row.row:
                raise UntrustedFile(
                    f"a second line for {line.covers!r} in {line.month:%B %Y} (the first is row {earlier})", row=row.row
                )
            _refuse_two_pools(line, row.row, found, rows)
            found.append(line)
        return found

    def _line(self, row: PlanRow, plan: PlanFile) -> Line:
        account = self._account(row)
        if row.currency:
            check_currency(row.currency, account.currency, f"the line of {account.name!r}", row.row)
        figures = amounts(row, plan, account.currency)
        return Line(
            account_id=account.id, account=account.name, platform=account.platform, month=row.month,
            currency=account.currency, pool=row.pool, campaign=self._campaign(row, account), label=row.label,
            budget=None if figures.budget is None else Money(figures.budget, account.currency),
            target_roas=figures.target_roas,
            target_cpa=None if figures.target_cpa is None else Money(figures.target_cpa, account.currency),
            margin=figures.margin, floor=figures.floor, locked=figures.locked,
        )  # fmt: skip

    def _account(self, row: PlanRow) -> AccountDays:
        on = [a for a in self.known if not row.platform or a.platform == row.platform]
        if not row.account:
            if row.platform and len(on) == 1:
                return on[0]
            if not row.platform:
                raise UntrustedFile("the line names neither an account nor a platform", row=row.row)
            have = f"{len(on)} accounts ({_listed([a.name for a in on])}); name one" if on else "no account"
            raise UntrustedFile(f"platform {row.platform!r} has {have}", row=row.row)
        named = [a for a in on if a.name.casefold() == row.account.casefold()]
        if len(named) == 1:
            return named[0]
        if named:
            where = _listed([a.platform for a in named])
            raise UntrustedFile(f"account {row.account!r} exists on {where}; add a platform column", row=row.row)
        raise UntrustedFile(_unknown("account called", row.account, [a.name for a in on]), row=row.row)

    def _campaign(self, row: PlanRow, account: AccountDays) -> str:
        if not row.campaign:
            return ""
        if account.id not in self.campaigns:
            names = performance.campaigns(self.session, self.scope, {account.id})
            self.campaigns[account.id] = {c.name.casefold(): c.name for c in names}
        names_here = self.campaigns[account.id]
        if (name := names_here.get(row.campaign.casefold())) is not None:
            return name
        what = f"campaign of {account.name} called"
        raise UntrustedFile(_unknown(what, row.campaign, list(names_here.values())), row=row.row)


def _refuse_two_pools(line: Line, row: int, earlier: Sequence[Line], rows: Mapping[tuple[object, ...], int]) -> None:
    """Spend of one thing cannot be told apart by pool."""
    for other in earlier:
        same = (other.account_id, other.month, other.campaign, other.label)
        if same == (line.account_id, line.month, line.campaign, line.label) and other.pool_key != line.pool_key:
            first = rows[other.account_id, other.month, other.pool_key, other.campaign, other.label]
            raise UntrustedFile(
                f"{line.covers!r} is in the pool {line.pool_name!r} here and in {other.pool_name!r} in row {first}: "
                "its spend could not be told apart; give each pool its own campaigns or labels",
                row=row,
            )


def _notes(found: Sequence[Line]) -> list[str]:
    notes = []
    for account_id, month in dict.fromkeys((line.account_id, line.month) for line in found):
        own = [line for line in found if (line.account_id, line.month) == (account_id, month)]
        whole = next((line for line in own if not line.campaign and not line.label), None)
        if whole is not None and len(own) > 1:
            notes.append(
                f"{whole.account}, {month:%B %Y}: the line for the whole account is for what no other line of the "
                "month names; budgets add up"
            )
    if any(line.label for line in found):
        notes.append("a line for a label counts the campaigns that carry it once the label is confirmed")
    return notes


def _unknown(what: str, name: str, known: Sequence[str]) -> str:
    from rapidfuzz import fuzz, process, utils

    near = process.extractOne(name, list(known), scorer=fuzz.WRatio, processor=utils.default_process, score_cutoff=NEAR)
    meant = f" (did you mean {near[0]!r}?)" if near else ""
    return f"there is no {what} {name[:60]!r}{meant}; known: {_listed(known) or 'none'}"


def _listed(names: Sequence[str]) -> str:
    shown = sorted(set(names))
    more = f" and {len(shown) - NAMES_SHOWN} more" if len(shown) > NAMES_SHOWN else ""
    return ", ".join(shown[:NAMES_SHOWN]) + more
