"""what happened to each version of a settlement, and what follows from it beside the version"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _text(length: int | None = None) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("settlement") as batch_op:
        batch_op.add_column(sa.Column("data_sha256", _text(), nullable=True))
        batch_op.add_column(sa.Column("figures", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("difference_kwh", sa.String(40), nullable=True))
        batch_op.add_column(sa.Column("disputed_yuan", sa.String(40), nullable=True))
        batch_op.add_column(sa.Column("restated_sha256", _text(), nullable=True))
        batch_op.add_column(sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True))
    events = op.create_table(
        "settlement_event",
        sa.Column("contract", _text(), nullable=False),
        sa.Column("month", _text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", _text(), nullable=False),
        sa.Column("by", _text(), nullable=False),
        sa.Column("role", _text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", _text(), nullable=True),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["contract"], ["contract.code"]),
        sa.PrimaryKeyConstraint("contract", "month", "number"),
    )
    op.bulk_insert(events, _beginnings())


def _beginnings() -> list[dict[str, object]]:
    """The first event of every version there is: it was measured or held, and nobody could say more of it."""
    kept = sa.table(
        "settlement", sa.column("contract"), sa.column("month"), sa.column("version"),
        sa.column("settled_at", sa.DateTime(timezone=True)), sa.column("esco_fee_yuan"),
    )  # fmt: skip
    return [
        {
            "contract": row.contract,
            "month": row.month,
            "number": row.version,
            "version": row.version,
            "kind": "held" if row.esco_fee_yuan is None else "measured",
            "by": "kilowitness",
            "role": "service",
            "at": row.settled_at,
            "reason": None,
            "lines": []
            if row.esco_fee_yuan is None
            else [{"year": None, "yuan": row.esco_fee_yuan, "kwh": None}],
        }
        for row in op.get_bind().execute(sa.select(kept))
    ]


def downgrade() -> None:
    op.drop_table("settlement_event")
    with op.batch_alter_table("settlement") as batch_op:
        for column in ("agreed_at", "restated_sha256", "disputed_yuan", "difference_kwh", "figures"):
            batch_op.drop_column(column)
        batch_op.drop_column("data_sha256")
