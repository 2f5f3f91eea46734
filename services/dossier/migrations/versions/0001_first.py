"""Client groups, dossiers, and what is written in them."""

from access.tables import PROJECTION_V1, REACHES_V1
from chassis.migrations import execute_script
from chassis.tables import MACHINERY_V1

revision = "0001"
down_revision = None

SHIPPED = """
create table projection.access_log_shipped (
    id uuid primary key, at timestamptz not null, service text not null, actor_id uuid not null,
    account_id uuid not null, client text not null, on_behalf_of uuid, subject_id uuid, action text not null,
    outcome text not null, reasons jsonb not null, emergency boolean not null);
create index access_log_shipped_by_subject on projection.access_log_shipped (subject_id, at);
"""

GROUPS = """
create table public.client_group (
    id uuid primary key, account_id uuid not null, name text not null, name_key text not null, status text not null,
    version integer not null);
create unique index client_group_name on public.client_group (account_id, name_key) where status = 'open';

create table public.access_to_group (
    id uuid primary key, group_id uuid not null references public.client_group, account_id uuid not null,
    user_id uuid not null, level_id uuid not null, rights text[] not null, status text not null,
    version integer not null, unique (group_id, user_id));
"""

# SHR-1: whose a dossier is, is decided once. The roles that work here cannot write it a second time.
DOSSIERS = """
create table public.dossier (
    id uuid primary key, client_id uuid not null unique, account_id uuid not null,
    group_id uuid not null references public.client_group, status text not null, version integer not null);
create index dossier_by_group on public.dossier (group_id);
revoke update, delete on public.dossier from dossier_api, dossier_worker;
grant update (group_id, status, version) on public.dossier to dossier_api, dossier_worker;
"""

# One transaction writes a dossier and what is in it in any order.
_WRITTEN = """
    id uuid primary key, dossier_id uuid not null references public.dossier deferrable initially deferred,
    author_id uuid not null, written_at timestamptz not null, editor_id uuid not null, edited_at timestamptz not null,
    version integer not null,"""

CONTENT = f"""
create table public.client ({_WRITTEN}
    account_id uuid not null, given_name text not null, infix text, family_name text not null, birth_date date, email text, phone text,
    street text, house_number text, postal_code text, city text, initials text not null, sort_key text not null,
    search_key text not null, unique (dossier_id));
create index client_in_order on public.client (account_id, sort_key, dossier_id);

create table public.report ({_WRITTEN} at timestamptz not null, text text not null);
create index report_by_dossier on public.report (dossier_id, at desc, id desc);
create table public.report_edit (
    report_id uuid not null references public.report, version integer not null,
    dossier_id uuid not null, text text not null, editor_id uuid not null, edited_at timestamptz not null,
    primary key (report_id, version));

create table public.goal ({_WRITTEN} title text not null, description text, state text not null);
create index goal_by_dossier on public.goal (dossier_id, id desc);
create table public.goal_action ({_WRITTEN}
    goal_id uuid not null references public.goal, title text not null, state text not null);
create index goal_action_by_goal on public.goal_action (goal_id, id);

create table public.task ({_WRITTEN} title text not null, due_date date, assignee_id uuid, done boolean not null);
create index task_by_dossier on public.task (dossier_id, id desc);

create table public.note ({_WRITTEN} section text not null, title text not null, text text not null);
create index note_by_dossier on public.note (dossier_id, section, id desc);
"""

# The second lock: a query that forgot its scope finds nothing, whoever asks; what the policy says is the first.
SECOND_LOCK = """
do $$
declare content text;
begin
    foreach content in array array['client', 'report', 'report_edit', 'goal', 'goal_action', 'task', 'note'] loop
        execute format('alter table public.%I enable row level security', content);
        execute format('alter table public.%I force row level security', content);
        execute format('create policy reached on public.%I for all to dossier_api '
            'using (public.reaches(dossier_id)) with check (public.reaches(dossier_id))', content);
    end loop;
end $$;
"""


def upgrade() -> None:
    for script in (MACHINERY_V1, PROJECTION_V1, REACHES_V1, SHIPPED, GROUPS, DOSSIERS, CONTENT, SECOND_LOCK):
        execute_script(script)


def downgrade() -> None:
    raise NotImplementedError("Migrations go forward; restore a backup to go back.")
