"""Figures of ads and ad sets, as loads said them: the newest load's row of an ad and day counts.

Rows are added and never changed, so that taking a load back is deleting its rows: those before them count again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from sqlalchemy import Select, func, insert, select
from sqlalchemy.orm import Session

from domain.scope import Scope
from store.tables import AdDay, Campaign

FIGURES = ("spend_micros", "impressions", "clicks", "conversions", "revenue")
CHUNK = 5_000


class AdLike(Protocol):
    """What ``load`` reads of a row; ``connectors.files.ads.AdRow`` has it."""

    @property
    def day(self) -> date: ...
    @property
    def campaign(self) -> str: ...
    @property
    def ad_set(self) -> str: ...
    @property
    def ad(self) -> str: ...
    @property
    def spend_micros(self) -> int | None: ...
    @property
    def impressions(self) -> int | None: ...
    @property
    def clicks(self) -> int | None: ...
    @property
    def conversions(self) -> float | None: ...
    @property
    def revenue(self) -> float | None: ...


@dataclass(frozen=True, slots=True)
class AdFigures:
    """One ad, or one ad set (``ad`` is empty), on one day. None is "not said"."""

    account_id: int
    campaign_id: int
    campaign: str
    ad_set: str
    ad: str
    day: date
    spend_micros: int | None
    impressions: int | None
    clicks: int | None
    conversions: float | None
    revenue: float | None
    run_id: int


def load(session: Session, account_id: int, run_id: int, rows: Sequence[AdLike]) -> int:
    """Keep what load ``run_id`` says of ads; how many rows are new or differ from what counted before.

    A figure that this load does not say keeps the value that counted before, as with daily figures.
    """
    if not rows:
        return 0
    ids = _campaign_ids(session, account_id, {row.campaign for row in rows})
    days = [row.day for row in rows]
    known = {
        (r.campaign_id, r.ad_set, r.ad, r.day): r for r in session.scalars(_newest([account_id], min(days), max(days)))
    }
    new = []
    for row in rows:
        key = (ids[row.campaign], row.ad_set, row.ad, row.day)
        before = known.get(key)
        said = {f: getattr(row, f) for f in FIGURES}
        if before is not None:
            said = {f: getattr(before, f) if v is None else v for f, v in said.items()}
            if all(getattr(before, f) == v for f, v in said.items()):
                continue
        names = dict(zip(("campaign_id", "ad_set", "ad", "day"), key, strict=True))
        new.append({"account_id": account_id, **names, **said, "run_id": run_id})
    for start in range(0, len(new), CHUNK):
        session.execute(insert(AdDay), new[start : start + CHUNK])
    return len(new)


def days(
    session: Session, scope: Scope, start: date, end: date, *, campaigns: Collection[int] | None = None
) -> list[AdFigures]:
    """What counts of every ad and ad set from ``start`` to ``end``, both counted; ``campaigns`` by id, None for all."""
    query = _newest(scope.account_ids, start, end)
    if campaigns is not None:
        query = query.where(AdDay.campaign_id.in_(campaigns))
    rows = session.scalars(query).all()
    names = _names(session, {r.campaign_id for r in rows})
    return [
        AdFigures(
            r.account_id, r.campaign_id, names[r.campaign_id], r.ad_set, r.ad, r.day, r.spend_micros, r.impressions,
            r.clicks, r.conversions, r.revenue, r.run_id,
        )
        for r in rows
    ]  # fmt: skip


def any_known(session: Session, scope: Scope) -> bool:
    """Whether any load told of ads or ad sets."""
    return session.scalar(select(AdDay.id).where(AdDay.account_id.in_(scope.account_ids)).limit(1)) is not None


def last_day(session: Session, scope: Scope) -> date | None:
    """The newest day with figures of ads."""
    return session.scalar(select(func.max(AdDay.day)).where(AdDay.account_id.in_(scope.account_ids)))


def _newest(account_ids: Collection[int], start: date, end: date) -> Select[AdDay]:
    order = func.row_number().over(
        partition_by=(AdDay.campaign_id, AdDay.ad_set, AdDay.ad, AdDay.day), order_by=AdDay.run_id.desc()
    )
    ranked = (
        select(AdDay.id, order.label("place"))
        .where(AdDay.account_id.in_(account_ids), AdDay.day.between(start, end))
        .subquery()
    )
    return select(AdDay).join(ranked, ranked.c.id == AdDay.id).where(ranked.c.place == 1).order_by(AdDay.id)


def _campaign_ids(session: Session, account_id: int, names: Collection[str]) -> Mapping[str, int]:
    found: dict[str, int] = {}
    wanted = sorted(names)
    for start in range(0, len(wanted), 500):
        query = select(Campaign.name, Campaign.id).where(
            Campaign.account_id == account_id, Campaign.name.in_(wanted[start : start + 500])
        )
        found.update((name, key) for name, key in session.execute(query))
    return found


def _names(session: Session, ids: Collection[int]) -> Mapping[int, str]:
    found: dict[int, str] = {}
    wanted = sorted(ids)
    for start in range(0, len(wanted), 500):
        query = select(Campaign.id, Campaign.name).where(Campaign.id.in_(wanted[start : start + 500]))
        found.update((key, name) for key, name in session.execute(query))
    return found
