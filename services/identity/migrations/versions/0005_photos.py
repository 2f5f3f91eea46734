"""Photos of users."""

from chassis.migrations import execute_script

revision = "0005"
down_revision = "0004"

OWN = """
-- What somebody shows, and what he has sent that is not made yet; the pictures themselves are in the object store.
alter table public.app_user add column photo_id uuid, add column photo_awaited uuid;
create unique index app_user_by_photo on public.app_user (photo_id) where photo_id is not null;
"""


def upgrade() -> None:
    execute_script(OWN)


def downgrade() -> None:
    raise NotImplementedError("Migrations go forward; restore a backup to go back.")
