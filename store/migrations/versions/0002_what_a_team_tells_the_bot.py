"""What a team tells the bot: orders, plan, labels, calendar, sources; files it drops, digests it wants."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "channel_settings",
        sa.Column("channel", sa.String(length=100), nullable=False),
        sa.Column("digest", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("hour", sa.Integer(), nullable=True),
        sa.Column("timezone", sa.String(length=64), nullable=True),
        sa.Column("weekdays_only", sa.Boolean(), server_default="1", nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("updated_by", sa.String(length=100), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_channel_settings")),
    )
    op.create_table(
        "calendar_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("added_by", sa.String(length=100), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind in ('promotion', 'holiday', 'freeze', 'tracking', 'event')", name=op.f("ck_calendar_events_kind")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_calendar_events_account_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_events")),
    )
    op.create_index("ix_calendar_events_days", "calendar_events", ["start", "end"], unique=False)
    op.create_table(
        "label_rules",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("value", sa.String(length=100), nullable=False),
        sa.Column("pattern", sa.String(length=300), nullable=False),
        sa.Column("priority", sa.Integer(), server_default="0", nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=100), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status in ('proposed', 'confirmed', 'rejected')", name=op.f("ck_label_rules_status")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_label_rules_account_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_rules")),
        sa.UniqueConstraint(
            "account_id", "key", "value", "pattern", name=op.f("uq_label_rules_account_id_key_value_pattern")
        ),
    )
    op.create_table(
        "campaign_labels",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("value", sa.String(length=100), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("set_by", sa.String(length=100), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_campaign_labels_account_id_accounts")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_campaign_labels_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "key", name=op.f("pk_campaign_labels")),
    )
    op.create_table(
        "file_drops",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("user", sa.String(length=100), nullable=False),
        sa.Column("channel", sa.String(length=100), nullable=False),
        sa.Column("thread_ts", sa.String(length=40), nullable=False),
        sa.Column("message_ts", sa.String(length=40), nullable=True),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("reading", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["import_runs.id"], name=op.f("fk_file_drops_run_id_import_runs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file_drops")),
    )
    op.create_table(
        "order_revisions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.String(length=100), nullable=False),
        sa.Column("old", sa.JSON(), nullable=False),
        sa.Column("written_by_run", sa.Integer(), nullable=False),
        sa.Column("replaced_by_run", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_order_revisions_account_id_accounts")),
        sa.ForeignKeyConstraint(
            ["replaced_by_run"], ["import_runs.id"], name=op.f("fk_order_revisions_replaced_by_run_import_runs")
        ),
        sa.ForeignKeyConstraint(
            ["written_by_run"], ["import_runs.id"], name=op.f("fk_order_revisions_written_by_run_import_runs")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_revisions")),
    )
    op.create_index(op.f("ix_order_revisions_order_id"), "order_revisions", ["order_id"], unique=False)
    op.create_table(
        "orders",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.String(length=100), nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("customer", sa.String(length=64), nullable=True),
        sa.Column("gross_micros", sa.BigInteger(), nullable=False),
        sa.Column("refunds_micros", sa.BigInteger(), nullable=True),
        sa.Column("tax_micros", sa.BigInteger(), nullable=True),
        sa.Column("shipping_micros", sa.BigInteger(), nullable=True),
        sa.Column("category", sa.String(length=200), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("source", sa.String(length=200), nullable=True),
        sa.Column("consent", sa.Boolean(), nullable=True),
        sa.Column("cancelled", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_orders_account_id_accounts")),
        sa.ForeignKeyConstraint(["run_id"], ["import_runs.id"], name=op.f("fk_orders_run_id_import_runs")),
        sa.PrimaryKeyConstraint("account_id", "order_id", name=op.f("pk_orders")),
    )
    op.create_index("ix_orders_account_day", "orders", ["account_id", "day"], unique=False)
    op.create_index(op.f("ix_orders_customer"), "orders", ["customer"], unique=False)
    op.create_index(op.f("ix_orders_run_id"), "orders", ["run_id"], unique=False)
    op.create_table(
        "plan_lines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("pool", sa.String(length=200), nullable=False),
        sa.Column("campaign", sa.String(length=500), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("budget_micros", sa.BigInteger(), nullable=True),
        sa.Column("target_roas", sa.Double(), nullable=True),
        sa.Column("target_cpa_micros", sa.BigInteger(), nullable=True),
        sa.Column("margin", sa.Double(), nullable=True),
        sa.Column("floor", sa.Double(), nullable=True),
        sa.Column("locked", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_plan_lines_account_id_accounts")),
        sa.ForeignKeyConstraint(["run_id"], ["import_runs.id"], name=op.f("fk_plan_lines_run_id_import_runs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_lines")),
        sa.UniqueConstraint(
            "account_id",
            "month",
            "pool",
            "campaign",
            "label",
            name=op.f("uq_plan_lines_account_id_month_pool_campaign_label"),
        ),
    )
    op.create_index(op.f("ix_plan_lines_run_id"), "plan_lines", ["run_id"], unique=False)
    op.create_table(
        "sources",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("every_hours", sa.Integer(), nullable=False),
        sa.Column("added_by", sa.String(length=100), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("content_sha256", sa.String(length=64), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["import_runs.id"], name=op.f("fk_sources_run_id_import_runs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sources")),
        sa.UniqueConstraint("name", name=op.f("uq_sources_name")),
    )
    op.create_table(
        "suppressions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("entity", sa.String(length=200), nullable=False),
        sa.Column("direction", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("approval_id", sa.String(length=32), nullable=False),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_suppressions_account_id_accounts")),
        sa.ForeignKeyConstraint(["approval_id"], ["approvals.id"], name=op.f("fk_suppressions_approval_id_approvals")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppressions")),
    )
    op.create_index(op.f("ix_suppressions_account_id"), "suppressions", ["account_id"], unique=False)
    op.add_column("accounts", sa.Column("kind", sa.String(length=20), server_default="ads", nullable=False))
    op.add_column("accounts", sa.Column("week_start", sa.Integer(), nullable=True))
    op.add_column("accounts", sa.Column("country", sa.String(length=2), nullable=True))
    op.add_column("approvals", sa.Column("undoes", sa.String(length=32), nullable=True))
    op.add_column("approvals", sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("approvers", sa.Column("external", sa.Boolean(), server_default="0", nullable=False))
    op.create_index(op.f("ix_approvals_undoes"), "approvals", ["undoes"], unique=False)
    op.add_column("import_runs", sa.Column("kind", sa.String(length=20), server_default="daily", nullable=False))
    op.add_column("import_runs", sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("import_runs", sa.Column("undone_by", sa.String(length=100), nullable=True))


def downgrade() -> None:
    op.drop_column("import_runs", "undone_by")
    op.drop_column("import_runs", "undone_at")
    op.drop_column("import_runs", "kind")
    op.drop_index(op.f("ix_approvals_undoes"), table_name="approvals")
    op.drop_column("approvers", "external")
    op.drop_column("approvals", "reminded_at")
    op.drop_column("approvals", "undoes")
    op.drop_column("accounts", "country")
    op.drop_column("accounts", "week_start")
    op.drop_column("accounts", "kind")
    op.drop_index(op.f("ix_suppressions_account_id"), table_name="suppressions")
    op.drop_table("suppressions")
    op.drop_table("sources")
    op.drop_index(op.f("ix_plan_lines_run_id"), table_name="plan_lines")
    op.drop_table("plan_lines")
    op.drop_index(op.f("ix_orders_run_id"), table_name="orders")
    op.drop_index(op.f("ix_orders_customer"), table_name="orders")
    op.drop_index("ix_orders_account_day", table_name="orders")
    op.drop_table("orders")
    op.drop_index(op.f("ix_order_revisions_order_id"), table_name="order_revisions")
    op.drop_table("order_revisions")
    op.drop_table("file_drops")
    op.drop_table("campaign_labels")
    op.drop_table("label_rules")
    op.drop_index("ix_calendar_events_days", table_name="calendar_events")
    op.drop_table("calendar_events")
    op.drop_table("channel_settings")
