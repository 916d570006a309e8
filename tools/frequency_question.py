"""The tool ``frequency``: how often each person sees a campaign's ads a day, over the last week with figures."""

from __future__ import annotations

from decimal import Decimal

from domain.errors import CannotAnswer
from domain.evidence import Fact, Table, ToolResult
from store.performance import AccountDays
from tools import frequency
from tools.arguments import Filters
from tools.base import Tool, ToolContext
from tools.figures import Cited, Group
from tools.frequency import Seen, Shown
from tools.labels import join_words, quoted, window_label
from tools.reader import Reader, answered
from tools.spans import Span

TOLD = 3
NEVER_TOGETHER = "the same people are in several campaigns and days, so nothing is said of all of them together"
NOT_STATED = (
    "how often each person saw these ads is not known: {why}. Reach is read from exports of Meta, TikTok and LinkedIn "
    "by campaign and day, with a Reach or Frequency column"
)


class FrequencyArguments(Filters):
    """Whose ads."""


def run(context: ToolContext, arguments: FrequencyArguments) -> ToolResult:
    """The mean daily frequency of every campaign that the filters leave, the highest first."""
    return answered(context, arguments, _answer)


def _answer(reader: Reader, _arguments: FrequencyArguments) -> ToolResult:
    known: list[tuple[Shown, Seen, AccountDays]] = []
    unknown: dict[str, str] = {}
    for account in reader.selection.accounts:
        cap = reader.context.limits.frequency_cap
        found = frequency.seen(reader.session, reader.context.scope, account, reader.context.today, cap)
        if found is None:
            continue
        names = _asked(reader, account)
        known += [(one, found, account) for one in found.known if one.campaign in names]
        unknown |= {name: why for name, why in found.unknown.items() if name in names}
    if not known:
        reasons = join_words([f"{quoted(n)}: {why}" for n, why in sorted(unknown.items())[:TOLD]])
        raise CannotAnswer(NOT_STATED.format(why=reasons or "nothing of that was shown in the last days"))
    known.sort(key=lambda k: (-k[0].mean, k[0].campaign))
    cited = Cited()
    lines = [_line(reader, cited, *one) for one in known[:TOLD]]
    if len(known) > TOLD:
        lines.append("The others are in the table.")
    caveats = [NEVER_TOGETHER] if len(known) > 1 else []
    caveats += [f"{quoted(name)} is not known: {why}" for name, why in sorted(unknown.items())]
    return reader.result("\n".join(lines), cited, [], caveats, _table(known))


def _asked(reader: Reader, account: AccountDays) -> set[str]:
    chosen, without = reader.selection.chosen, reader.selection.without
    return {
        c.name
        for c in reader.campaigns()
        if c.account_id == account.id and (chosen is None or c.id in chosen) and c.id not in without
    }


def _line(reader: Reader, cited: Cited, one: Shown, found: Seen, account: AccountDays) -> str:
    rows = [r for r in reader.totals(Span(found.window, None, ())) if r.account_id == account.id]
    fact = Fact(
        "new", "Mean daily frequency", Decimal(str(round(one.mean, 6))), "ratio", None, one.campaign, found.window,
        reader.books(rows).source(Group.of(rows)), frequency.HOW,
    )  # fmt: skip
    cap = "" if found.cap is None else f", {'above' if one in found.over else 'not above'} the cap of {found.limit}"
    return (
        f"{quoted(one.campaign)} was shown {cited.cite(fact)} times a day to each person it reached (the mean of "
        f"{one.days} days, {window_label(found.window)}){cap}."
    )


def _table(known: list[tuple[Shown, Seen, AccountDays]]) -> Table | None:
    if len(known) < 2:
        return None
    columns = ("Campaign", "Mean daily frequency", "Days")
    rows = tuple((one.campaign, one.mean, one.days) for one, _, _ in known)
    shown = tuple((quoted(one.campaign), f"{one.mean:.2f}", str(one.days)) for one, _, _ in known)
    return Table("Times a day that each person reached saw the ads", columns, rows, shown=shown)


TOOL = Tool(
    "frequency",
    "How often a day each person reached saw a campaign's ads: mean daily frequency of the last 7 days. No totals.",
    FrequencyArguments,
    run,
)
