"""The tables. Money is integer micros with its currency; times are UTC; every client row names its account."""

from __future__ import annotations

from store.tables.accounts import Account, Budget, Campaign
from store.tables.answers import AnswerRow
from store.tables.approvals import (
    Approval,
    Approver,
    Attempt,
    AuditEntry,
    AuditHead,
    KillSwitch,
    Operation,
    RecommendationRow,
    Reservation,
    SpendEnvelope,
    Suppression,
    Vote,
)
from store.tables.base import Base, UtcDateTime
from store.tables.decisions import BidTarget, LiftResult, Promise, Scenario
from store.tables.figures import AdDay, DailyMetric, ImportRun, MetricRevision
from store.tables.knowledge import CalendarEvent, CampaignLabel, LabelRule, PlanLine, Source
from store.tables.messages import (
    ChannelBinding,
    ChannelSettings,
    FileDrop,
    InboxMessage,
    JobRun,
    OutboxMessage,
    SeenEvent,
)
from store.tables.orders import Order, OrderRevision
from store.tables.watch import (
    DriftCheck,
    Incident,
    IncidentDay,
    IncidentEvent,
    ModelVersion,
    PlatformChange,
    QuietRule,
)

__all__ = [
    "Account",
    "AdDay",
    "AnswerRow",
    "Approval",
    "Approver",
    "Attempt",
    "AuditEntry",
    "AuditHead",
    "Base",
    "BidTarget",
    "Budget",
    "CalendarEvent",
    "Campaign",
    "CampaignLabel",
    "ChannelBinding",
    "ChannelSettings",
    "DailyMetric",
    "DriftCheck",
    "FileDrop",
    "ImportRun",
    "InboxMessage",
    "Incident",
    "IncidentDay",
    "IncidentEvent",
    "JobRun",
    "KillSwitch",
    "LabelRule",
    "LiftResult",
    "MetricRevision",
    "ModelVersion",
    "Operation",
    "Order",
    "OrderRevision",
    "OutboxMessage",
    "PlanLine",
    "PlatformChange",
    "Promise",
    "QuietRule",
    "RecommendationRow",
    "Reservation",
    "Scenario",
    "SeenEvent",
    "Source",
    "SpendEnvelope",
    "Suppression",
    "UtcDateTime",
    "Vote",
]  # fmt: skip
