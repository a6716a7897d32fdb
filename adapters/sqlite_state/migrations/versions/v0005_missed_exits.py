"""Ends that the runtime missed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; of what was missed before nobody knows."""
    op.add_column("attempts", sa.Column("exit_code", sa.Integer()))
    op.add_column("attempts", sa.Column("finished_at", sa.String()))


def downgrade() -> None:
    """Drop the columns."""
    for name in ("finished_at", "exit_code"):
        op.drop_column("attempts", name)
