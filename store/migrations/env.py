"""Alembic's entry: runs on the connection that ``store.migrate`` passes in."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from store.tables import Base, UtcDateTime


def _render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Migrations name plain SQL types, so that they outlive changes to ours."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, render_item=_render_item)
context.run_migrations()
