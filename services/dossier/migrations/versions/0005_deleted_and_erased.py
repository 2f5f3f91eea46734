"""Dossiers that are deleted and erased, and how long the law has them kept."""

from access.tables import PROJECTION_V3
from chassis.migrations import execute_script
from chassis.tables import ERASURE_V1

revision = "0005"
down_revision = "0004"

OWN = """
alter table public.dossier add column changed_on date, add column deleted_at timestamptz, add column deleted_by uuid,
    add column erased_at timestamptz, add column ground text;
grant update (changed_on, deleted_at, deleted_by, erased_at, ground) on public.dossier to dossier_api, dossier_worker;
create index dossier_by_account on public.dossier (account_id, id);
create index dossier_deleted on public.dossier (account_id, id) where status = 'deleted';

create table public.retention (what text primary key, years integer not null, law text not null);
insert into public.retention values ('dossier', 20, 'BW 7:454 lid 3');
revoke insert, update, delete on public.retention from dossier_api, dossier_worker;

-- Whoever is to restore a dossier must recognise it, and it is deleted for him too: only what it is called is told.
create policy recognised on public.client for select to dossier_owner using (true);
create function public.deleted_clients(of_account uuid) returns table (
    dossier_id uuid, given_name text, infix text, family_name text, initials text)
    language sql stable security definer set search_path = public as $$
    select c.dossier_id, c.given_name, c.infix, c.family_name, c.initials from public.client c
    join public.dossier d on d.id = c.dossier_id where d.account_id = of_account and d.status = 'deleted' $$;

-- No sample of what people wrote is kept for the planner.
alter table public.client alter column given_name set statistics 0, alter column infix set statistics 0,
    alter column family_name set statistics 0, alter column birth_date set statistics 0,
    alter column email set statistics 0, alter column phone set statistics 0, alter column street set statistics 0,
    alter column house_number set statistics 0, alter column postal_code set statistics 0,
    alter column city set statistics 0, alter column initials set statistics 0, alter column sort_key set statistics 0,
    alter column search_key set statistics 0;
alter table public.report alter column text set statistics 0;
alter table public.report_edit alter column text set statistics 0;
alter table public.goal alter column title set statistics 0, alter column description set statistics 0;
alter table public.goal_action alter column title set statistics 0;
alter table public.task alter column title set statistics 0;
alter table public.note alter column title set statistics 0, alter column text set statistics 0;
alter table public.client_group alter column name set statistics 0, alter column name_key set statistics 0;
"""


def upgrade() -> None:
    for script in (ERASURE_V1, PROJECTION_V3, OWN):
        execute_script(script)


def downgrade() -> None:
    raise NotImplementedError("Migrations go forward; restore a backup to go back.")
