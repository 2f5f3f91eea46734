"""Internal routes: what the service that sends mail asks, at the moment of sending. Only a peer gets an answer."""

from uuid import UUID

from fastapi import APIRouter, HTTPException

from chassis.edge import Runtime
from identity.domain.user import LinkSpent
from identity.links import Links
from identity.queries import mail as queries
from identity.queries.mail import Addressee, MailContents, MailUnknown


def mail_routes(runtime: Runtime, links: Links) -> APIRouter:
    """404: nobody to mail. 410: too late, or of no use any more."""
    routes = APIRouter()

    @routes.get("/mail-contents/{request_id}")
    async def mail_contents(request_id: UUID) -> MailContents:
        try:
            async with runtime.made() as session:
                return await queries.mail_contents(session, links, request_id, now=runtime.clock())
        except LinkSpent:
            raise HTTPException(410) from None
        except MailUnknown:
            raise HTTPException(404) from None

    @routes.get("/addressees/{user_id}")
    async def addressee(user_id: UUID) -> Addressee:
        try:
            async with runtime.made() as session:
                return await queries.addressee(session, user_id)
        except MailUnknown:
            raise HTTPException(404) from None

    return routes
