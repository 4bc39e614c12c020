"""the sealed bundle of every issued statement, in the chain of its contract"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _text() -> sa.String:
    return sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "statement_bundle",
        sa.Column("contract", _text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("month", _text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("manifest_sha256", _text(), nullable=False),
        sa.Column("previous_sha256", _text(), nullable=True),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["contract"], ["contract.code"]),
        sa.PrimaryKeyConstraint("contract", "number"),
        sa.UniqueConstraint("contract", "month", "version"),
    )


def downgrade() -> None:
    op.drop_table("statement_bundle")
