"""Service accounts."""

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    pass


def downgrade() -> None:
    raise NotImplementedError("Migrations go forward; restore a backup to go back.")
