"""What was erased, and no samples of what people wrote."""

from access.tables import PROJECTION_V3
from chassis.migrations import execute_script
from chassis.tables import ERASURE_V1

revision = "0004"
down_revision = "0003"

OWN = """
alter table public.file alter column name set statistics 0, alter column digest set statistics 0;
"""


def upgrade() -> None:
    for script in (ERASURE_V1, PROJECTION_V3, OWN):
        execute_script(script)


def downgrade() -> None:
    raise NotImplementedError("Migrations go forward; restore a backup to go back.")
