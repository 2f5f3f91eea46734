"""Levels and grants."""

from access.tables import PROJECTION_V1, REACHES_V1
from chassis.migrations import execute_script
from chassis.tables import MACHINERY_V1

revision = "0001"
down_revision = None

SHARING = """
create table public.level (
    id uuid primary key, account_id uuid not null, code text not null, names jsonb not null, rights text[] not null,
    unique (account_id, code));

create table public.dossier_grant (
    id uuid primary key, dossier_id uuid not null, account_id uuid not null, recipient_id uuid not null,
    recipient_account_id uuid not null, given_by uuid not null, parent_id uuid, level_id uuid not null,
    level_code text not null, rights text[] not null, until date, onward text not null, purpose text not null,
    legal_basis text not null, consent_reference text, status text not null, given_at timestamptz not null,
    ended_at timestamptz, ended_by uuid, version bigint not null);
create unique index one_live_grant on public.dossier_grant (dossier_id, recipient_id, parent_id) nulls not distinct
    where status = 'live';
create index dossier_grant_by_dossier on public.dossier_grant (dossier_id, id);
create index dossier_grant_by_recipient on public.dossier_grant (recipient_id, id);
"""


def upgrade() -> None:
    execute_script(MACHINERY_V1)
    execute_script(PROJECTION_V1)
    execute_script(REACHES_V1)
    execute_script(SHARING)


def downgrade() -> None:
    raise NotImplementedError("Migrations go forward; restore a backup to go back.")
