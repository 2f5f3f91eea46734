"""Sign-ups, verified addresses, password resets, second factors, tries."""

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    pass


def downgrade() -> None:
    raise NotImplementedError("Migrations go forward; restore a backup to go back.")
