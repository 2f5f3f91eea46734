from typing import Any
from uuid import UUID

import httpx

from ...answers import Answer
from ...models.documents_mails_list_mails_whose import DocumentsMailsListMailsWhose
from ...models.slice_mail_view import SliceMailView
from ...platform import Keten
from ...types import UNSET, Unset


async def mails_list_mails(
    keten: Keten,
    *,
    whose: DocumentsMailsListMailsWhose | Unset = DocumentsMailsListMailsWhose.MINE,
    cursor: None | Unset | UUID = UNSET,
    limit: int | Unset = 50,
) -> Answer[SliceMailView]:
    """Mails and what became of them, the newest first."""
    headers: dict[str, str] = {}
    params: dict[str, Any] = {}

    json_whose: str | Unset = UNSET
    if not isinstance(whose, Unset):
        json_whose = whose.value

    params["whose"] = json_whose

    json_cursor: None | str | Unset
    if isinstance(cursor, Unset):
        json_cursor = UNSET
    elif isinstance(cursor, UUID):
        json_cursor = str(cursor)
    else:
        json_cursor = cursor
    params["cursor"] = json_cursor

    params["limit"] = limit

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {}
    _kwargs["params"] = params
    path = "/documents/v1/mails"
    answer = await keten.send("GET", path, headers=headers, **_kwargs)
    return Answer.of(answer, _body(answer))


def _body(response: httpx.Response) -> SliceMailView:
    if response.status_code == 200:
        response_200 = SliceMailView.from_dict(response.json())

        return response_200

    raise ValueError(f"{response.request.method} {response.request.url.path} was answered {response.status_code}")
