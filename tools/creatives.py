"""Which ad or ad set should be shown more: a bandit's shares within each ad set or campaign, from an export by ad.

Rewards are conversions per money spent, for which the last days are matured or withheld, or clicks per impression where
conversions are too few to tell ads apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from domain.errors import CannotAnswer
from domain.evidence import Fact, Form, Table, ToolResult, Unit
from domain.formatting import format_chance
from domain.money import from_micros
from domain.window import Window
from store import ads, performance
from store.ads import AdFigures
from tools.arguments import Filters
from tools.base import Tool, ToolContext
from tools.figures import Cited
from tools.labels import quoted, window_label
from tools.maturity import OLD, Maturity, learn
from tools.reader import Reader, answered

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from analytics.bandits import Shares

DAYS = 28
LEAST_CONVERSIONS = 30
LEAST_CLICKS = 30
SHOWN = 3
PER = 100  # money, or impressions
CENTS = 100
DAY = timedelta(days=1)
NO_TEST = (
    "the platform chose who saw which, and shares that follow the outcomes are no A/B test: their rates are no fair "
    "comparison"
)

By = Literal["ad", "ad_set"]
Reward = Literal["conversions", "clicks"]


class CreativesArguments(Filters):
    """Whose ads."""

    by: By | None = Field(default=None, description="ads within each ad set, or ad sets within each campaign")
    reward: Reward | None = Field(
        default=None, description="what counts; by default conversions where there are enough"
    )


@dataclass(frozen=True, slots=True)
class _Group:
    """Ads of one ad set, or ad sets of one campaign, that compete for the same impressions."""

    campaign: str
    ad_set: str
    currency: str
    reward: Reward
    names: tuple[str, ...]
    shares: Shares
    runs: frozenset[int]
    platform: str

    @property
    def per(self) -> str:
        return f"{PER} {self.currency}" if self.reward == "conversions" else f"{PER} impressions"

    @property
    def entity(self) -> str:
        return f"{self.campaign} / {self.ad_set}" if self.ad_set else self.campaign

    @property
    def scale(self) -> int:
        """From a reward a trial (a cent, an impression) to one a hundred."""
        return PER * CENTS if self.reward == "conversions" else PER

    @property
    def order(self) -> list[int]:
        return sorted(range(len(self.names)), key=lambda n: (-self.shares.share[n], self.names[n]))


def run(context: ToolContext, arguments: CreativesArguments) -> ToolResult:
    """The shares within each group, the largest spender first."""
    return answered(context, arguments, _answer)


def _answer(reader: Reader, arguments: CreativesArguments) -> ToolResult:
    scope, yesterday = reader.context.scope, reader.context.today - DAY
    rows = _rows(reader, yesterday)
    by: By = arguments.by or ("ad" if any(r.ad for r in rows) else "ad_set")
    groups, left = _groups(reader, rows, by, arguments.reward, yesterday)
    if not groups:
        raise CannotAnswer(_nothing(rows, by, left))
    sources = performance.sources(reader.session, scope, {run for g in groups for run in g.runs})
    window = Window(yesterday - (DAYS - 1) * DAY, yesterday, reader.context.timezone)
    cited = Cited()
    lines = [_said(g, window, cited, _source(g, sources)) for g in groups[:SHOWN]]
    if len(groups) > SHOWN:
        lines.append("The others are in the table.")
    caveats = [NO_TEST, *left]
    last = max(r.day for r in rows)
    if last < yesterday:
        caveats.append(f"the figures by ad end on {last}")
    counted = f"Counted: {window_label(window)}, ads with figures on those days."
    return reader.result("\n".join([*lines, counted]), cited, [], caveats, _table(groups, by))


def _rows(reader: Reader, yesterday: date) -> list[AdFigures]:
    chosen, without = reader.selection.chosen, reader.selection.without
    found = ads.days(reader.session, reader.context.scope, yesterday - (DAYS - 1) * DAY, yesterday, campaigns=chosen)
    owners = reader.selection.account_ids
    rows = [r for r in found if r.account_id in owners and r.campaign_id not in without]
    if rows:
        return rows
    if not ads.any_known(reader.session, reader.context.scope):
        raise CannotAnswer(
            "no figures by ad are loaded; load an export by ad and day (Meta, TikTok or LinkedIn, with the ad's name)"
        )
    raise CannotAnswer(f"there are no figures by ad of that from {yesterday - (DAYS - 1) * DAY} to {yesterday}")


def _groups(
    reader: Reader, rows: Sequence[AdFigures], by: By, wanted: Reward | None, yesterday: date
) -> tuple[list[_Group], list[str]]:
    """The groups that can be judged, by spend, and what is said of the others."""
    accounts = {a.id: a for a in reader.selection.accounts}
    parts: dict[tuple[int, int, str], list[AdFigures]] = defaultdict(list)
    for row in rows:
        if by == "ad" and row.ad:
            parts[row.account_id, row.campaign_id, row.ad_set].append(row)
        elif by == "ad_set" and row.ad_set:
            parts[row.account_id, row.campaign_id, ""].append(row)
    mature = {
        owner: learn(reader.session, reader.context.scope, owner, reader.context.today)["conversions"]
        for owner in {key[0] for key in parts}
    }
    found: list[tuple[Decimal, _Group]] = []
    owners: list[int] = []
    alone, thin = 0, 0
    for (owner, _campaign, ad_set), own in sorted(parts.items()):
        if len({r.ad if by == "ad" else r.ad_set for r in own}) < 2:
            alone += 1
            continue
        reward = wanted or _reward(own, mature[owner], yesterday)
        shares = _shares(own, by, reward, mature[owner], yesterday) if reward else None
        if reward is None or shares is None:
            thin += 1
            continue
        spent = sum((from_micros(r.spend_micros) for r in own if r.spend_micros), Decimal(0))
        names, judged = shares
        account = accounts[owner]
        group = _Group(
            own[0].campaign, ad_set, account.currency, reward, names, judged, frozenset(r.run_id for r in own),
            account.platform,
        )  # fmt: skip
        found.append((spent, group))
        owners.append(owner)
    said = []
    what = "ads" if by == "ad" else "ad sets"
    if alone:
        said.append(f"{alone} with one of the {what} only: nothing to choose between")
    if thin:
        said.append(f"{thin} with too few clicks or conversions, or spend not stated, to tell their {what} apart")
    judged_by = [(owner, group.reward) for owner, (_, group) in zip(owners, found, strict=True)]
    if late := max((_withheld(mature[owner]) for owner, reward in judged_by if reward == "conversions"), default=0):
        said.append(f"the last {late} days are left out: their conversions still arrive")
    found.sort(key=lambda pair: -pair[0])
    return [group for _, group in found], said


def _reward(rows: Sequence[AdFigures], maturity: Maturity, yesterday: date) -> Reward | None:
    """Conversions where enough of them can be counted and the spend is known, else clicks."""
    counted = [r for r in rows if maturity.share((yesterday - r.day).days)]
    if sum(r.conversions or 0 for r in counted) >= LEAST_CONVERSIONS and all(r.spend_micros is not None for r in rows):
        return "conversions"
    return "clicks" if sum(r.clicks or 0 for r in rows) >= LEAST_CLICKS else None


def _shares(
    rows: Sequence[AdFigures], by: By, reward: Reward, maturity: Maturity, yesterday: date
) -> tuple[tuple[str, ...], Shares] | None:
    """The arms and their shares; None where fewer than two have anything to be judged by."""
    import numpy as np

    from analytics.bandits import mature, thompson

    names = tuple(sorted({r.ad if by == "ad" else r.ad_set for r in rows}))
    place = {name: n for n, name in enumerate(names)}
    trials, rewards = np.zeros((len(names), DAYS)), np.zeros((len(names), DAYS))
    for r in rows:
        trial, brought = (r.spend_micros, r.conversions) if reward == "conversions" else (r.impressions, r.clicks)
        if trial is None or brought is None:
            continue
        at = place[r.ad if by == "ad" else r.ad_set], DAYS - 1 - (yesterday - r.day).days
        trials[at] += trial / 10_000 if reward == "conversions" else trial
        rewards[at] += brought
    arrived = _arrived(maturity) if reward == "conversions" else np.ones(OLD + 1)
    ages = np.minimum(np.arange(DAYS - 1, -1, -1), OLD)
    rewards[:, arrived[ages] == 0] = 0  # not to be judged yet, and so not to be counted
    judged = trials @ arrived[ages] > 0
    if judged.sum() < 2:
        return None
    kept = tuple(name for name, keep in zip(names, judged, strict=True) if keep)
    found = mature(trials[judged], rewards[judged], arrived, rate=reward == "conversions", names=kept)
    floor = min(0.05, 0.5 / len(kept))
    return kept, thompson(found, floor=floor)


def _withheld(maturity: Maturity) -> int:
    """How many of the last days have no conversions that can be judged."""
    return int((_arrived(maturity) == 0).sum())


def _arrived(maturity: Maturity) -> NDArray[np.float64]:
    """The share of conversions that is in by age; 0 where a day is withheld."""
    import numpy as np

    return np.maximum.accumulate(np.array([maturity.share(age) or 0.0 for age in range(OLD + 1)]))


def _said(group: _Group, window: Window, cited: Cited, source: str) -> str:
    first = group.order[0]
    known = group.shares.posterior
    name = group.names[first]

    def cite(label: str, value: float, unit: Unit, how: str, form: Form = "plain") -> str:
        entity = f"{group.entity} / {name}"
        fact = Fact("new", label, Decimal(repr(value)), unit, None, entity, window, source, how, form=form)
        return cited.cite(fact)

    label = f"{group.reward.capitalize()} per {group.per}"
    how = "posterior mean and 95 % interval, late conversions by the share that has arrived (analytics/bandits)"
    rate = [float(v[first]) * group.scale for v in (known.mean, known.low, known.high)]
    mean, low, high = (
        cite(f"{label}{end}", value, "ratio", how) for end, value in zip(("", ", low", ", high"), rate, strict=True)
    )
    best = cite(
        "Chance of being the best", _short_of_sure(known.best[first]), "percent", "exact, over the posteriors", "chance"
    )
    share = cite(
        "Share of the next impressions", float(group.shares.share[first]), "percent", "Thompson sampling with a floor"
    )
    rest = cite("Least share of the others", group.shares.floor, "percent", "the floor, so that none is given up early")
    where = f"{quoted(group.campaign)}, {quoted(group.ad_set)}" if group.ad_set else quoted(group.campaign)
    return (
        f"{where}: {quoted(name)} is the best with a chance of {best}: {mean} {group.reward} per "
        f"{group.per} ({low} to {high}). Give it {share} of the next impressions and the others at least {rest} each."
    )


def _short_of_sure(chance: float) -> float:
    """Figures can make it 1 to the last digit; certain it never is."""
    return min(max(float(chance), 1e-9), 1 - 1e-9)


def _source(group: _Group, sources: Mapping[int, str]) -> str:
    names = sorted({sources.get(run, "unknown") for run in group.runs})
    return f"{group.platform}: {', '.join(names[:3])}"


def _table(groups: Sequence[_Group], by: By) -> Table:
    columns = ("Campaign", *(("Ad set", "Ad") if by == "ad" else ("Ad set",)), "Rate", "Low", "High", "Of", "Best",
               "Share")  # fmt: skip
    rows, shown = [], []
    for g in groups:
        known = g.shares.posterior
        for n in g.order:
            names = (g.campaign, g.ad_set, g.names[n]) if by == "ad" else (g.campaign, g.names[n])
            rate = [float(v[n]) * g.scale for v in (known.mean, known.low, known.high)]
            of = f"{g.reward} per {g.per}"
            rows.append((*names, *rate, of, float(known.best[n]), float(g.shares.share[n])))
            shown.append((
                *(quoted(name) if name else "" for name in names), *(f"{v:.3g}" for v in rate), of,
                format_chance(_short_of_sure(known.best[n])), f"{g.shares.share[n]:.0%}",
            ))  # fmt: skip
    return Table("Shares of the next impressions", columns, tuple(rows), shown=tuple(shown))


def _nothing(rows: Sequence[AdFigures], by: By, left: Sequence[str]) -> str:
    what = "ad" if by == "ad" else "ad set"
    if not any((r.ad if by == "ad" else r.ad_set) for r in rows):
        return f"the export names no {what}s: load one with a column of the {what}'s name"
    return f"no two {what}s can be told apart: {'; '.join(left)}"


TOOL = Tool(
    "creatives",
    "Which ad or ad set to show more, as shares of the next impressions, from exports by ad. Not for campaigns.",
    CreativesArguments,
    run,
)
