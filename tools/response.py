"""The tool ``response``: what the next unit of spend brings, whether more would pay, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import Field

from domain.errors import CannotAnswer
from domain.evidence import ToolResult
from store import accounts, plans
from store.labels import labels_of
from store.performance import campaigns
from store.plan_cover import cover
from store.tables import Account
from tools.arguments import Filters
from tools.base import Tool, ToolContext
from tools.figures import Cited
from tools.labels import join_words, quoted, window_label
from tools.levers import Levers, read_campaigns
from tools.reader import Reader, answered
from tools.response_words import About, Known, Teller, Unknown, table_of
from tools.spans import Span

if TYPE_CHECKING:
    from tools.responses import Responses

TOLD = 3


class ResponseArguments(Filters):
    """Whose response, and what of it."""

    about: About = Field(
        default="marginal", description="marginal return, whether it is saturated, or how much more it could spend"
    )


def run(context: ToolContext, arguments: ResponseArguments) -> ToolResult:
    """The response of every campaign that the filters leave, the best return first."""
    return answered(context, arguments, _answer)


def _answer(reader: Reader, arguments: ResponseArguments) -> ToolResult:
    known, unknown, unused = _judged(reader)
    if not known:
        raise CannotAnswer(_nothing_known(unknown))
    known.sort(key=lambda k: -k.next_unit()[1])
    window = known[0].levers.history
    rows = reader.totals(Span(window, None, ()), {"campaign"})
    teller = Teller(reader.books(rows), rows, Cited())
    lines = [teller.tell(k, arguments.about) for k in known[:TOLD]]
    if (
        len(known) > 1
        and arguments.about != "room"
        and len({(k.account.currency, k.levers.outcome) for k in known}) == 1
    ):
        spent = sum(k.now for k in known)
        share = spent / (spent + sum(float(u.lever.now) for u in unknown))
        lines.insert(0, teller.together(known, share, reader.selection.entity))
    if len(known) > TOLD:
        lines.append("The others are in the table.")
    table = table_of(known, unknown) if len(known) + len(unknown) > 1 else None
    caveats = _caveats(known, unknown, unused, window_label(window), arguments.about)
    return reader.result("\n".join(lines), teller.cited, [], caveats, table)


def _nothing_known(unknown: Sequence[Unknown]) -> str:
    if not unknown:
        return "nothing of that spent anything lately; there is no response to speak of"
    if len(unknown) == 1:
        return f"what the next unit of spend on {quoted(unknown[0].lever.name)} brings is not known: {unknown[0].why}"
    reasons = "; ".join(f"{quoted(u.lever.name)}: {u.why}" for u in unknown[:TOLD])
    return f"what the next unit of spend brings is known of none of these {len(unknown)} campaigns. {reasons}"


def _judged(reader: Reader) -> tuple[list[Known], list[Unknown], list[str]]:
    """Every selected campaign that spends, of every account, each with its own account's days.

    Raises:
        CannotAnswer: no account has figures to learn from; says why.
    """
    known: list[Known] = []
    unknown: list[Unknown] = []
    unused: list[str] = []
    refused: list[str] = []
    for seen in reader.selection.accounts:
        account = accounts.get(reader.session, seen.id)
        try:
            levers = read_campaigns(reader.session, reader.context.scope, account, reader.context.today)
        except CannotAnswer as no:
            refused.append(str(no))
            continue
        found = _fitted(reader, account, levers)
        pays = _pays(reader, account, levers)
        for lever in levers.levers:
            if (response := found.fitted.get(lever.entity)) is not None:
                known.append(Known(lever, levers, account, response, pays.get(lever.name)))
            elif (why := found.why.get(lever.entity)) is not None:
                unknown.append(Unknown(lever, account, why))
        unused += found.unused
    if refused and not known and not unknown:
        raise CannotAnswer("; ".join(refused))
    return known, unknown, unused


def _fitted(reader: Reader, account: Account, levers: Levers) -> Responses:
    import numpy as np

    from tools.responses import respond

    chosen = reader.selection.chosen
    names = {c.name for c in reader.campaigns() if c.account_id == account.id and (chosen is None or c.id in chosen)}
    wanted = [lever for lever in levers.levers if lever.name in names and lever.now > 0]
    rng = np.random.default_rng([account.id, levers.last_day.toordinal()])  # the same question, the same answer
    return respond(levers, wanted, rng)


def _pays(reader: Reader, account: Account, levers: Levers) -> dict[str, float]:
    """By campaign the return at which the next unit just pays: one over the plan's margin, 1 where there is none.

    Nothing for conversions: what one is worth is not known.
    """
    if levers.outcome != "revenue":
        return {}
    scope, first = reader.context.scope, levers.last_day.replace(day=1)
    named = campaigns(reader.session, scope, [account.id])
    laid = cover(plans.lines(reader.session, scope, first, first), named, labels_of(reader.session, scope))
    margins = {c.name: line.margin for c in named if (line := laid.line_of.get(c.id)) is not None and line.margin}
    return {lever.name: 1 / float(margins.get(lever.name) or 1) for lever in levers.levers}


def _caveats(
    known: Sequence[Known], unknown: Sequence[Unknown], unused: Sequence[str], window: str, about: About
) -> list[str]:
    from tools.responses import told

    said = [f"learned from {window}; conversions of later days still arrive and are not in it"]
    said += [f"{quoted(u.lever.name)} is not known: {u.why}" for u in unknown]
    for k in known:
        said += told(k.response, k.lever.name)
    unsure = [quoted(k.lever.name) for k in known if k.response.carryover_reason]
    if unsure:
        said.append(f"whether spend on {join_words(unsure)} still works on later days cannot be told; ranges hold both")
    if about != "marginal" and any(k.pays == 1 for k in known):
        said.append("no margin is known, so a return of 1 is taken for what just pays; goods cost something too")
    return [*said, *(f"an experiment was left out: {why}" for why in unused)]


TOOL = Tool(
    "response",
    "Marginal ROAS (what the next unit of spend brings) of campaigns with a range, whether they are saturated, how "
    "much more they could spend inside what was tried, or why it is not known. As of now; takes no period.",
    ResponseArguments,
    run,
)
