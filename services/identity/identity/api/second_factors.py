"""A second factor beside the password: codes that change every half minute (TOTP), and recovery codes."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from chassis.app import router as edge_router
from chassis.edge import CommandContext
from chassis.models import Model
from identity.api.fields import Code, OwnPassword, ProvingContext
from identity.commands import second_factor as commands

router = edge_router("second-factors")


class SetUp(Model):
    """Who sets up a second factor shows that it is him."""

    password: OwnPassword


class Confirmation(Model):
    """A code that the app made."""

    code: Code


class Proof(Model):
    """Who changes his second factor shows both."""

    password: OwnPassword
    code: Code


class NewSecondFactor(Model):
    """What your app must be told. Told once."""

    uri: Annotated[str, Field(description="`otpauth://…`, as apps read it.")]
    secret: Annotated[str, Field(description="The same for typing over, in base 32.")]
    picture: Annotated[str, Field(description="The same as a QR code: an SVG as `data:` URI.")]


class RecoveryCodes(Model):
    """Each opens the second step once, when there is no app at hand. Told once."""

    recovery_codes: list[str]


@router.post("/second-factors")
async def set_up(body: SetUp, proving: ProvingContext, command: CommandContext) -> NewSecondFactor:
    """Set up a second factor. It counts when you confirm it by a code."""
    command.answer_once()
    made = await commands.set_up_second_factor(command, proving, password=body.password)
    return NewSecondFactor(uri=made.uri, secret=made.secret, picture=made.picture)


@router.post("/second-factors/_confirm")
async def confirm(body: Confirmation, proving: ProvingContext, command: CommandContext) -> RecoveryCodes:
    """Confirm by a code of your app: from now on signing in asks for one. Keep the recovery codes."""
    command.answer_once()
    codes = await commands.confirm_second_factor(command, proving, code=body.code)
    return RecoveryCodes(recovery_codes=codes)


@router.post("/second-factors/_renew")
async def renew(body: Proof, proving: ProvingContext, command: CommandContext) -> RecoveryCodes:
    """Ten new recovery codes; those before open nothing any more."""
    command.answer_once()
    codes = await commands.renew_recovery_codes(command, proving, password=body.password, code=body.code)
    return RecoveryCodes(recovery_codes=codes)


@router.post("/second-factors/_remove", status_code=204)
async def remove(body: Proof, proving: ProvingContext, command: CommandContext) -> None:
    """Switch your second factor off."""
    command.answer_once()
    await commands.remove_second_factor(command, proving, password=body.password, code=body.code)


@router.delete("/second-factors/{user_id}", status_code=204)
async def reset(user_id: UUID, command: CommandContext) -> None:
    """For a colleague who lost his: it is switched off, and he is told."""
    await commands.reset_second_factor(command, user_id)
