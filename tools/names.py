"""What the data hold by name: campaigns, accounts, platforms."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from domain.evidence import Fact, Table, ToolResult
from domain.window import Window
from tools.arguments import NamesArguments
from tools.base import Tool, ToolContext
from tools.figures import Cited
from tools.filters import campaign_names
from tools.labels import join_words, platform_label, quoted
from tools.reader import Reader, answered

NAMED_AT_MOST = 10
ROWS_AT_MOST = 500


def run(context: ToolContext, arguments: NamesArguments) -> ToolResult:
    """How many there are, and their names; the table has their platform and account too."""
    return answered(context, arguments, _answer)


def _answer(reader: Reader, arguments: NamesArguments) -> ToolResult:
    rows = _rows(reader, arguments.of)
    cited = Cited()
    names = [str(row[0]) for row in rows]
    shown = join_words([quoted(n) for n in names[:NAMED_AT_MOST]])
    rest = "; the others are in the table" if len(names) > NAMED_AT_MOST else ""
    plural = "" if len(names) == 1 else "s"
    text = (
        f"The data hold {cited.cite(_count(reader, arguments.of, len(names)))} {arguments.of}{plural}"
        f"{reader.selection.where}: {shown}{rest}."
    )
    columns = {"campaign": ("Campaign", "Platform", "Account"), "account": ("Account", "Platform", "Currency")}
    heads = columns.get(arguments.of, ("Platform", "Accounts"))
    table = Table(f"{arguments.of.title()}s", heads, tuple(rows[:ROWS_AT_MOST]), truncated=len(rows) > ROWS_AT_MOST)
    return reader.result(text, cited, [], (), table if len(rows) > 1 else None)


def _rows(reader: Reader, of: str) -> list[tuple[str, ...]]:
    accounts = reader.selection.accounts
    if of == "platform":
        return [
            (platform_label(p), join_words([a.name for a in accounts if a.platform == p]))
            for p in reader.selection.platforms
        ]
    if of == "account":
        return [(a.name, platform_label(a.platform), a.currency) for a in accounts]
    chosen, without = reader.selection.chosen, reader.selection.without
    by_label = bool(reader.selection.labels)
    known = [c for c in reader.campaigns() if not by_label or (c.id in (chosen or {c.id}) and c.id not in without)]
    told_apart = campaign_names(known)
    return sorted((told_apart[c.id], platform_label(c.platform), c.account) for c in known)


def _count(reader: Reader, of: str, count: int) -> Fact:
    days = [d for a in reader.selection.accounts for d in (a.first_day, a.last_day) if d]
    yesterday = reader.context.today - timedelta(days=1)
    first, last = min(days, default=yesterday), max(days, default=yesterday)
    return Fact(
        id="new", label=f"Number of {of}s", value=Decimal(count), unit="count", currency=None,
        entity=reader.selection.entity, window=Window(first, last, reader.context.timezone),
        source="names in the loaded data", how="counted",
    )  # fmt: skip


TOOL = Tool(
    "names",
    "The names of the campaigns, accounts or platforms in the data, and how many there are. The data do not say "
    "which campaigns are running. Reads no figures.",
    NamesArguments,
    run,
)
