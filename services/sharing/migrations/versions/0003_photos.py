"""Which photo a person has."""

from access.tables import PROJECTION_V2
from chassis.migrations import execute_script

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    execute_script(PROJECTION_V2)


def downgrade() -> None:
    raise NotImplementedError("Migrations go forward; restore a backup to go back.")
