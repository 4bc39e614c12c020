"""wordings of adjustments, and who approved which"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def _text() -> sa.String:
    return sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "adjustment_wording",
        sa.Column("contract", _text(), nullable=False),
        sa.Column("code", _text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("content_sha256", _text(), nullable=False),
        sa.Column("by", _text(), nullable=False),
        sa.Column("role", _text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["contract"], ["contract.code"]),
        sa.PrimaryKeyConstraint("contract", "code", "number"),
    )
    op.create_table(
        "adjustment_approval",
        sa.Column("contract", _text(), nullable=False),
        sa.Column("code", _text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("side", _text(), nullable=False),
        sa.Column("by", _text(), nullable=False),
        sa.Column("role", _text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content_sha256", _text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract", "code", "number"],
            ["adjustment_wording.contract", "adjustment_wording.code", "adjustment_wording.number"],
        ),
        sa.PrimaryKeyConstraint("contract", "code", "number", "side"),
    )


def downgrade() -> None:
    op.drop_table("adjustment_approval")
    op.drop_table("adjustment_wording")
