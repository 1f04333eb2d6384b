"""What a rule over time fired for, beside its decision."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column empty: no rule over time was judged before."""
    op.add_column("decisions", sa.Column("firing", sa.Text(), nullable=True))
