"""Campaigns: where rows from a file (by name) and rows from the API (by id) meet."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.errors import BadInput
from store.tables import Campaign

MAX_NAME = 500


def campaign_ids(
    session: Session, account_id: int, wanted: Collection[tuple[str, str | None]]
) -> dict[tuple[str, str | None], int]:
    """Store ids of (name, platform's id or None); what is new is created, what was renamed is renamed.

    A name meets the stored campaign of that name; a platform's id meets the campaign of that id, else
    the one of that name that has no id yet. Where a platform has two campaigns of one name (one is
    removed), the later one's stored name carries its id in brackets.
    """
    stored = list(session.scalars(select(Campaign).where(Campaign.account_id == account_id)))
    by_name = {c.name: c for c in stored}
    by_id = {c.external_id: c for c in stored if c.external_id is not None}
    found: dict[tuple[str, str | None], Campaign] = {}
    for name, external_id in sorted(wanted, key=lambda pair: (pair[1] or "", pair[0])):
        if not name or len(name) > MAX_NAME:
            raise BadInput(f"campaign name {name[:40]!r}: use 1 to {MAX_NAME} characters")
        campaign = by_id.get(external_id) if external_id is not None else by_name.get(name)
        if campaign is None:
            campaign = _adopt_or_create(session, account_id, name, external_id, by_name)
            if external_id is not None:
                by_id[external_id] = campaign
        elif campaign.name != name and name not in by_name:
            by_name[name] = by_name.pop(campaign.name)
            campaign.name = name
        found[name, external_id] = campaign
    session.flush()
    return {pair: campaign.id for pair, campaign in found.items()}


def _adopt_or_create(
    session: Session, account_id: int, name: str, external_id: str | None, by_name: dict[str, Campaign]
) -> Campaign:
    namesake = by_name.get(name)
    if namesake is not None and namesake.external_id is None:
        namesake.external_id = external_id
        return namesake
    stored_name = name if namesake is None else f"{name[: MAX_NAME - 110]} ({external_id})"
    campaign = Campaign(account_id=account_id, name=stored_name, external_id=external_id)
    session.add(campaign)
    by_name[stored_name] = campaign
    return campaign
