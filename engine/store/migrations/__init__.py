"""Alembic's migrations, run by `engine.store.migrate` alone."""
