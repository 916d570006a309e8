"""What a campaign's days share besides spend and weekday, and what else tells of its response.

Holidays and marked days of the calendar stand beside spend as controls; experiments calibrate; labels say who is whose
sibling.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from domain.scope import Scope
from domain.window import Window
from store import calendar, lift_results
from store.labels import labels_of
from store.lift_results import Found
from store.series import CampaignDay
from store.tables import Account
from tools.labels import quoted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from analytics.response import Experiment

MIX = "a media mix by channel can use it"
KINDS: tuple[str, ...] = ("holiday", "promotion", "event")
SIBLING_KEYS = ("brand", "funnel")
"""Labels that must be alike for one campaign to lend another its response."""


@dataclass(frozen=True, slots=True)
class Beside:
    """``marked`` are the days of each kind; ``experiments`` those on campaigns of the account that count; ``kin`` names
    the group of each campaign by name."""

    marked: Mapping[str, frozenset[date]] = field(default_factory=dict)
    experiments: tuple[Found, ...] = ()
    kin: Mapping[str, str] = field(default_factory=dict)

    def columns(self, days: Sequence[date]) -> NDArray[np.float64]:
        """1 on the days of each kind, ``(days, kinds)``."""
        import numpy as np

        return np.array([[float(day in own) for own in self.marked.values()] for day in days]).reshape(len(days), -1)

    def group(self, campaigns: Sequence[str]) -> str | None:
        """The group of a lever, None where its campaigns are of several."""
        groups = {self.kin.get(name, "") for name in campaigns}
        return groups.pop() if len(groups) == 1 else None

    def of(self, campaigns: Sequence[str], outcome: str, window: Window) -> list[Experiment]:
        """The experiments on these campaigns, of this outcome, whose days all lie in ``window``."""
        from analytics.response import Experiment

        return [
            Experiment(
                f.name, f.first_day.toordinal(), f.last_day.toordinal(), float(f.spend), f.incremental, f.low, f.high,
                f.level,
            )
            for f in self.experiments
            if f.campaigns and set(f.campaigns) <= set(campaigns) and f.outcome == outcome
            and window.start <= f.first_day and f.last_day <= window.end
        ]  # fmt: skip

    def left_out(
        self, owners: Sequence[Sequence[str]], asked: Collection[str], outcome: str, window: Window
    ) -> list[str]:
        """The experiments on ``asked`` campaigns that calibrate no curve, and why; ``owners`` are the campaigns of each
        budget that has one."""
        return [
            f"{quoted(f.name)}: {why}"
            for f in self.experiments
            if (not f.campaigns or set(f.campaigns) & set(asked))
            and (why := why_unused(f.campaigns, f.outcome, f.first_day, f.last_day, owners, outcome, window))
        ]


def why_unused(
    campaigns: Sequence[str], outcome: str, first: date, last: date, owners: Sequence[Sequence[str]], of: str,
    window: Window,
) -> str:  # fmt: skip
    """Why a result calibrates no curve of ``of`` that is learned from ``window``; "" where it does."""
    if outcome != of:
        return f"it is of {outcome}, the curves are of {of}"
    if not campaigns:
        return f"it is of the whole account, a curve is of one budget; {MIX}"
    if not any(set(campaigns) <= set(own) for own in owners):
        return f"it is of campaigns of several budgets at once, a curve is of one; {MIX}"
    if first < window.start or last > window.end:
        return f"its days lie outside those that curves are learned from, {window.start} to {window.end}"
    return ""


def beside(session: Session, scope: Scope, account: Account, rows: Sequence[CampaignDay], window: Window) -> Beside:
    """What the store knows of the account's days and campaigns besides their figures."""
    own = Scope(tuple(a for a in scope.account_ids if a == account.id))
    events = calendar.events(session, own, window.start, window.end, KINDS)
    marked = {kind: frozenset(calendar.days_of([e for e in events if e.kind == kind])) for kind in KINDS}
    labels = labels_of(session, own)
    kin = {r.name: "/".join(labels.get(r.campaign_id, {}).get(key, "") for key in SIBLING_KEYS) for r in rows}
    return Beside({kind: days for kind, days in marked.items() if days}, tuple(lift_results.results(session, own)), kin)
