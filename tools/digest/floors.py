"""Campaigns that are worse than their floor, as something to decide."""

from __future__ import annotations

from decimal import Decimal

from domain.evidence import Fact, Unit
from domain.window import Window
from store.performance import AccountDays
from tools.below_floor import Below, Looked, look
from tools.digest import words
from tools.digest.days import named
from tools.digest.model import Decision
from tools.digest.words import w
from tools.figures import Cited
from tools.labels import quoted
from tools.reader import Reader

SOURCE = "the daily figures"


def below(reader: Reader) -> list[tuple[AccountDays, Looked]]:
    """What is worse than its floor, account by account; nothing where no plan names one."""
    context, found = reader.context, []
    for account in reader.selection.accounts:
        looked = look(reader.session, context.scope, account, context.today, context.limits)
        if looked is not None and looked.below:
            found.append((account, looked))
    return found


def decision(b: Below, account: AccountDays, window: Window, cited: Cited) -> Decision:
    """``Shopping of Acme EU: ROAS 1.20 over the mature days to 8 March, worse than its floor of 2.00 ...``."""
    metric = "ROAS" if b.floor.of_roas else "CPA"
    unit: Unit = "ratio" if b.floor.of_roas else "money"
    currency = None if b.floor.of_roas else account.currency
    reason = None if b.value is not None else "undefined: there was no conversion"
    value = Fact("new", metric, b.value, unit, currency, b.campaign, window, SOURCE, "sum over sum", reason)
    floor = Fact(
        "new", f"Floor ({metric})", b.floor.value, unit, currency, b.campaign, window, "the plan", b.floor.says
    )
    sure = Fact(
        "new", "Chance of being truly worse than the floor", Decimal(repr(b.standing.below)), "percent", None,
        b.campaign, window, SOURCE, "from the scatter of the days", form="chance",
    )  # fmt: skip
    said = w(
        "below floor", name=named(account), campaign=quoted(b.campaign), metric=metric, value=cited.cite(value),
        floor=cited.cite(floor), sure=cited.cite(sure), day=words.day(window.end),
    )  # fmt: skip
    return Decision("below_floor", said, w("protect"), question="which campaigns are below their floor")
