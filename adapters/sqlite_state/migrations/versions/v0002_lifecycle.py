"""Restarts by policy, and whether an attempt's end was dealt with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; what is there counts as never restarted, and its end as not dealt with."""
    op.add_column("containers", _number("restart_count"))
    op.add_column("containers", _number("restarts_in_row"))
    op.add_column("containers", sa.Column("restart_at", sa.String()))
    op.add_column("attempts", sa.Column("ended", sa.Boolean(), nullable=False, server_default="0"))


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False, server_default="0")


def downgrade() -> None:
    """Drop the columns."""
    op.drop_column("attempts", "ended")
    for name in ("restart_at", "restarts_in_row", "restart_count"):
        op.drop_column("containers", name)
