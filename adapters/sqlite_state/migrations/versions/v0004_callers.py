"""Who caused events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; of what is there nobody knows."""
    for name in ("uid", "pid"):
        op.add_column("events", sa.Column(name, sa.Integer()))


def downgrade() -> None:
    """Drop the columns."""
    for name in ("pid", "uid"):
        op.drop_column("events", name)
