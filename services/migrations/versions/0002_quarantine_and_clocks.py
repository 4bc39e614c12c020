"""quarantine, terms of single channels, zones of clocks"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _text(length: int | None = None) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def _figures() -> list[sa.Column[object]]:
    return [
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.Double(), nullable=False),
        sa.Column("after", sa.Double(), nullable=False),
        sa.Column("reading", sa.Double(), nullable=True),
    ]


def upgrade() -> None:
    with op.batch_alter_table("meter") as batch_op:
        batch_op.add_column(sa.Column("time_zone", _text(64), nullable=True))
    with op.batch_alter_table("meter_ledger") as batch_op:
        batch_op.add_column(sa.Column("rated_kw", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("channels", sa.JSON(), nullable=False, server_default="{}"))
    op.create_table(
        "quarantine_case",
        sa.Column("meter", _text(64), nullable=False),
        sa.Column("channel", _text(64), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", _text(16), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        *_figures(),
        sa.Column("code", _text(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("state", _text(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["meter"], ["meter.code"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("meter", "channel", "at_ms", "kind"),
    )
    op.create_index("ix_quarantine_case_state", "quarantine_case", ["state", "at_ms"])
    op.create_table(
        "quarantine_decision",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("meter", _text(64), nullable=False),
        sa.Column("channel", _text(64), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        *_figures(),
        sa.Column("verdict", _text(), nullable=False),
        sa.Column("amount", sa.Double(), nullable=True),
        sa.Column("by", _text(), nullable=False),
        sa.Column("reason", _text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("followed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["meter"], ["meter.code"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("ix_quarantine_decision_case", "quarantine_decision", ["meter", "channel", "at_ms"])
    op.create_index("ix_quarantine_decision_followed", "quarantine_decision", ["followed"])
    op.execute("UPDATE meter SET revision = revision + 1")  # what was set aside before becomes cases, too


def downgrade() -> None:
    op.drop_table("quarantine_decision")
    op.drop_table("quarantine_case")
    with op.batch_alter_table("meter_ledger") as batch_op:
        batch_op.drop_column("channels")
        batch_op.drop_column("rated_kw")
    with op.batch_alter_table("meter") as batch_op:
        batch_op.drop_column("time_zone")
