"""A question that leans on the one before it in its thread: "and meta?", "by week", "ex that week", "why?"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields, replace

from agent.planner import carried, forecast_follow_ups, other_follow_ups, pointing, what_ifs
from agent.planner.carried import Carried
from agent.planner.intents import FOLLOW_UP_START
from agent.planner.merging import ADDED, EVERYTHING, PLAIN, TABLE, merged
from agent.planner.reading import Reading, read
from agent.planner.text import CannotRead
from agent.state import Plan, PlanContext, ToolCall
from domain.metrics import METRICS
from domain.window import Window
from tools.labels import join_words, left_out_label, platform_label, quoted, window_label

# These always lean; "now", "then", "just" may also begin a question of its own.
_LEANS = (
    r"^(?:ok |okay |so |hm+ )*(?:and|what about|how about|same|or|instead|ex|excl|excluding|without|vs|versus|against|"
    r"compared|as a)\b"
)
_ENDS = r"\b(?:only|too|instead|again|as well|though)$"


# What a follow-up may say or inherit; whatever else a reading holds is a question of its own kind.
_MERGED = frozenset(
    {
        "text", "named", "metrics", "metrics_at", "sides", "periods", "left_out", "promotions", "baseline", "versus",
        "compare", "by", "by_label", "added",
        "rank", "per_day", "average", "together", "chart", "why", "unusual", "change", "overview", "share", "bound",
        "ahead",
        "follow_up", "leaning", "notes", "exact", "unknown",
    }
)  # fmt: skip


def in_thread(question: str, context: PlanContext, *, partly: bool = False) -> Reading | None:
    """The whole question that a follow-up comes to; None where the question stands on its own.

    Raises CannotRead where it is unclear what is meant.
    """
    earlier = context.earlier
    if earlier is None:
        return None
    written = pointing.resolved(question, earlier, context)
    said = read(written, context, partly=partly, leaning=True)
    old = carried.from_json(earlier.asked)
    same = bool(kind := other_follow_ups.kind_of(said)) and kind == other_follow_ups.kind_of(old.reading)
    another = said.what_if is not None and said.what_if.behind
    if not (another or (same and _leans_on_its_kind(said))) and _stands_alone(said, old, pointed=written != question):
        return None
    if old.several:
        raise CannotRead(
            "The last question had several parts. Ask this one in one line, with the figure and the period."
        )
    if old.reading.what_if:
        return what_ifs.laid_over(old, said, context)
    if said.ahead or old.reading.ahead:
        return forecast_follow_ups.laid_over(old, said, context)
    if other_follow_ups.kind_of(old.reading):
        return other_follow_ups.laid_over(old, said, context)
    return merged(old, said, context)


def _leans_on_its_kind(said: Reading) -> bool:
    """ "break-even?", "and net revenue?": the same kind again, with no period of its own."""
    return not said.periods and (not said.pace or re.search(_LEANS, said.text) is not None)


def noted(planned: Plan) -> Plan:
    """The plan with a note of what the follow-up was read as."""
    if not planned.calls:
        return planned
    said = "; ".join(dict.fromkeys(_told(call) for call in planned.calls))
    return replace(planned, notes=(f"Read as: {said}.", *planned.notes))


def _stands_alone(said: Reading, old: Carried, *, pointed: bool) -> bool:
    """Whether the question needs nothing from before: it says a figure, and when or of what."""
    if any(getattr(said, f.name) for f in fields(Reading) if f.name not in _MERGED):
        return True  # a definition, freshness, a budget, orders: a question of another kind
    if pointed:
        return False
    hints = re.search(f"{PLAIN}|{TABLE}|{EVERYTHING}|{ADDED}", said.text)
    if said.nothing():
        return hints is None and not (said.per_day or said.average)
    figure = bool(said.metrics or said.overview or said.share or said.bound or said.rank or said.change)
    names = bool(said.named)
    if re.search(_LEANS, said.text):
        return figure and bool(said.metrics and said.periods) and (names or not old.reading.named)
    if re.search(_ENDS, said.text) or not figure:
        return False
    if re.search(FOLLOW_UP_START, said.text) and not (said.metrics and said.periods):
        return False
    if said.rank and not said.metrics and not said.periods:
        return said.rank.hint != ""
    return bool(said.periods or names or said.by or said.baseline or said.rank or said.bound)


def _told(call: ToolCall) -> str:
    """ "ROAS of Meta, March 2024 against February 2024"."""
    args = call.args
    metrics = args.get("metrics") or ([args["metric"]] if "metric" in args else [])
    parts = [(join_words([METRICS[m].label for m in metrics]) or other_follow_ups.told(call)) + _whose(call)]
    if call.name == "forecast":
        parts[0] = f"forecast of {parts[0]}"
    if "period" in args:
        when = _label(args["period"])
        parts.append(f"{when} against {_label(args['baseline'])}" if "baseline" in args else when)
    if args.get("by"):
        parts.append(f"by {str(args['by']).removeprefix('label:')}")
    if args.get("order"):
        limit = args.get("limit") or ""
        parts.append(f"the {args['order']}" if limit in ("", 1) else f"the {args['order']} {limit}")
    parts += [
        words
        for key, words in (("share", "as shares"), ("explain", "explained"), ("per_day", "per day"))
        if args.get(key)
    ]
    parts += ["as a chart"] if call.name == "trend" else []
    if args.get("without"):
        parts.append(f"without {left_out_label([_window(p) for p in args['without']])}")
    return ", ".join(parts)


def _whose(call: ToolCall) -> str:
    args = call.args
    names = [quoted(n) for n in args.get("campaigns", ())]
    names += [] if names else [platform_label(p) for p in args.get("platforms", ())]
    names += [quoted(n) for n in args.get("accounts", ())]
    left_out = [quoted(n) for n in args.get("exclude_campaigns", ())] + _labels(args.get("exclude_labels", ()))
    labelled = _labelled(args.get("labels", ()))
    of = f" of {labelled or join_words(names)}" if names or labelled else ""
    of += f" on {join_words(names)}" if names and labelled else ""
    return f"{of} without {join_words(left_out)}" if left_out else of


def _labelled(pairs: Sequence[str]) -> str:
    """ "DE and AT within prospecting": values of one key are alternatives, keys narrow each other."""
    keys = dict.fromkeys(str(pair).partition("=")[0] for pair in pairs)
    return " within ".join(join_words(_labels([p for p in pairs if str(p).startswith(f"{key}=")])) for key in keys)


def _labels(pairs: Sequence[str]) -> list[str]:
    return [quoted(str(pair).partition("=")[2]) for pair in pairs]


def _window(period: dict[str, str]) -> Window:
    from datetime import date

    return Window(date.fromisoformat(period["start"]), date.fromisoformat(period["end"]))


def _label(period: dict[str, str]) -> str:
    return window_label(_window(period))
