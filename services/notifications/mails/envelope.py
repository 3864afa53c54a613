"""The mail itself: headers, both texts, calendar parts, the picture of the ticket."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final

from services.notifications.mails import page
from services.notifications.mails.headers import LINES, one_line
from services.notifications.mails.letter import Brief, Letter
from services.notifications.mails.mailbox import Mailbox

LONGEST_SUBJECT: Final = 200


def mail(letter: Letter, brief: Brief, sent_by: Mailbox, now: datetime) -> EmailMessage:
    notification = brief.notification
    message = EmailMessage(policy=LINES)
    message["From"] = _address(sent_by.name, sent_by.email)
    message["To"] = _address(brief.to.name or "", brief.to.email)
    if brief.definition.contact is not None:
        message["Reply-To"] = _address(brief.definition.contact.name or "", brief.definition.contact.email)
    message["Subject"] = one_line(letter.subject)[:LONGEST_SUBJECT]
    message["Date"] = format_datetime(now)
    message["Message-ID"] = sent_by.message_id(notification.id)
    message["X-Foyer-Notification"] = notification.id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(page.text(letter), cte="quoted-printable")
    message.add_alternative(page.html(letter), subtype="html", cte="quoted-printable")
    _attach(message, letter)
    message["Content-Language"] = letter.language  # last: each new part takes the content headers of the whole
    return message


def _attach(message: EmailMessage, letter: Letter) -> None:
    """The picture stands inside the page and beside it; calendars as an alternative and as files."""
    if letter.picture is not None:
        page_part = message.get_payload()[1]  # type: ignore[index]  # text and page are the two alternatives
        page_part.add_related(letter.picture, "image", "png", cid=f"<{page.PICTURE}>", disposition="inline")  # type: ignore[union-attr]
    if letter.calendars:
        first = letter.calendars[0]
        message.add_alternative(
            first.content.decode(), subtype="calendar", params={"method": first.method}, cte="quoted-printable"
        )
    for calendar in letter.calendars:
        message.add_attachment(
            calendar.content.decode(),
            subtype="calendar",
            filename=calendar.filename,
            params={"method": calendar.method},
            cte="base64",
        )
    if letter.picture is not None:
        message.add_attachment(letter.picture, "image", "png", filename="ticket.png")


def _address(name: str, email: str) -> Address:
    user, _, domain = email.rpartition("@")
    return Address(one_line(name), user, domain)
