"""A new password for who forgot his."""

from chassis.app import router as edge_router
from chassis.edge import CommandContext
from chassis.models import Model
from identity.api.anybody import Anybody, may_be_mailed
from identity.api.fields import Email, FromNetwork, MailUnderWay, RuntimeContext
from identity.commands import password as commands
from identity.domain.account import TooManyResets
from identity.domain.mail import LIVES, Purpose
from identity.tries import RESETS

router = edge_router("password-resets")


class Forgotten(Model):
    """Whose password it is."""

    email: Email


@router.post("/password-resets", status_code=202)
async def reset_password(
    body: Forgotten, runtime: RuntimeContext, network: FromNetwork, anybody: Anybody, command: CommandContext
) -> MailUnderWay:
    """Ask for a new password. If somebody has this address, a link goes to it; the answer is always the same."""
    command.answer_once()
    until = command.now + LIVES[Purpose.PASSWORD_RESET]
    if await may_be_mailed(runtime, network, budget=RESETS, about=f"reset {body.email}", refusal=TooManyResets):
        until = await commands.ask_for_password(command, email=body.email)
    return MailUnderWay(expires_at=until)
