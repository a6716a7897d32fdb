"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make all tables."""
    _containers()
    _attempts()
    _ports()
    _volumes()
    op.create_table(
        "settings",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_settings"),
    )


def _containers() -> None:
    op.create_table(
        "containers",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("spec", sa.JSON(), nullable=False),
        sa.Column("process", sa.JSON(), nullable=False),
        sa.Column("image_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.Column("stopped_by_user", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_containers"),
        sa.UniqueConstraint("name", name="uq_containers_name"),
    )


def _attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("container_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sandbox_id", sa.String(), nullable=False),
        sa.Column("runtime_id", sa.String(), nullable=False),
        sa.Column("log_path", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("container_id", "number", name="pk_attempts"),
        _of_container("attempts"),
    )


def _ports() -> None:
    op.create_table(
        "ports",
        sa.Column("container_id", sa.String(), nullable=False),
        sa.Column("host_address", sa.String(), nullable=False),
        sa.Column("host_port", sa.Integer(), nullable=False),
        sa.Column("protocol", sa.String(), nullable=False),
        sa.Column("container_port", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "container_id", "host_address", "host_port", "protocol", "container_port", name="pk_ports"
        ),
        _of_container("ports"),
    )


def _volumes() -> None:
    op.create_table(
        "volumes",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_volumes"),
    )
    op.create_table(
        "volume_uses",
        sa.Column("container_id", sa.String(), nullable=False),
        sa.Column("volume_name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("container_id", "volume_name", name="pk_volume_uses"),
        _of_container("volume_uses"),
        sa.ForeignKeyConstraint(
            ["volume_name"],
            ["volumes.name"],
            name="fk_volume_uses_volume_name_volumes",
            ondelete="RESTRICT",
        ),
    )


def _of_container(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["container_id"],
        ["containers.id"],
        name=f"fk_{table}_container_id_containers",
        ondelete="CASCADE",
    )


def downgrade() -> None:
    """Drop all tables, the ones that refer to others first."""
    for table in ("settings", "volume_uses", "volumes", "ports", "attempts", "containers"):
        op.drop_table(table)
