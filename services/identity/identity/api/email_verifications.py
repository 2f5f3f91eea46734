"""Another e-mail address for oneself, which counts once it is proven."""

from chassis.app import router as edge_router
from chassis.edge import CommandContext
from chassis.models import Model
from identity.api.fields import Email, MailUnderWay, OwnPassword, ProvingContext
from identity.commands import address as commands

router = edge_router("email-verifications")


class NewAddress(Model):
    """The address to move to."""

    email: Email
    password: OwnPassword


@router.post("/email-verifications", status_code=202)
async def verify_email(body: NewAddress, proving: ProvingContext, command: CommandContext) -> MailUnderWay:
    """Change your e-mail address. A link goes to the new one; once it was opened you sign in with that, and the old one is
    told. The answer does not tell whether the address is known."""
    command.answer_once()
    until = await commands.ask_for_address(command, proving, email=body.email, password=body.password)
    return MailUnderWay(expires_at=until)
