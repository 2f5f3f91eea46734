"""What was erased, and no samples of what people wrote."""

from access.tables import PROJECTION_V3
from chassis.migrations import execute_script
from chassis.tables import ERASURE_V1

revision = "0005"
down_revision = "0004"

OWN = """
alter table public.level alter column names set statistics 0;
alter table public.dossier_grant alter column purpose set statistics 0, alter column consent_reference set statistics 0;
"""


def upgrade() -> None:
    for script in (ERASURE_V1, PROJECTION_V3, OWN):
        execute_script(script)


def downgrade() -> None:
    raise NotImplementedError("Migrations go forward; restore a backup to go back.")
