"""Which photo a person has."""

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    pass


def downgrade() -> None:
    raise NotImplementedError("Migrations go forward; restore a backup to go back.")
