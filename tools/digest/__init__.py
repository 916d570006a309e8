"""The digest: what the last complete days were, what moved, and what needs a person. Difference first."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Annotated

from pydantic import Field

from domain.errors import CannotAnswer
from domain.evidence import ToolResult
from domain.metrics import METRICS
from store import performance, platform_changes, promises
from store import restated as restatements
from store import waiting as waits
from store.engine import read
from store.failed_sources import failed_sources
from store.incidents import ended_since, open_incidents
from store.performance import AccountDays
from tools.arguments import Filters, Names
from tools.base import REASONS, Arguments, Tool, ToolContext, refusal
from tools.digest import figures, floors, incidents, news, outcomes, pictures, plan, words
from tools.digest.board import board
from tools.digest.days import (
    DAY,
    Coverage,
    Form,
    before_words,
    coverage,
    covered,
    month_so_far,
    named,
    window_words,
)
from tools.digest.decisions import decisions
from tools.digest.figures import Ledger, ledgers
from tools.digest.model import Decision, Digest, Line
from tools.digest.words import speaking, w
from tools.figures import Cited, relative_change
from tools.filters import select
from tools.reader import Reader

__all__ = ["TOOL", "Decision", "Digest", "DigestArguments", "Line", "build"]

DRAFTS = timedelta(days=7)  # an older draft rests on older figures


class DigestArguments(Arguments):
    """What the last complete days were, what moved and what needs a person."""

    accounts: Names = Field(default=(), description="exact account names; all in scope where empty")
    days: Annotated[int, Field(ge=1, le=7)] | None = Field(
        default=None,
        description="how many of the last complete days; by default yesterday, on a Monday Friday to Sunday",
    )
    form: Form = Field(default="daily", description="of the last days, or of the last whole week or month")


def run(context: ToolContext, arguments: DigestArguments) -> ToolResult:
    """The digest as an answer; a reasoned no becomes a refused result."""
    try:
        return build(context, arguments).to_result()
    except REASONS as no:
        return ToolResult(refused=refusal(no))


def build(
    context: ToolContext, arguments: DigestArguments, *, picture: bool = True, language: str | None = None
) -> Digest:
    """The digest of the accounts in scope, in ``language`` (English); with ``picture`` a chart goes with it.

    Raises:
        BadInput: there is no such language.
        CannotAnswer: there are no data at all, or an account is named that is not there.
    """
    with speaking(language), read(context.engine) as session:
        accounts = performance.accounts(session, context.scope)
        if not accounts and performance.accounts(session, context.scope, ("analytics",)):
            raise CannotAnswer(
                "a digest is of ads accounts, and these are analytics; what is unusual there: any alerts?"
            )
        if not any(account.first_day for account in accounts):
            raise CannotAnswer("there are no data yet for this account; import an export or connect the platform")
        names = partial(performance.campaigns, session, context.scope)
        selection = select(accounts, names, Filters(accounts=arguments.accounts))
        return _digest(Reader(context, session, selection), arguments, picture)


def _digest(reader: Reader, arguments: DigestArguments, picture: bool) -> Digest:
    context, session = reader.context, reader.session
    zones = {a.timezone for a in reader.selection.accounts}
    zone = zones.pop() if len(zones) == 1 else context.timezone
    form = arguments.form
    cover = coverage(reader, covered(context.today, zone, arguments.days, form, context.week_start), form)
    accounts = {a.id: a for a in reader.selection.accounts}
    books = ledgers(reader, cover)
    now = context.now or datetime.now(UTC)
    open_approvals = [w for w in waits.waiting(session, context.scope, now) if w.account_id in accounts]
    drafts = [d for d in waits.drafts(session, context.scope, now - DRAFTS, now) if d.account_id in accounts]
    since = news.midnight(news.since_last_digest(context.today, arguments.days, form), zone)
    moved = restatements.restated(
        session, context.scope, cover.window.end - (news.RESTATED_DAYS - 1) * DAY, cover.window.end, since
    )
    watched = accounts if arguments.accounts else {**accounts, **_counting(reader)}
    unusual = [i for i in open_incidents(session, context.scope) if i.account_id in watched]
    measured = promises.listed(session, context.scope, statuses=("measured", "no_counterfactual", "void"))
    ended = [i for i in ended_since(session, context.scope, since) if i.account_id in watched]
    asked = incidents.to_decide(unusual, now)
    cited, several = Cited(), len(books) > 1
    month = month_so_far(cover.window)
    decide = partial(decisions, cover, books, open_approvals, drafts, watched, plan.landing_over(reader, month), asked,
                     floors.below(reader))  # fmt: skip
    verdict = _verdict(cover, books, cited, needs=bool(decide(Cited(), zone)))
    lines = [line for ledger in books for line in figures.headline(ledger, cited, several)]
    so_far = [said for ledger in books for said in figures.matured(ledger, cited)]
    if form != "monthly":  # there it is the figures themselves
        so_far += [said for ledger in books for said in figures.month(ledger, cited, several)]
    against = plan.against_plan(reader, month, cited)
    so_far += against
    decided = decide(cited, zone)
    shown = {d.approval_id or d.subject for d in decided}
    rest = [w for w in open_approvals if w.approval_id not in shown]
    until = datetime.combine(context.today + DAY, time.min, tzinfo=since.tzinfo)
    begun = news.midnight(cover.window.start, cover.window.timezone)
    elsewhere = platform_changes.between(
        session, context.scope, begun, until, account_ids=accounts.keys(), foreign_only=True
    )
    unread = [a for a in accounts if platform_changes.read_through(session, context.scope, a) is None]
    return Digest(
        window=cover.window,
        verdict=verdict,
        figures=tuple(lines),
        plan=tuple(so_far),
        planned=bool(against),
        decisions=tuple(decided),
        incidents=tuple(incidents.lines([i for i in unusual if i.id not in shown], ended, watched, cited)),
        outcomes=tuple(outcomes.lines(measured, since, accounts, cited)),
        restated=tuple(news.restated([m for m in moved if m.account_id in accounts], accounts, cited, zone)),
        changed=(
            *news.changed(reader, cover.window, accounts, cited, until),
            *news.foreign(elsewhere, accounts, cited),
        ),
        waiting=tuple(news.waiting(rest, accounts, cited, zone)),
        blind=(
            *news.blind(reader, cover),
            *news.unread_sheets(failed_sources(session, context.scope), accounts),
            *plan.unplanned(reader, month),
        ),
        facts=cited.facts,
        caveats=tuple(_caveats(cover, books, unread=unread)),
        board=board(cover, books),
        chart=pictures.chart(books) if picture else None,
        freshness=reader.freshness(),
        form=form,
        language=words.language(),
    )


def _counting(reader: Reader) -> dict[int, AccountDays]:
    """The analytics accounts: their figures are in no digest, and what is unusual there is."""
    found = performance.accounts(reader.session, reader.context.scope, ("analytics",))
    return {a.id: a for a in found}


def _verdict(cover: Coverage, books: list[Ledger], cited: Cited, *, needs: bool) -> str:
    """One line: which days, what was spent, whether that is usual, and whether anything waits for a person."""
    when = window_words(cover.window, cover.form)
    if not books:
        ends = max((a.last_day for a in (*cover.silent, *cover.partly) if a.last_day), default=None)
        known = ends is not None and ends < cover.window.start
        why = w("data end", day=words.day(ends)) if known and ends is not None else w("days are missing")
        quiet = w("a quiet day" if cover.form == "daily" else "no spend")
        return w("nothing read", when=when, known=why, quiet=quiet)
    said = "; ".join(_spent(ledger, cited) for ledger in books)
    unread = ", ".join(named(a) for a in (*cover.silent, *cover.partly))
    without = w("without", names=unread) if unread else ""
    ending = w("needs you" if needs else "needs nothing")
    return w("verdict", when=when, said=said, without=without, ending=ending)


def _spent(ledger: Ledger, cited: Cited) -> str:
    now = ledger.figure(METRICS["spend"], ledger.cover.window)
    relative = relative_change(now, ledger.figure(METRICS["spend"], ledger.cover.before))
    said = w("spent", figure=figures.cite_with_reason(ledger, now, cited))
    if relative.value is not None:
        said += w("spent against", moved=cited.cite(relative), before=before_words(ledger.cover))
    if ledger.cover.form != "monthly" and now.value is not None and (range_ := figures.usual(ledger)) is not None:
        word = w(range_.word(now))
        said += w("spent usually", word=word, low=cited.cite(range_.low), high=cited.cite(range_.high))
    return said


def _caveats(cover: Coverage, books: list[Ledger], unread: Collection[int]) -> list[str]:
    said = [w("arriving", day=words.day(cover.window.end))] if any(ledger.immature for ledger in books) else []
    if any(len({a.platform for a in ledger.accounts}) > 1 for ledger in books):
        said.append(w("claims"))
    return [*said, *([w("outside")] if unread else [])]


TOOL = Tool(
    "digest",
    "The digest: what the last complete days (or the last whole week or month) were against those before, "
    "what was restated, what "
    "changed, what waits for approval and what cannot be seen. For 'digest', 'anything I should know?'.",
    DigestArguments,
    run,
)
