"""A small account to approve changes on, and recommendations for it. Shared by the tests of store, activation, jobs."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from domain.evidence import Fact
from domain.money import Money
from domain.policy import Limits
from domain.ratio import Ratio
from domain.recommendation import Alternative, Change, Field, Range, Recommendation
from domain.window import Window
from store import recommendations
from store.approvals import add_approver, open_approval
from store.engine import write
from store.tables import Account, BidTarget, Budget, Campaign, DailyMetric, ImportRun

NOW = datetime(2026, 3, 4, 10, 42, tzinfo=UTC)
LIMITS = Limits()
CUSTOMER = "123"
ENTITIES = ("b1", "b2", "b3")
SPEND = 1_000_000_000  # micros a day in the whole account: an envelope of 200 a day


def seed(engine: Engine, *, approvers: Sequence[str] = ("Ana", "Ben"), entities: Sequence[str] = ENTITIES) -> int:
    """An account with a week of spend, a budget of 200 a day for each entity, and its approvers."""
    with write(engine) as session:
        account = Account(
            platform="google_ads", name="Acme EU", external_id=CUSTOMER, currency="EUR", timezone="UTC",
            origin="api", created_at=NOW,
        )  # fmt: skip
        session.add(account)
        session.flush()
        run = ImportRun(account_id=account.id, source="api", at=NOW, complete=True, summary={})
        campaign = Campaign(account_id=account.id, name="Brand", external_id="9")
        session.add_all([run, campaign])
        session.flush()
        session.add_all(_spend(account.id, campaign.id, run.id))
        session.add_all(_budget(account.id, entity) for entity in entities)
        session.flush()
        for user in approvers:
            add_approver(session, account_id=account.id, user=user, by="setup", now=NOW)
        return account.id


def _spend(account_id: int, campaign_id: int, run_id: int) -> list[DailyMetric]:
    return [
        DailyMetric(
            campaign_id=campaign_id, level="campaign", day=date(2026, 3, 4) - timedelta(days=back), breakdown="",
            account_id=account_id, spend_micros=SPEND, impressions=1, clicks=1, conversions=1.0, revenue=1.0,
            run_id=run_id,
        )
        for back in range(1, 8)
    ]  # fmt: skip


def _budget(account_id: int, entity: str) -> Budget:
    return Budget(
        account_id=account_id, entity=entity, name=f"Budget {entity}", campaigns=[["9", "Brand"]],
        daily_micros=200_000_000, period="DAILY", shared=False, enabled=True, learning=False,
        billable_unit_micros=10_000, bid_strategy=None, lost_impression_share_budget=None, observed_at=NOW,
    )  # fmt: skip


def change(entity: str = "b1", before: str = "200", after: str = "240") -> Change:
    return Change(
        "google_ads", CUSTOMER, entity, f"Budget {entity}", "daily_budget",
        Money(Decimal(before), "EUR"), Money(Decimal(after), "EUR"), NOW, ("Brand",),
    )  # fmt: skip


def target(
    entity: str = "t1", before: str = "30", after: str = "27.5", affects: tuple[str, ...] = ("Brand",)
) -> Change:
    """A change of a target CPA, or of a target ROAS where the entity is named ``r...``."""
    sides = [Ratio(Decimal(v)) if entity.startswith("r") else Money(Decimal(v), "EUR") for v in (before, after)]
    field: Field = "target_roas" if entity.startswith("r") else "target_cpa"
    return Change("google_ads", CUSTOMER, entity, f"Bid {entity}", field, sides[0], sides[1], NOW, affects)


def bids(engine: Engine, account_id: int, entities: Sequence[str] = ("t1", "t2", "r1", "p1")) -> None:
    """Target CPAs of 30 and a target ROAS of 4 as they were read from the platform."""
    with write(engine) as session:
        for entity in entities:
            roas, pooled = entity.startswith("r"), entity.startswith("p")
            campaigns = [["9", "Brand"], ["10", "Unseen"]] if pooled else [["9", "Brand"]]
            session.add(
                BidTarget(
                    account_id=account_id,
                    entity=entity,
                    name=f"Bid {entity}",
                    campaigns=campaigns,
                    strategy="TARGET_ROAS" if roas else "TARGET_CPA",
                    target_cpa_micros=None if roas else 30_000_000,
                    target_roas_micros=4_000_000 if roas else None,
                    shared=pooled,
                    enabled=True,
                    learning=False,
                    unit_micros=10_000,
                    why_not=None,
                    lost_to_budget=None,
                    lost_to_rank=None,
                    observed_at=NOW,
                )
            )  # fmt: skip


def recommendation(
    account_id: int, *changes: Change, rec_id: str | None = None, revision: int = 1, tier: int = 2, hours: float = 24
) -> Recommendation:
    window = Window(date(2026, 2, 1), date(2026, 2, 28))
    gain = Range(Decimal(900), Decimal(1400), Decimal(1900), "money", "EUR", 0.95, 30)
    return Recommendation(
        id=rec_id or uuid.uuid4().hex,
        revision=revision,
        account_id=account_id,
        title="Raise Brand",
        summary="Brand earns more than it costs at the margin.",
        changes=changes or (change(),),
        why=(Fact("f1", "ROAS", Decimal("3.1"), "ratio", None, "Brand", window, "google_ads", "revenue / spend"),),
        expected=gain,
        chance_worse=0.12,
        confidence="medium",
        risks=("Costs may rise first.",),
        alternatives=(Alternative("Do nothing", "Keep today's budgets.", None), Alternative("Half", "220", gain)),
        tier=tier,
        requested_by="Rita",
        created_at=NOW,
        expires_at=NOW + timedelta(hours=hours),
    )


def opened(engine: Engine, rec: Recommendation, *, quorum: int = 1, edited_by: Sequence[str] = ()) -> str:
    """Keep a recommendation and put it before its approvers; the approval's id."""
    with write(engine) as session:
        return opened_in(session, rec, quorum=quorum, edited_by=edited_by)


def opened_in(session: Session, rec: Recommendation, *, quorum: int = 1, edited_by: Sequence[str] = ()) -> str:
    recommendations.add(session, rec, {"edited_by": list(edited_by)})
    return open_approval(session, rec, quorum=quorum, channel="C1", now=NOW).approval_id
