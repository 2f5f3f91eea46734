"""Photos of users."""

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    pass


def downgrade() -> None:
    raise NotImplementedError("Migrations go forward; restore a backup to go back.")
