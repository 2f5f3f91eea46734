"""Rules of mails and files that need no database."""

from datetime import UTC, datetime, timedelta

import pytest

from contracts.ids import DossierId, FileId, UserId, new_id
from documents.domain.file import Content, File, FileHasContent, FileStatus, FileUnknown
from documents.domain.mail import NEWS_FOR, Mail, MailNotFailed, MailState, is_news

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def a_mail() -> Mail:
    return Mail(
        id=new_id(),
        purpose="share",
        account_id=new_id(),
        caused_by=new_id(),
        recipient_id=new_id(),
        dossier_id=new_id(),
        grant_id=new_id(),
        job_id=new_id(),
        made_at=NOON,
    )


def a_file(name: str = "plan") -> File:
    author = UserId(new_id())
    return File(id=FileId(new_id()), dossier_id=DossierId(new_id()), author_id=author, made_at=NOON, name=name)


def a_content(digest: str = "one") -> Content:
    return Content(object_id=new_id(), kind="application/pdf", ending="pdf", size=3, digest=digest)


@pytest.mark.parametrize("state", [MailState.WAITING, MailState.SENT, MailState.DROPPED])
def test_only_what_failed_is_tried_again(state: MailState) -> None:
    mail = a_mail()
    mail.end(state, at=NOON, attempts=1)

    with pytest.raises(MailNotFailed):
        mail.try_again(new_id())


def test_a_mail_that_is_tried_again_waits_for_its_new_job() -> None:
    mail, job = a_mail(), new_id()
    mail.end(MailState.FAILED, at=NOON, attempts=100, reason="smtp-550")

    mail.try_again(job)

    assert (mail.state, mail.reason, mail.ended_at, mail.job_id) == (MailState.WAITING, None, None, job)
    assert mail.version == 3


def test_news_grows_old() -> None:
    assert is_news(NOON, NOON + NEWS_FOR - timedelta(seconds=1))
    assert not is_news(NOON, NOON + NEWS_FOR)


def test_a_file_is_there_once_its_content_has_come() -> None:
    file, content, by = a_file(), a_content(), UserId(new_id())

    stated = file.receive(content, by=by)

    assert (stated.file_id, stated.dossier_id, stated.by) == (file.id, file.dossier_id, by)
    assert (file.status, file.name, file.object_id) == (FileStatus.KEPT, "plan.pdf", content.object_id)
    assert file.has("one")
    with pytest.raises(FileHasContent):
        file.has("another")


def test_of_a_removed_file_only_that_it_was_there_is_known() -> None:
    file, by = a_file("Mevrouw de Vries"), UserId(new_id())
    file.receive(a_content(), by=by)

    stated = file.remove(by=by, at=NOON)

    assert stated is not None
    assert (file.status, file.name, file.digest, file.removed_at) == (FileStatus.REMOVED, "", None, NOON)
    with pytest.raises(FileUnknown):
        file.remove(by=by, at=NOON)
    with pytest.raises(FileUnknown):
        file.has("one")


def test_what_never_came_is_removed_without_a_word() -> None:
    file = a_file()

    assert file.remove(by=UserId(new_id()), at=NOON) is None
    assert file.status is FileStatus.REMOVED
