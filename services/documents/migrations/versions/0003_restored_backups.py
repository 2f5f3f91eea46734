"""When backups were restored: what was heard of the time before is mailed to nobody by itself."""

from chassis.migrations import execute_script

revision = "0003"
down_revision = "0002"

RESTORATION = """
create table public.restoration (at timestamptz primary key);
"""


def upgrade() -> None:
    execute_script(RESTORATION)


def downgrade() -> None:
    raise NotImplementedError("Migrations go forward; restore a backup to go back.")
