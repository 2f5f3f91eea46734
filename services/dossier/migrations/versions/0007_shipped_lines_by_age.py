"""Lines of the access log that other services shipped are forgotten by their age."""

from chassis.migrations import execute_script

revision = "0007"
down_revision = "0006"

# They come nearly in the order of their age, so that an index of a few pages finds the oldest.
BY_AGE = "create index access_log_shipped_by_age on projection.access_log_shipped using brin (at);"


def upgrade() -> None:
    execute_script(BY_AGE)


def downgrade() -> None:
    raise NotImplementedError("Migrations go forward; restore a backup to go back.")
