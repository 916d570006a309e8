"""A plan dropped into a direct message: what is still to be asked, what it holds, and its load.

A plan sets the walls that changes are held to. It is taken only from a person who sees every account that it names,
and who may approve for those of them for which anybody may.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import planning
from app.importing import Options
from app.planning import PlanImported, PlanOptions, PlanRead
from app.slack.deps import SlackDeps
from app.slack.file_reading import DECIMALS, Question, pick
from domain.errors import Refused, UntrustedFile
from domain.scope import Scope
from store import approvers, personal
from store.engine import read
from store.file_drops import Drop
from store.plans import KIND, Line
from store.tables import Account, ImportRun

SHOWN = 8  # lines, skipped rows, notes


def next_step(
    session: Session, now: datetime, user: str, content: bytes, options: Options
) -> tuple[Options, Question | PlanRead]:
    """The next question, or what the plan holds.

    Raises:
        UntrustedFile: the file cannot be loaded as it is; it says which row and why.
        Refused: this person may not plan for an account that the file names.
    """
    try:
        found = planning.read(session, scope_of(session, user), content, said(options))
    except UntrustedFile as error:
        option = error.option or ""
        if "--month" in option and options.month is None:
            return options, pick("month", "The file names no month. Which is it for?", _months(now.date()))
        if "--decimal" in option and options.decimal is None:
            return options, pick("decimal", "Its amounts can be read in two ways. How does it write numbers?", DECIMALS)
        raise
    may_plan(session, user, found.lines)
    return replace(options, account=", ".join(_names(found.lines))[:200]), found


def said(options: Options) -> PlanOptions:
    """What was answered so far."""
    return PlanOptions(None if options.month is None else date.fromisoformat(options.month), options.decimal)


def scope_of(session: Session, user: str) -> Scope:
    """The accounts that this person may plan for at most. Raises Refused where there is none."""
    scope = personal.scope_of_person(session, user)
    if scope is None:
        raise Refused(
            "you see no account, so there is nothing to plan for; on the server: "
            f"budgeteer channel bind {user} --account NAME"
        )
    return scope


def may_plan(session: Session, user: str, lines: Sequence[Line]) -> None:
    """Raises Refused where the plan names an account that others approve for, and this person does not."""
    _refuse_barred(session, user, {line.account_id: line.account for line in lines})


def _refuse_barred(session: Session, user: str, named: Mapping[int, str]) -> None:
    tiers = personal.tiers_of(session, user)
    barred = sorted(name for i, name in named.items() if i not in tiers and approvers.approvers(session, i))
    if barred:
        raise Refused(
            f"a plan is the wall that changes are held to, and you may not approve for {', '.join(barred[:SHOWN])}; "
            "ask one who may"
        )


def may_take_back(session: Session, user: str, runs: Sequence[int]) -> None:
    """Raises Refused where the plan of one of these runs is no longer this person's to change."""
    owners = session.scalars(select(Account).join(ImportRun).where(ImportRun.id.in_(runs)))
    _refuse_barred(session, user, {a.id: a.name for a in owners})


def summary(found: PlanRead) -> list[str]:
    """What the plan holds and what it would replace, as data: plain lines, to be escaped where they are shown."""
    count = len(found.lines)
    lines = [f"A plan of {count} line{'' if count == 1 else 's'} for {', '.join(_names(found.lines))}"]
    lines += [f"Budget {planning.budgets(found.lines, month)}" for month in planning.months_of(found.lines)[:SHOWN]]
    lines.append("It replaces what is planned for these months and accounts")
    lines += [f"Skipped row {s.row}: {s.reason}" for s in found.plan.skipped[:SHOWN]]
    lines += [f"Not used: {', '.join(found.plan.ignored)}"] if found.plan.ignored else []
    return [*lines, *found.notes[:SHOWN]]


def load(deps: SlackDeps, drop: Drop, content: bytes, options: Options, again: bool) -> tuple[list[int], str]:
    """Load the plan; the runs (none where it says what is planned already) and what came of it.

    A worker that died after loading is followed by one that finds its runs.
    """
    with read(deps.engine) as session:  # as it stands now: a right may be gone since it was asked
        scope = scope_of(session, drop.user)
        may_plan(session, drop.user, planning.read(session, scope, content, said(options)).lines)
        before = _loaded_before(session, scope, drop) if again else []
    if before:
        return before, "It was loaded, and the process that loaded it ended before it could say more."
    done = planning.load(deps.engine, deps.now(), drop.name, content, said(options), scope)
    return [a.run_id for a in done.loaded if a.run_id is not None], _result(done)


def _loaded_before(session: Session, scope: Scope, drop: Drop) -> list[int]:
    query = select(ImportRun.id).where(
        ImportRun.account_id.in_(scope.account_ids), ImportRun.kind == KIND, ImportRun.content_sha256 == drop.sha256,
        ImportRun.at >= drop.created_at, ImportRun.undone_at.is_(None),
    )  # fmt: skip
    return list(session.scalars(query.order_by(ImportRun.id)))


def _result(done: PlanImported) -> str:
    new, updated, unchanged, removed = (
        sum(getattr(a, name) for a in done.loaded) for name in ("new", "updated", "unchanged", "removed")
    )
    runs = ", ".join(str(a.run_id) for a in done.loaded if a.run_id is not None)
    loads = f" (load {runs})" if runs else ": it says what is planned already"
    return f"{new} new, {updated} updated, {unchanged} unchanged, {removed} removed{loads}"


def _names(lines: Sequence[Line]) -> list[str]:
    return list(dict.fromkeys(line.account for line in lines))


def _months(today: date) -> dict[str, str]:
    """The month before this one, this one, and the next: what a plan without a month may be for."""
    number = today.year * 12 + today.month - 1
    around = [date(n // 12, n % 12 + 1, 1) for n in (number, number + 1, number - 1)]
    return {month.isoformat(): f"{month:%B %Y}" for month in around}
