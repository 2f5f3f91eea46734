"""Mail, what people want to be mailed about, and files."""

from access.tables import PROJECTION_V1, PROJECTION_V2, REACHES_V1
from chassis.migrations import execute_script
from chassis.tables import MACHINERY_V1, MACHINERY_V2

revision = "0001"
down_revision = None

# Neither a body nor an address is kept here.
MAIL = """
create table public.mail (
    id uuid primary key, purpose text not null, account_id uuid, caused_by uuid, recipient_id uuid, dossier_id uuid,
    grant_id uuid, job_id uuid not null, made_at timestamptz not null, state text not null, attempts integer not null,
    reason text, ended_at timestamptz, version integer not null);
create index mail_by_account on public.mail (account_id, id desc);
create index mail_by_cause on public.mail (caused_by, id desc);
create index mail_by_age on public.mail (made_at);

create table public.mail_preference (user_id uuid primary key, mail_on_share boolean not null);
"""

FILES = """
create table public.file (
    id uuid primary key, dossier_id uuid not null, author_id uuid not null, made_at timestamptz not null,
    name text not null, status text not null, kind text, size integer, digest text, object_id uuid unique,
    removed_by uuid, removed_at timestamptz, version integer not null);
create index file_by_dossier on public.file (dossier_id, id desc);
create index file_awaited on public.file (made_at) where status = 'awaited';
"""

# The second lock: a query that forgot its scope finds nothing, whoever asks; what the policy says is the first.
SECOND_LOCK = """
alter table public.file enable row level security;
alter table public.file force row level security;
create policy reached on public.file for all to documents_api
    using (public.reaches(dossier_id)) with check (public.reaches(dossier_id));

-- Which dossier a file stands in is asked before the policy can be: whoever is refused is written down there.
create policy looked_up on public.file for select to documents_owner using (true);
create function public.dossier_of_file(wanted uuid) returns uuid language sql stable security definer
    set search_path = public as $$ select dossier_id from public.file where id = wanted and status <> 'removed' $$;
"""


def upgrade() -> None:
    for script in (MACHINERY_V1, MACHINERY_V2, PROJECTION_V1, PROJECTION_V2, REACHES_V1, MAIL, FILES, SECOND_LOCK):
        execute_script(script)


def downgrade() -> None:
    raise NotImplementedError("Migrations go forward; restore a backup to go back.")
