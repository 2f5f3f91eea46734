"""The list of long work."""

from chassis.migrations import execute_script
from chassis.tables import MACHINERY_V2

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    execute_script(MACHINERY_V2)


def downgrade() -> None:
    raise NotImplementedError("Migrations go forward; restore a backup to go back.")
