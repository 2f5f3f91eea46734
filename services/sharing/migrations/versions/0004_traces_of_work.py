"""Long work belongs to the trace in which it was asked for."""

from chassis.migrations import execute_script
from chassis.tables import MACHINERY_V3

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    execute_script(MACHINERY_V3)


def downgrade() -> None:
    raise NotImplementedError("Migrations go forward; restore a backup to go back.")
