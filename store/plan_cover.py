"""Which line of a plan pays for which campaign: the campaign's own, else its label's, else the whole account's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from store.performance import CampaignName
from store.plans import Line, own_pool

Labels = Mapping[int, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Cover:
    """The lines of one month on the campaigns there are, by the campaign's store id.

    ``unclear`` are campaigns that two lines of a label claim, ``empty`` the lines that cover no campaign.
    """

    lines: tuple[Line, ...] = ()
    line_of: Mapping[int, Line] = field(default_factory=dict)
    accounts: Mapping[int, int] = field(default_factory=dict)  # every campaign's account
    unclear: Mapping[int, str] = field(default_factory=dict)
    empty: tuple[Line, ...] = ()

    def pool(self, campaign_id: int) -> str | None:
        """The key of the pool whose money the campaign spends; None where two claim it."""
        if campaign_id in self.unclear:
            return None
        line = self.line_of.get(campaign_id)
        return line.pool_key if line else own_pool(self.accounts[campaign_id])

    def pool_name(self, key: str) -> str:
        """The pool as a person reads it."""
        named = next((line.pool_name for line in self.lines if line.pool_key == key), None)
        return named or "the money that is in no line of the plan"

    def margin(self, campaign_id: int) -> Line | None:
        """The line whose margin holds for the campaign: its own, else the whole account's."""
        own = self.line_of.get(campaign_id)
        whole = next((x for x in self.lines if x.account_id == self.accounts[campaign_id] and _whole(x)), None)
        return next((line for line in (own, whole) if line is not None and line.margin is not None), None)


def cover(month_lines: Sequence[Line], campaigns: Sequence[CampaignName], labels: Labels) -> Cover:
    """Lay the lines of one month over the campaigns. ``labels`` are those that a person confirmed."""
    line_of: dict[int, Line] = {}
    unclear: dict[int, str] = {}
    for campaign in campaigns:
        here = [line for line in month_lines if line.account_id == campaign.account_id]
        own = [line for line in here if line.campaign == campaign.name]
        labelled = [line for line in here if line.label and _carries(labels.get(campaign.id, {}), line.label)]
        chosen = own or labelled or [line for line in here if _whole(line)]
        if len({line.pool_key for line in chosen}) > 1:
            unclear[campaign.id] = " and ".join(sorted(line.covers for line in chosen))
        elif chosen:
            line_of[campaign.id] = chosen[0]
    used = {id(line) for line in line_of.values()}
    return Cover(
        tuple(month_lines), line_of, {c.id: c.account_id for c in campaigns}, unclear,
        tuple(line for line in month_lines if id(line) not in used),
    )  # fmt: skip


def _whole(line: Line) -> bool:
    return not line.campaign and not line.label


def _carries(own: Mapping[str, str], label: str) -> bool:
    key, _, value = label.partition("=")
    return (own.get(key.strip().casefold()) or own.get(key.strip()) or "").casefold() == value.strip().casefold()
