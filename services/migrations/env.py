"""What Alembic runs: it knows every slice's tables and applies revisions to the configured URL."""

from typing import Literal

from alembic import context

import services.fleet.tables
import services.metering.quarantine_tables
import services.metering.tables
import services.repairs.tables
import services.savings.adjustments.tables
import services.savings.bundle.tables
import services.savings.tables
import services.scheduling  # noqa: F401  (the imports register their tables)
from services.database import Table, open_database, write_alone


def _render_plain(kind: str, column_type: object, _context: object) -> str | Literal[False]:
    """Write our column types as what the database sees, so that a revision never imports the product."""
    if kind == "type" and type(column_type).__module__.startswith("services."):
        names = {"UtcDateTime": "sa.DateTime(timezone=True)", "ExactDecimal": "sa.String(length=40)"}
        return names[type(column_type).__name__]
    return False


engine = open_database(context.config.get_main_option("sqlalchemy.url") or "")
try:
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Table.metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            render_item=_render_plain,
            transactional_ddl=True,
        )
        with context.begin_transaction():
            write_alone(connection)  # programs that start together migrate one after the other
            context.run_migrations()
finally:
    engine.dispose()
