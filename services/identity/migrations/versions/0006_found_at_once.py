"""Indexes for what is ended, spent or forgotten together."""

from chassis.migrations import execute_script

revision = "0006"
down_revision = "0005"

OWN = """
-- Without these each session that is forgotten has all codes looked through, and each reset all browsers.
create index authorization_code_by_session on public.authorization_code (session_id);
create index browser_by_user on public.browser (user_id) where ended_at is null;
create index service_session_by_secret on public.service_session (secret_id);
-- Also what is spent counts for how often somebody was mailed.
create index mail_request_to_user on public.mail_request (user_id, asked_at) where user_id is not null;
drop index public.mail_request_by_user;
"""


def upgrade() -> None:
    execute_script(OWN)


def downgrade() -> None:
    raise NotImplementedError("Migrations go forward; restore a backup to go back.")
