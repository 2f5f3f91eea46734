"""What became of mails, and what one wants to be mailed about."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Request, Response

from chassis.app import router as edge_router
from chassis.edge import CommandContext, QueryContext
from chassis.paging import PageParameters, Slice, link_next
from documents.commands import mail as commands
from documents.queries import mail as queries
from documents.queries.mail import MailPreferences, MailView

router = edge_router("mails")

Whose = Literal["mine", "account"]


@router.get("/mails")
async def list_mails(
    query: QueryContext,
    page: PageParameters,
    request: Request,
    response: Response,
    whose: Annotated[Whose, Query(description="What you caused, or all of your account, for who manages it.")] = "mine",
) -> Slice[MailView]:
    """Mails and what became of them, the newest first."""
    asked = queries.mails_of_account if whose == "account" else queries.mails_caused
    found = await asked(query, page=page)
    link_next(request, response, found)
    return found


@router.get("/mails/{mail_id}")
async def read_mail(mail_id: UUID, query: QueryContext) -> MailView:
    """One mail and what became of it."""
    return await queries.mail_detail(query, mail_id)


@router.post("/mails/{mail_id}/_retry", status_code=202)
async def retry_mail(mail_id: UUID, command: CommandContext, response: Response) -> MailView:
    """Send a mail that failed once more."""
    await commands.send_again(command, mail_id)
    await command.session.flush()
    found = await queries.mail_as_changed(command, mail_id)
    response.headers["Location"] = f"/documents/v1/jobs/{found.job_id}"
    return found


@router.get("/mail-preferences")
async def read_preferences(query: QueryContext) -> MailPreferences:
    """What you want to be mailed about."""
    return await queries.preferences(query)


@router.put("/mail-preferences")
async def set_preferences(asked: MailPreferences, command: CommandContext) -> MailPreferences:
    """Say what you want to be mailed about. `mailOnShare`: when somebody shares a dossier with you."""
    await commands.set_preferences(command, mail_on_share=asked.mail_on_share)
    return asked
