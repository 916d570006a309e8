"""What is open: the incidents of the scope as the watch left them, gravest first. Looks at nothing anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial

from sqlalchemy.orm import Session

from domain.errors import CannotAnswer
from domain.evidence import Fact, Table, ToolResult
from domain.metrics import METRICS
from domain.scope import Scope
from domain.window import Window
from store import incidents, performance, watch_looks
from store.engine import read
from store.incidents import IncidentView, Unusual
from store.labels import labels_of
from store.performance import AccountDays
from tools import incident_words as words
from tools.arguments import Filters
from tools.base import REASONS, Tool, ToolContext, refusal
from tools.figures import Cited
from tools.filters import Selection, select
from tools.labels import join_words, platform_label, quoted
from tools.same_matter import beside

SHOWN = 3  # told in full; the rest stands in the table
COLUMNS = ("Severity", "What", "Account", "Since", "Last unusual day", "At stake", "State", "Id")
OLD_LOOK = timedelta(days=1)  # it looks each hour
OLD_DATA = timedelta(days=3)  # yesterday's figures are there today; one more is a slow export
WATCHED = "the watch, which compares each complete day with what was expected of it"


class AlertsArguments(Filters):
    """Whose incidents; of everything in scope where nothing is named."""


def run(context: ToolContext, arguments: AlertsArguments) -> ToolResult:
    """The open incidents; a reasoned no becomes a refused result."""
    with read(context.engine) as session:
        try:
            return _answer(session, context, arguments)
        except REASONS as no:
            return ToolResult(refused=refusal(no))


def _answer(session: Session, context: ToolContext, arguments: AlertsArguments) -> ToolResult:
    accounts = performance.accounts(session, context.scope)
    counting = performance.accounts(session, context.scope, ("analytics",))
    if not accounts and not counting:
        raise CannotAnswer("there are no data yet for this account; import an export or connect the platform")
    names = partial(performance.campaigns, session, context.scope)
    selection = select(accounts or counting, names, arguments, partial(labels_of, session, context.scope))
    chosen, scope = selection.accounts, context.scope  # what a cause rests on may be any account of it
    now = context.now or datetime.now(UTC)
    open_, all_ = incidents.open_incidents(session, scope), arguments == AlertsArguments()
    own = [v for v in open_ if v.account_id in {a.id for a in chosen} and concerns(session, scope, v, selection)]
    visits = [v for v in open_ if v.account_id in {a.id for a in counting} and (all_ or _arrives(v, own, selection))]
    kept = [v for v in open_ if v in own or v in visits]
    told = {a.id: a for a in (*chosen, *(a for a in counting if any(v.account_id == a.id for v in kept)))}.values()
    loud, snoozed = [v for v in kept if not v.snoozed(now)], [v for v in kept if v.snoozed(now)]
    cited = Cited()
    lines = [f"• {told_of(v, incidents.days(session, scope, v.id), cited)}{_beside(v, open_)}" for v in loud[:SHOWN]]
    looks = watch_looks.last_looks(session, Scope(tuple(a.id for a in chosen)))
    unseen = [a for a in chosen if a.last_day is not None and a.id not in looks]
    opening = _opening(loud, snoozed, selection.where, looked=len(unseen) < len(chosen))
    last = [_looked(looks[a.id] for a in chosen if a.id in looks)] if not loud and looks else []
    text = "\n".join([" ".join([opening, *last]), *lines])
    rest = " The other ones stand in the table." if len(loud) > SHOWN else ""
    return ToolResult(
        facts=cited.facts, text=text + rest, table=_table(kept) if len(kept) > SHOWN else None,
        row_count=len(kept), freshness=_freshness(told), caveats=_caveats(chosen, unseen, looks, context.today),
    )  # fmt: skip


def concerns(session: Session, scope: Scope, view: IncidentView, selection: Selection) -> bool:
    """Whether an incident is about what was named: one of its campaigns, or the account that they are in."""
    if selection.chosen is None and not selection.without:
        return True
    touched = {d.campaign_id for d in incidents.days(session, scope, view.id)} - {None}
    if not touched:  # missing data, a failed look, the sum of the account: it is every campaign's
        return True
    return bool((touched if selection.chosen is None else touched & selection.chosen) - selection.without)


def _arrives(view: IncidentView, own: Sequence[IncidentView], selection: Selection) -> bool:
    """Whether an analytics account's incident is about what was named: visits of a campaign of that name, or the
    matter of an incident that is."""
    named = set() if selection.chosen is None else {c.name for c in selection.campaigns if c.id in selection.chosen}
    return bool(named & set(view.campaigns)) or bool(beside(view, own))


def _looked(looks: Iterable[datetime]) -> str:
    """When somebody last looked at all of it."""
    return f"The watch last looked on {min(looks).date()}."


def _opening(loud: Sequence[IncidentView], snoozed: Sequence[IncidentView], where: str, *, looked: bool) -> str:
    quiet = " Some are snoozed." if snoozed else ""
    if not loud and not snoozed and not looked:
        return "I do not know: the watch has not looked at these figures yet. It looks with: budgeteer watch"
    if not loud:
        return f"Nothing unusual is open{where}.{quiet}"
    grave = sum(v.severity == "critical" for v in loud)
    first = f"Something critical is open{where}." if grave else f"Something is open{where}."
    return f"{first}{quiet}"


def _beside(view: IncidentView, open_: Sequence[IncidentView]) -> str:
    others = join_words([f"{words.title(o)} ({o.id[:8]})" for o in beside(view, open_)])
    return f" The same matter: {others}." if others else ""


def told_of(view: IncidentView, values: Sequence[Unusual], cited: Cited) -> str:
    """One incident as a paragraph whose every figure is a fact."""
    name = f"{words.SEVERE[view.severity]}: {words.title(view)}"
    found = words.figure(view, values)
    if found is None:
        return f"{name}. {quoted(view.said)}"
    day = view.last_day
    window = Window(day if found.last else view.first_day, day, view.timezone)
    metric = METRICS[view.metric]
    currency = view.currency if metric.unit == "money" else None
    entity = view.campaigns[0] if view.reach == "campaign" and view.campaigns else view.account

    def fact(label: str, value: Decimal, how: str) -> Fact:
        return Fact("f0", label, value, metric.unit, currency, entity, window, view.platform, how)

    now = cited.cite(fact(metric.label, found.value, metric.formula))
    usual = cited.cite(fact(f"{metric.label} expected", found.expected, WATCHED))
    when = f"on {day}" if found.last or view.first_day == day else f"from {view.first_day} to {day}"
    said = f"{name}, {words.where(view)}: {now} against {usual} expected {when}. {_cause(view)}"
    if view.money is None:
        return f"{said} At stake: not known."
    money = Fact("f0", "At stake", view.money, "money", view.currency, entity,
                 Window(view.first_day, day, view.timezone), view.platform, view.money_how)  # fmt: skip
    return f"{said} At stake: {cited.cite(money)}, {view.money_how}."


def _cause(view: IncidentView) -> str:
    """What the cause is called. Its figures are no facts of this answer: "why" gives them with their source."""
    return f"{quoted(view.said).partition(':')[0].rstrip('.')}."


def _table(kept: Sequence[IncidentView]) -> Table:
    rows = tuple(
        (words.SEVERE[v.severity], words.title(v).partition(" · ")[0], v.account, v.first_day, v.last_day,
         None if v.money is None else float(v.money), words.state(v), v.id[:8])
        for v in kept
    )  # fmt: skip
    return Table("Open incidents", COLUMNS, rows)


def _freshness(chosen: Iterable[AccountDays]) -> dict[str, date]:
    return {a.platform: a.last_day for a in chosen if a.last_day is not None}


def _caveats(
    chosen: Sequence[AccountDays], unseen: Sequence[AccountDays], looks: Mapping[int, datetime], today: date
) -> tuple[str, ...]:
    """Where nothing open does not mean that all is well."""
    said = []
    for a in chosen:
        name = f"{platform_label(a.platform)} ({quoted(a.name)})"
        if a.last_day is None:
            said.append(f"{name} has no data: nothing is seen there")
            continue
        if a in unseen:
            said.append(f"the watch has not looked at {name} yet")
        elif today - looks[a.id].date() > OLD_LOOK:
            said.append(f"the watch last looked at {name} on {looks[a.id].date()}")
        if today - a.last_day > OLD_DATA:
            said.append(f"the figures of {name} end on {a.last_day}: nothing after that is seen")
    return tuple(said)


TOOL = Tool(
    "alerts",
    "The open incidents: what is unusual now, since when, its cause as far as known, and the money at stake. For 'any "
    "alerts?', 'what is wrong?', 'open incidents', 'any problems with X?'. Looks at nothing anew.",
    AlertsArguments,
    run,
)
