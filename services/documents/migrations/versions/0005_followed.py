"""Up to when a backup follows this database."""

from chassis.migrations import execute_script
from chassis.tables import BACKUP_V1

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    execute_script(BACKUP_V1)


def downgrade() -> None:
    raise NotImplementedError("Migrations go forward; restore a backup to go back.")
