"""Alembic revisions of the registry's database; `services.database.migrate` applies them at every start."""
