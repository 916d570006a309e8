"""Answers and their evidence."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    String,
    Text,
)
from sqlalchemy.orm import Mapped, mapped_column

from store.tables.base import Base


class AnswerRow(Base):
    """An answer as it was given, with its facts, so that it can be shown and explained later."""

    __tablename__ = "answers"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    thread: Mapped[str] = mapped_column(String(200), index=True)
    question: Mapped[str] = mapped_column(Text)
    planner: Mapped[str] = mapped_column(String(10))
    payload: Mapped[dict[str, Any]]
    account_ids: Mapped[list[Any]]
    asked_by: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]
    feedback: Mapped[str | None] = mapped_column(String(10))
