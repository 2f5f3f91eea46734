"""Users and accounts that were erased."""

from chassis.migrations import execute_script
from chassis.tables import ERASURE_V1

revision = "0008"
down_revision = "0007"

OWN = """
alter table public.app_user add column erased_at timestamptz;
alter table public.account add column erase_after timestamptz, add column retention text, add column erased_at timestamptz;

-- No sample of who people are is kept for the planner.
alter table public.account alter column name set statistics 0;
alter table public.app_user alter column email set statistics 0, alter column name set statistics 0,
    alter column initials set statistics 0, alter column sort_key set statistics 0,
    alter column password_hash set statistics 0;
alter table public.service_account alter column name set statistics 0, alter column description set statistics 0,
    alter column sort_key set statistics 0;
alter table public.sign_up alter column organisation set statistics 0, alter column name set statistics 0,
    alter column password_hash set statistics 0;
alter table public.mail_request alter column email set statistics 0;
"""


def upgrade() -> None:
    for script in (ERASURE_V1, OWN):
        execute_script(script)


def downgrade() -> None:
    raise NotImplementedError("Migrations go forward; restore a backup to go back.")
