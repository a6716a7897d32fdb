"""The schema's history, by alembic. A migration that has been released is never changed."""
