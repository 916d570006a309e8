"""What happens in the demo, scene by scene: a team's morning with the bot, and a month later."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console

from demo import terminal
from demo.world import World, bot
from emulators.market.world import Market

CHANNEL, ANA = "C0MARKETING", "U0ANA0000"
PEOPLE = {ANA: "Ana", "U0BUDGET0": "Budgeteer"}
ACCOUNT = "Acme EU"
MESSAGES = "messages.json"
QUESTIONS = (
    "how did we do last week vs the week before?",
    "which campaign had the worst roas last week?",
    "why did cpa change last week?",
    "are we on track?",
)
PLAN = "month,pool,account,budget,target ROAS,margin\n2026-03,Search and Shopping,Acme EU,80000,4.0,35%\n"
OBSERVED_DAYS, LATE_DAYS = 30, 7  # a month of effect, and a week more for conversions that come late

Message = Mapping[str, Any]


def play(world: World, console: Console, folder: Path) -> date:
    """Play every scene; the market's date at the end."""
    _connect(world, console, folder)
    with bot(world, folder):
        for question in QUESTIONS:
            _scene(console, "A question in Slack")
            _show(console, *_ask(world, question))
        card, expected = _recommendation(world, console)
        _keep(world, folder)
        _approve(world, console, card)
        applied_on = _today(world)
        _a_month_later(world, console, applied_on, expected)
    return _today(world)


def _keep(world: World, folder: Path) -> None:
    """Save what the bot said so far, as Slack has it: ``demo.picture`` draws from it."""
    said = [m for m in world.slack.messages(CHANNEL) if "bot_id" in m]
    (folder / MESSAGES).write_text(json.dumps(said, ensure_ascii=False, indent=1))


def _connect(world: World, console: Console, folder: Path) -> None:
    _scene(console, "Connect: a Google Ads account over gRPC, read into an empty store")
    _command(world, console, "sync")
    plan = folder / "plan.csv"
    plan.write_text(PLAN)
    _command(world, console, "plan", "import", str(plan))
    _command(world, console, "approvers", "add", ANA, "--account", ACCOUNT)


def _recommendation(world: World, console: Console) -> tuple[Message, str]:
    _scene(console, "A recommendation, and its approval card")
    asked, answer = _ask(world, "recommend a budget")
    card = world.slack.wait_for(CHANNEL, _is_card, thread_ts=asked["ts"])
    _show(console, asked, answer, card)
    return card, _field(card, "Expected")


def _approve(world: World, console: Console, card: Message) -> None:
    _scene(console, "Ana presses Approve, and confirms")
    writes_before = len(world.market("events")["events"])
    world.slack.click(CHANNEL, card["ts"], "approval_approve", ANA, confirm=True)
    done = world.slack.wait_for(
        CHANNEL, lambda m: m["ts"] == card["ts"] and "read back" in m["text"], thread_ts=card["thread_ts"]
    )
    terminal.show(done, PEOPLE, console)
    console.print("\nWhat Google Ads itself has in its change history since:")
    for event in world.market("events")["events"][writes_before:]:
        console.print(f"  {event['budget']}: {event['amount']:.2f} a day, by {event['client']}")
    world.slack.click(CHANNEL, card["ts"], "approval_details", ANA)
    _command(world, console, "audit", "verify")


def _a_month_later(world: World, console: Console, applied_on: date, expected: str) -> None:
    _scene(console, f"The market goes on: {OBSERVED_DAYS + LATE_DAYS} days pass")
    world.market("advance", days=OBSERVED_DAYS + LATE_DAYS)
    _command(world, console, "sync", "--days", str(OBSERVED_DAYS + LATE_DAYS))
    month = timedelta(days=OBSERVED_DAYS - 1)
    after = (applied_on + timedelta(days=1), applied_on + timedelta(days=1) + month)
    before = (applied_on - timedelta(days=1) - month, applied_on - timedelta(days=1))
    question = f"revenue and spend from {after[0]} to {after[1]} compared with {before[0]} to {before[1]}"
    _show(console, *_ask(world, question))
    revenue = _figures(world, question)
    without = _revenue_without_the_change(*after)
    console.print(f"\n[bold]Expected[/]  {expected}")
    console.print(f"[bold]Came[/]      {_money(revenue['Revenue'] - without)} revenue in {OBSERVED_DAYS} days")
    for line in (
        f"against {_money(without, sign=False)} of the same market left alone: an emulated one can be played twice.",
        f"Month against month says {_money(revenue['Revenue change'])}, which is no effect: other things moved too.",
    ):
        console.print(f"          {line}", style="dim")


def _figures(world: World, question: str) -> dict[str, float]:
    """The answer's money facts by their label, the newer period first, from the same question on the command line."""
    told = json.loads(world.budgeteer("ask", question, "--as-of", _today(world).isoformat(), "--json"))
    return {fact["label"]: fact["value"] for fact in reversed(told["facts"]) if fact["unit"] == "money"}


def _revenue_without_the_change(start: date, end: date) -> float:
    """What the market of ``emulators.__main__`` brings where nobody touches it."""
    untouched = Market()
    untouched.advance(OBSERVED_DAYS + LATE_DAYS)
    return sum(row.revenue for row in untouched.rows(start, end))


def _money(amount: float, *, sign: bool = True) -> str:
    shown = f"€{abs(amount):,.0f}"
    return f"{'-' if amount < 0 else '+'}{shown}" if sign else shown


def _ask(world: World, question: str) -> tuple[Message, Message]:
    """Mention the bot in the channel; the question, and the answer in its thread."""
    asked = world.slack.mention(CHANNEL, ANA, question)
    answer = world.slack.wait_for(CHANNEL, lambda m: "bot_id" in m, thread_ts=asked["ts"])
    return asked, answer


def _is_card(message: Message) -> bool:
    return "bot_id" in message and any(b["type"] == "header" for b in message.get("blocks", []))


def _field(card: Message, name: str) -> str:
    """The value of one field of a card, as a person reads it."""
    line = next(line for line in card["text"].splitlines() if line.startswith(f"{name}:"))
    return str(line).removeprefix(f"{name}:").strip()


def _today(world: World) -> date:
    return date.fromisoformat(world.market("clock")["today"])


def _command(world: World, console: Console, *args: str) -> None:
    console.print(f"\n[dim]$[/] budgeteer {' '.join(a if ' ' not in a else repr(a) for a in args)}", soft_wrap=True)
    console.print(world.budgeteer(*args).rstrip(), markup=False, soft_wrap=True)


def _show(console: Console, *messages: Message) -> None:
    for message in messages:
        terminal.show(message, PEOPLE, console)


def _scene(console: Console, title: str) -> None:
    console.print()
    console.rule(f"[bold]{title}[/]", align="left")
