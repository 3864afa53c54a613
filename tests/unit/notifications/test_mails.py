"""What a mail looks like: its words in both languages, its headers, its calendar, and what must never be in it."""

import email.policy
import re
import string
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import icalendar
import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain import News, Template
from services.notifications.mails.envelope import mail
from services.notifications.mails.headers import one_line
from services.notifications.mails.letter import Brief, Letter, Person, content
from services.notifications.mails.letters import write
from services.notifications.mails.letters.frame import Stationery
from services.notifications.mails.moments import Moments
from services.notifications.mails.page import WIDTH, text
from services.notifications.mails.voice import LANGUAGES, Voice, catalogue
from shared.messages.checkin import TicketIssued
from shared.messages.gathering import Definition, Localised, Mode, Need
from shared.messages.registration import (
    RegistrationChanged,
    RegistrationConfirmed,
    RegistrationDeclined,
    RegistrationWaitlisted,
)
from shared.messages.scheduling import SlotReleased
from shared.tokens import Tokens
from tests.unit.notifications.samples import BOOKED, DEFINITION, HELD, NOW, SENDER, G, R, brief, state, stationery

EVERY = [(template, language) for template in Template for language in LANGUAGES]


@pytest.fixture
def paper(tmp_path: Path) -> Stationery:
    return stationery(tmp_path)


def made(brief: Brief, paper: Stationery) -> EmailMessage:
    return mail(write(brief, paper), brief, SENDER, NOW)


def parts_of(message: EmailMessage, kind: str) -> list[EmailMessage]:
    return [one for one in message.walk() if one.get_content_type() == kind]


def entries(message: EmailMessage) -> list[Any]:
    return [icalendar.Calendar.from_ical(one.get_content()) for one in message.iter_attachments() if _is_ics(one)]


def _is_ics(one: Any) -> bool:
    return bool(one.get_content_type() == "text/calendar")


def blanks(phrase: str | list[str]) -> set[str]:
    phrases = [phrase] if isinstance(phrase, str) else phrase
    return {name for one in phrases for _, name, _, _ in string.Formatter().parse(one) if name}


def test_both_languages_have_every_key_and_the_same_blanks() -> None:
    english = catalogue("en")
    for language in LANGUAGES:
        other = catalogue(language)
        assert {section: set(keys) for section, keys in other.items()} == {s: set(k) for s, k in english.items()}
        for section, phrases in english.items():
            for key, phrase in phrases.items():
                assert blanks(other[section][key]) == blanks(phrase), (language, section, key)


def test_every_reason_and_status_of_the_contract_has_words() -> None:
    reasons = """not-open-yet deadline-passed part-full delegation-quota-reached not-invited not-eligible
        already-registered not-selected incomplete idempotency-mismatch unknown-gathering unknown-part"""
    assert all(Voice("en").knows("reason", reason) for reason in reasons.split())
    statuses = "received confirmed waitlisted awaiting-selection declined cancelled"
    assert all(Voice("en").knows("status", status) for status in statuses.split())


def test_an_unknown_language_speaks_english_and_a_region_its_language() -> None:
    assert Voice("pl").language == "en"
    assert Voice("fr-CA").language == "fr"
    with pytest.raises(TypeError, match="list of paragraphs"):
        Voice("en").say("confirmed", "intro")


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_every_mail_is_complete_in_both_languages(template: Template, language: str, paper: Stationery) -> None:
    message = made(brief(template, language), paper)
    [plain] = parts_of(message, "text/plain")
    [page] = parts_of(message, "text/html")
    for body in (plain.get_content(), page.get_content()):
        assert DEFINITION.title.in_language(language).casefold() in body.casefold()
        assert "{" not in re.sub(r"<style.*?</style>", "", body, flags=re.DOTALL)
    assert f'lang="{language}"' in page.get_content()
    assert message["Subject"]
    assert message["Content-Language"] == language
    assert not message.defects


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_plain_text_is_wrapped_and_addresses_are_whole(template: Template, language: str, paper: Stationery) -> None:
    letter = write(brief(template, language), paper)
    for line in text(letter).splitlines():
        assert len(line) <= WIDTH or "https://" in line
    if letter.button is not None:
        assert letter.button.href in text(letter).splitlines()


@pytest.mark.parametrize("template", list(Template))
def test_headers_say_who_what_and_that_a_machine_wrote_it(template: Template, paper: Stationery) -> None:
    told = brief(template)
    message = made(told, paper)
    assert message["Message-ID"] == f"<{told.notification.id}@foyer.example>"
    assert message["X-Foyer-Notification"] == told.notification.id
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Reply-To"] == "Event desk <desk@example.org>"
    assert message["Date"] == "Mon, 08 Nov 2021 08:00:00 +0000"
    assert [one.addr_spec for one in message["To"].addresses] == [told.to.email]


@pytest.mark.parametrize("template", list(Template))
def test_the_same_notification_is_the_same_words_again(template: Template, paper: Stationery) -> None:
    assert write(brief(template), paper) == write(brief(template), paper)


@pytest.mark.parametrize("template", list(Template))
def test_private_parts_of_the_definition_are_in_no_mail(template: Template, paper: Stationery) -> None:
    raw = made(brief(template), paper).as_bytes()
    decoded = b"".join(
        one.get_payload(decode=True) or b""  # type: ignore[misc]
        for one in made(brief(template), paper).walk()
        if not one.is_multipart()
    )
    assert b"secret" not in raw + decoded
    assert b"c@example.org" not in raw + decoded


@pytest.mark.parametrize("template", list(Template))
def test_the_personal_key_stands_only_behind_the_hash(template: Template, paper: Stationery) -> None:
    letter = write(brief(template), paper)
    for address in re.findall(r"https://\S+", text(letter)):
        if "/v1/join/" not in address:
            assert not re.search(r"\w+\.\w+\.\w{4,}", address.partition("#")[0].removeprefix("https://foyer.example"))


def test_without_a_contact_there_is_no_reply_to(paper: Stationery) -> None:
    told = replace(brief(Template.CONFIRMED), definition=DEFINITION.model_copy(update={"contact": None}))
    message = made(told, paper)
    assert message["Reply-To"] is None
    assert "reply to this mail" not in parts_of(message, "text/plain")[0].get_content()


HOSTILE = '</style></title><script>alert("x")</script><img src=x onerror=y>&{title}'


def test_what_people_type_is_text_and_never_markup(paper: Stationery) -> None:
    person = replace(brief(Template.CONFIRMED).to, name=HOSTILE)
    message = made(replace(brief(Template.CONFIRMED), to=person), paper)
    page = parts_of(message, "text/html")[0].get_content()
    assert "<script" not in page
    assert "<img src=x" not in page
    assert page.count("</style>") == page.count("<style")
    assert "&lt;script&gt;" in page
    assert HOSTILE in parts_of(message, "text/plain")[0].get_content()


@given(st.text(max_size=120), st.text(max_size=400))
def test_any_announcement_makes_a_mail_of_one_subject_line(subject: str, words: str) -> None:
    told = brief(Template.ANNOUNCEMENT, content=News(subject=subject, text=words))
    letter = Letter("en", subject, "k", "h", "g", ())
    message = mail(letter, told, SENDER, NOW)
    raw = message.as_bytes()
    headers = raw.partition(b"\r\n\r\n")[0]
    assert len(re.findall(rb"(?m)^Subject:", headers)) == 1
    assert b"\r\nBcc" not in headers
    assert re.match(r"^[^\r\n]*$", one_line(subject))


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=150))
def test_a_subject_is_read_as_it_was_written(words: str) -> None:
    told = brief(Template.ANNOUNCEMENT)
    raw = mail(Letter("en", words, "k", "h", "g", ()), told, SENDER, NOW).as_bytes()
    assert message_from_bytes(raw, policy=email.policy.default)["Subject"] == one_line(words)
    assert raw.partition(b"\r\n\r\n")[0].isascii()


def test_a_name_with_line_breaks_cannot_add_a_header(paper: Stationery) -> None:
    person = replace(brief(Template.CONFIRMED).to, name="Eve\r\nBcc: victim@example.org")
    message = made(replace(brief(Template.CONFIRMED), to=person), paper)
    assert message["Bcc"] is None
    assert b"\nBcc:" not in message.as_bytes().partition(b"\r\n\r\n")[0]


def test_confirmed_parts_go_into_one_calendar_file_in_utc(paper: Stationery) -> None:
    message = made(brief(Template.CONFIRMED), paper)
    [kept] = entries(message)
    assert kept["METHOD"] == "PUBLISH"
    [event] = kept.walk("VEVENT")
    assert event["UID"] == f"{R}-policy-event@foyer.example"
    assert event["SEQUENCE"] == 1
    assert event["DTSTART"].dt == datetime(2021, 11, 22, 8, 0, tzinfo=UTC)
    [alternative, _] = parts_of(message, "text/calendar")
    assert alternative["Content-Type"].params["method"] == "PUBLISH"


def test_a_place_in_person_is_never_online_in_a_calendar(paper: Stationery) -> None:
    both = (state("policy-event", "confirmed", mode="remote"), state("site-visit-1", "confirmed"))
    told = brief(Template.CONFIRMED, content=RegistrationConfirmed(**HELD, version=2, parts=both))
    nowhere = replace(told, definition=DEFINITION.model_copy(update={"venue": None}))
    [calendar] = entries(made(nowhere, paper))
    assert [str(entry.get("location")) for entry in calendar.walk("VEVENT")] == ["Online", "None"]


def test_a_cancelled_part_is_taken_out_of_the_calendar(paper: Stationery) -> None:
    cancels = entries(made(brief(Template.CANCELLED), paper))
    assert [one["METHOD"] for one in cancels] == ["CANCEL", "CANCEL"]
    for one in cancels:
        [event] = one.walk("VEVENT")
        assert (event["STATUS"], event["SEQUENCE"]) == ("CANCELLED", 3)


def test_a_place_that_was_given_up_for_a_wait_is_taken_out_of_the_calendar(paper: Stationery) -> None:
    waits = (state("policy-event", "awaiting-selection"), state("site-visit-1", "confirmed"))
    told = brief(Template.CHANGED, content=RegistrationChanged(**HELD, version=2, parts=waits))
    assert [one["METHOD"] for one in entries(made(told, paper))] == ["PUBLISH"]
    told = replace(told, notification=replace(told.notification, given_up=("policy-event",)))
    message = made(told, paper)
    assert [one["METHOD"] for one in entries(message)] == ["PUBLISH", "CANCEL"]
    [event] = entries(message)[1].walk("VEVENT")
    assert event["UID"] == f"{R}-policy-event@foyer.example"
    [plain] = parts_of(message, "text/plain")
    assert "remove the entry" in plain.get_content()


def handing_on(held: tuple[str, ...], language: str = "en", edition: int = 1) -> Brief:
    return replace(brief(Template.HANDED_ON, language), held=held, edition=edition)


def test_whoever_handed_a_place_on_loses_its_entries_and_hears_nothing_of_whose_it_is(paper: Stationery) -> None:
    sent = entries(made(brief(Template.CONFIRMED), paper))[0].walk("VEVENT")[0]
    message = made(handing_on(("policy-event", "site-visit-1"), edition=3), paper)
    cancels = entries(message)
    assert [one["METHOD"] for one in cancels] == ["CANCEL", "CANCEL"]
    events = [event for one in cancels for event in one.walk("VEVENT")]
    assert events[0]["UID"] == sent["UID"]
    assert [(one["UID"], one["SEQUENCE"], one["STATUS"]) for one in events] == [
        (f"{R}-policy-event@foyer.example", 4, "CANCELLED"),
        (f"{R}-site-visit-1@foyer.example", 4, "CANCELLED"),
    ]
    assert {event["ATTENDEE"] for event in events} == {"mailto:zoe@example.org"}
    words = " ".join(parts_of(message, "text/plain")[0].get_content().split())
    assert "Your place was handed on to a colleague" in words
    assert "Meetings and working groups went over with it" in words
    assert "/r/" not in words
    assert "/v1/join/" not in message.as_string()
    assert "personal key" not in words


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "Your registration was handed on"), ("fr", "Votre inscription a été transmise")],
)
def test_who_waited_is_told_of_a_registration_and_has_no_entry_to_lose(
    paper: Stationery, language: str, said: str
) -> None:
    message = made(handing_on((), language), paper)
    assert entries(message) == []
    assert message["Subject"].startswith(said)
    assert "calend" not in parts_of(message, "text/plain")[0].get_content()


def test_without_meetings_nobody_is_told_to_remove_any(paper: Stationery) -> None:
    alone = DEFINITION.model_copy(
        update={"helpdesk": Definition.model_fields["helpdesk"].get_default(call_default_factory=True)}
    )
    words = text(write(replace(handing_on(("policy-event",)), definition=alone), paper))
    assert "working groups" not in words


@pytest.mark.parametrize("status", ["awaiting-selection", "waitlisted"])
def test_who_takes_over_what_still_waits_is_told_so_and_is_sent_no_calendar(paper: Stationery, status: str) -> None:
    waiting = (state("policy-event", status), state("site-visit-1", "cancelled"))
    fact = RegistrationChanged(**HELD, version=2, parts=waiting, substituted=True)
    message = made(brief(Template.SUBSTITUTED, content=fact), paper)
    words = " ".join(parts_of(message, "text/plain")[0].get_content().split())
    assert message["Subject"].startswith("You have taken over a registration")
    assert "It holds no confirmed place yet" in words
    assert "calendar" not in words
    assert entries(message) == []


def test_who_takes_over_a_place_has_its_entry_and_none_is_taken_out(paper: Stationery) -> None:
    message = made(brief(Template.SUBSTITUTED), paper)
    [kept] = entries(message)
    assert kept["METHOD"] == "PUBLISH"
    assert message["Subject"].startswith("You have taken over a place")


def test_a_meeting_keeps_its_uid_while_its_sequence_rises(paper: Stationery) -> None:
    seen = []
    for template in (Template.SLOT_BOOKED, Template.SLOT_MOVED_EXPERT, Template.SLOT_RELEASED):
        [one] = entries(made(brief(template), paper))
        [event] = one.walk("VEVENT")
        seen.append((one["METHOD"], event["UID"], event["SEQUENCE"]))
        assert event["ORGANIZER"] == "mailto:desk@example.org"
        assert event["ATTENDEE"] in {"mailto:zoe@example.org", "mailto:expert@example.org"}
    uid = "b42@foyer.example"
    assert seen == [("REQUEST", uid, 1), ("REQUEST", uid, 2), ("CANCEL", uid, 3)]


def test_the_ticket_can_be_scanned_from_the_mail(paper: Stationery) -> None:
    told = brief(Template.TICKET)
    message = made(told, paper)
    pictures = parts_of(message, "image/png")
    assert [one["Content-ID"] for one in pictures] == ["<ticket>", None]
    assert 'src="cid:ticket"' in parts_of(message, "text/html")[0].get_content()
    for one in pictures:
        assert read_qr(one.get_content()) == told.ticket


def read_qr(png: bytes) -> str:
    """Without a picture library: a PNG of one bit a pixel, its rows written as they are or as what they add."""
    width, height = int.from_bytes(png[16:20]), int.from_bytes(png[20:24])
    packed = zlib.decompress(b"".join(_chunks(png, b"IDAT")))
    length = (width + 7) // 8
    above, pixels = bytes(length), bytearray()
    for at in range(0, len(packed), length + 1):
        row = packed[at + 1 : at + 1 + length]
        above = row if packed[at] == 0 else bytes((new + old) % 256 for new, old in zip(row, above, strict=True))
        bits = "".join(f"{byte:08b}" for byte in above)
        pixels += bytes(255 * int(bit) for bit in bits[:width])
    image = memoryview(bytes(pixels)).cast("B", (height, width))
    return str(zxingcpp.read_barcodes(image)[0].text)


def _chunks(png: bytes, wanted: bytes) -> Iterator[bytes]:
    at = 8
    while at < len(png):
        length = int.from_bytes(png[at : at + 4])
        if png[at + 4 : at + 8] == wanted:
            yield png[at + 8 : at + 8 + length]
        at += 12 + length


def test_a_remote_place_comes_with_its_own_joining_link(paper: Stationery) -> None:
    told = brief(Template.CHANGED)
    words = " ".join(text(write(told, paper)).split())
    assert "https://foyer.example/v1/join/" in words
    assert "You were not selected to attend in person. You have a place online instead." in words


@pytest.mark.parametrize(
    ("language", "says"), [("en", "you were not selected to attend in person"), ("fr", "pas été retenue")]
)
def test_who_was_not_selected_is_told_so_before_the_place_online(language: str, says: str, paper: Stationery) -> None:
    online = state("policy-event", "confirmed", "remote", "not-selected")
    told = RegistrationConfirmed(**HELD, version=2, parts=(online,))
    letter = write(brief(Template.CONFIRMED, language, told), paper)
    assert says in letter.paragraphs[0]
    assert ("en ligne" if language == "fr" else "online") in letter.subject
    queue = online.model_copy(update={"status": "waitlisted"})
    waits = RegistrationWaitlisted(**HELD, version=2, parts=(queue,))
    assert says[1:] in str(write(brief(Template.WAITLISTED, language, waits), paper).cards[0].note)
    both = told.model_copy(update={"parts": (online, state("site-visit-1", "confirmed"))})
    assert says not in write(brief(Template.CONFIRMED, language, both), paper).paragraphs[0]


@pytest.mark.parametrize(
    ("language", "part", "mode"),
    [("en", "was cancelled", "in this way"), ("fr", "a été annulée", "sous cette forme")],
)
def test_who_registers_for_what_was_cancelled_is_told_that(
    language: str, part: str, mode: str, paper: Stationery
) -> None:
    late = state("policy-event", "declined", reason="deadline-passed")
    told = brief(Template.DECLINED, language, RegistrationDeclined(**HELD, version=1, parts=(late,)))
    closed = write(told, paper).cards[0].note
    for cancelled, says in (({"in-person", "remote"}, part), ({"in-person"}, mode)):
        raw = DEFINITION.model_dump(mode="json", by_alias=True)
        for one in cancelled:
            raw["parts"][0]["modes"][one]["cancelled"] = True
        note = write(replace(told, definition=Definition.model_validate(raw)), paper).cards[0].note
        assert note is not None
        assert note != closed
        assert says in note


@pytest.mark.parametrize("template", [Template.CHANGED, Template.SLOT_BOOKED, Template.ROOM_ASSIGNED])
def test_a_joining_link_is_of_whoever_holds_the_registration_now(tmp_path: Path, template: Template) -> None:
    told = brief(template)
    letter = write(replace(told, to=replace(told.to, generation=2), is_remote=True), stationery(tmp_path))
    [href] = (row.href for card in letter.cards for row in card.rows if row.href and "/v1/join/" in row.href)
    join = Tokens(tmp_path).read_join(href.rpartition("/")[2])
    assert (join.registration_id, join.gathering_id, join.generation) == (R, G, 2)


def test_without_a_livestream_address_there_is_no_link(paper: Stationery) -> None:
    definition = DEFINITION.public()
    words = text(write(replace(brief(Template.CHANGED), definition=definition), paper))
    assert "/v1/join/" not in words
    assert "/v1/join/" not in text(write(replace(brief(Template.SLOT_BOOKED), definition=definition), paper))


def test_without_a_link_nobody_is_told_to_use_one(paper: Stationery) -> None:
    online = state("policy-event", "confirmed", mode="remote")
    told = brief(Template.CONFIRMED, content=RegistrationConfirmed(**HELD, version=2, parts=(online,)))
    assert "personal link" in text(write(told, paper))
    assert "personal link" not in text(write(replace(told, definition=DEFINITION.public()), paper))


def test_what_to_bring_is_said_once_and_from_the_doors(paper: Stationery) -> None:
    words = text(write(brief(Template.CONFIRMED), paper)).replace("\n", " ")
    assert "An ID document; a mask;" in words
    assert "not older than 72" in words
    assert "your badge" in words
    assert "Known" not in words


def test_a_refused_change_says_why_and_how_things_stand(paper: Stationery) -> None:
    fact = RegistrationChanged(**HELD, version=2, parts=(state("policy-event", "confirmed"),), refused="part-full")
    words = text(write(brief(Template.CHANGE_REFUSED, content=fact), paper))
    assert "All places of this part are taken." in words
    assert "[Confirmed]" in words


NOT_ELIGIBLE = "You do not meet what this part asks for."


@pytest.mark.parametrize(
    ("part", "delegation", "says"),
    [
        ("partnering-event", None, "It is open only to members of an eligible Partnership. When"),
        ("partnering-event", "escp-4x-01", "When"),
        (
            "policy-event",
            "escp-4x-99",
            "Your Partnership must be one of those listed, with its code if it has one. When",
        ),
        ("ports", "escp-4x-01", "Not together with: Site visit: circular economy. When"),
        ("site-visit-1", None, "Only together with: Policy event (in person). Not together with: Ports. When"),
    ],
)
def test_who_is_not_eligible_reads_what_that_part_asks_for(
    part: str, delegation: str | None, says: str, paper: Stationery
) -> None:
    *others, visit = DEFINITION.parts
    need = Need(part="policy-event", mode=Mode.IN_PERSON)
    ports = visit.model_copy(update={"part": "ports", "title": Localised({"en": "Ports"})})
    parts = (*others, visit.model_copy(update={"needs": need, "excludes": ("ports",)}), ports)
    definition = Definition.model_validate(DEFINITION.model_copy(update={"parts": parts}).model_dump())
    held = {**HELD, "delegation": delegation}
    no = RegistrationDeclined(**held, version=1, parts=(state(part, "declined", reason="not-eligible"),))
    words = text(write(replace(brief(Template.DECLINED, content=no), definition=definition), paper))
    assert f"{NOT_ELIGIBLE} {says}" in " ".join(words.split())


def test_a_change_that_is_not_open_to_somebody_says_nothing_of_delegations(paper: Stationery) -> None:
    fact = RegistrationChanged(**HELD, version=2, parts=(state("policy-event", "confirmed"),), refused="not-eligible")
    words = text(write(brief(Template.CHANGE_REFUSED, content=fact), paper))
    assert "does not allow this change" in " ".join(words.split())
    assert "Partnership" not in words


@pytest.mark.parametrize(
    ("others", "reason", "says"),
    [
        ((), "incomplete", "register again on the event page"),
        ((), "already-registered", None),
        (("waitlisted",), "part-full", "on your registration page"),
    ],
)
def test_who_holds_nothing_is_not_sent_to_change_it(
    others: tuple[str, ...], reason: str, says: str | None, paper: Stationery
) -> None:
    held = (state("policy-event", "declined", reason=reason), *(state("site-visit-1", status) for status in others))
    no = brief(Template.DECLINED, content=RegistrationDeclined(**HELD, version=2, parts=held))
    steps = " ".join(write(no, paper).steps)
    assert says in steps if says else "registration page" not in steps and "register again" not in steps


def test_nobody_is_said_to_wait_for_a_place(paper: Stationery) -> None:
    assert "is waiting" not in " ".join(write(brief(Template.CONFIRMED), paper).steps)


def test_a_new_time_told_by_the_registration_itself_shows_its_parts(paper: Stationery) -> None:
    fact = RegistrationChanged(**HELD, version=2, parts=(state("policy-event", "confirmed"),))
    letter = write(brief(Template.RESCHEDULED, content=fact), paper)
    assert letter.headline == "The date or time has changed"
    assert letter.cards[0].badge == "Confirmed"


@pytest.mark.parametrize("knows", [True, False])
def test_a_new_time_names_the_part_and_the_time_before(paper: Stationery, *, knows: bool) -> None:
    held = (state("policy-event", "confirmed"), state("site-visit-1", "confirmed"))
    before = datetime(2021, 11, 20, 9, 0, tzinfo=UTC) if knows else None
    moved = {"retimed": True, "retimed_part": "site-visit-1", "retimed_from": before}
    letter = write(
        brief(Template.RESCHEDULED, content=RegistrationChanged(**HELD, version=2, parts=held, **moved)), paper
    )
    assert "Site visit: circular economy" in letter.paragraphs[0]
    told = [[row.value for row in card.rows if row.label == "Before"] for card in letter.cards]
    assert [len(one) for one in told] == [0, int(knows)]
    assert not knows or told[1][0].startswith("Saturday 20 November 2021, 10:00")


def test_an_unknown_mode_is_shown_as_it_is(paper: Stationery) -> None:
    fact = RegistrationConfirmed(**HELD, version=1, parts=(state("policy-event", "declined", mode="by-letter"),))
    assert "Where: by-letter" in text(write(brief(Template.CONFIRMED, content=fact), paper))


def test_an_official_agenda_is_not_called_a_draft(paper: Stationery) -> None:
    draft = brief(Template.AGENDA_PUBLISHED)
    official = replace(draft.notification, content=draft.notification.content.model_copy(update={"label": "official"}))
    assert "draft" in write(draft, paper).subject
    assert "draft" not in write(replace(draft, notification=official), paper).subject


@pytest.mark.parametrize(
    ("language", "words"), [("en", ("New room: Opening", "Now in: Salle 2")), ("fr", ("Nouvelle salle", "Salle 2"))]
)
def test_another_room_is_told_by_its_name(paper: Stationery, language: str, words: tuple[str, ...]) -> None:
    letter = text(write(brief(Template.AGENDA_CHANGED, language), paper))
    assert all(one in letter for one in words)
    assert "a change of tomorrow" not in letter


def test_an_expert_is_not_told_the_name_of_who_was_erased(paper: Stationery) -> None:
    told = replace(brief(Template.SLOT_RELEASED_EXPERT), attendee=None)
    assert "Guest: an attendee" in text(write(told, paper))


def test_a_desk_that_is_gone_is_named_by_its_id(paper: Stationery) -> None:
    content_ = SlotReleased(**{**BOOKED, "desk": "closed"}, version=2, reason="released")
    assert "closed" in write(brief(Template.SLOT_RELEASED, content=content_), paper).subject


def test_a_desk_with_a_table_says_where_to_sit_to_both_sides(paper: Stationery) -> None:
    told = brief(Template.SLOT_BOOKED)
    desks = tuple(one.model_copy(update={"table": "7", "join": None}) for one in told.definition.helpdesk.desks)
    helpdesk = told.definition.helpdesk.model_copy(update={"desks": desks})
    definition = told.definition.model_copy(update={"helpdesk": helpdesk})
    for template in (Template.SLOT_BOOKED, Template.SLOT_BOOKED_EXPERT):
        letter = write(replace(brief(template), definition=definition), paper)
        assert "Where: Table 7" in text(letter)
        assert b"LOCATION:Table 7" in letter.calendars[0].content
    assert "Where" not in text(write(replace(brief(Template.SLOT_RELEASED), definition=definition), paper))


def test_a_desk_with_a_table_and_a_link_has_both_in_the_calendar(paper: Stationery) -> None:
    told = brief(Template.SLOT_BOOKED)
    desks = tuple(one.model_copy(update={"table": "7"}) for one in told.definition.helpdesk.desks)
    helpdesk = told.definition.helpdesk.model_copy(update={"desks": desks})
    definition = told.definition.model_copy(update={"helpdesk": helpdesk})
    [entry] = icalendar.Calendar.from_ical(
        write(replace(told, definition=definition), paper).calendars[0].content
    ).walk("VEVENT")
    assert entry["LOCATION"] == "Table 7"
    assert "/v1/join/" in str(entry["URL"])


def test_a_colon_stands_as_its_language_writes_it(paper: Stationery) -> None:
    french = text(write(brief(Template.CONFIRMED, "fr"), paper))
    assert re.search(r"Voir mon inscription\s:\n", french)
    assert "Open my registration:\n" in text(write(brief(Template.CONFIRMED), paper))


def test_an_offer_says_until_when_it_stands_and_takes_no_place_in_the_calendar(paper: Stationery) -> None:
    told = brief(Template.SLOT_OFFERED)
    letter = write(told, paper)
    assert "Until: Friday 10 December 2021, 09:50" in text(letter)
    assert "Paris time (CET) · 08:50 UTC" in text(letter)
    assert letter.calendars == ()
    fact = told.notification.content.model_copy(update={"reason": "expert-away"})
    assert "cannot make it" in text(write(brief(Template.SLOT_OFFERED, content=fact), paper))


def test_a_ticket_for_a_door_without_its_part_names_the_door(paper: Stationery) -> None:
    lonely = DEFINITION.model_copy(update={"parts": DEFINITION.parts[1:]})
    letter = write(replace(brief(Template.TICKET), definition=lonely), paper)
    assert letter.cards[0].title == "policy-event-day-1"


def test_an_invitation_to_one_person_says_nothing_of_a_delegation(paper: Stationery) -> None:
    told = brief(Template.INVITATION)
    alone = told.notification.content.model_copy(update={"delegation": None})
    words = text(write(replace(told, notification=replace(told.notification, content=alone)), paper))
    assert "Partnership" not in words
    strange = told.notification.content.model_copy(update={"delegation": "unlisted"})
    assert "unlisted" in text(write(replace(told, notification=replace(told.notification, content=strange)), paper))


def test_a_mail_to_nobody_in_particular_greets_without_a_name(paper: Stationery) -> None:
    nameless = replace(brief(Template.INVITATION), to=Person(None, "someone@example.org", "en"))
    assert write(nameless, paper).greeting == "Hello,"


def test_a_template_and_a_content_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(TypeError, match="confirmed mail cannot tell of a RegistrationConfirmed"):
        content(brief(Template.CONFIRMED), TicketIssued)


@pytest.mark.parametrize(
    ("zone", "starts", "hours", "span", "beside"),
    [
        (
            "Europe/Brussels",
            datetime(2021, 12, 10, 8, 15, tzinfo=UTC),
            3.25,
            "Friday 10 December 2021, 09:15-12:30",
            "Brussels time (CET) · 08:15-11:30 UTC",
        ),
        (
            "Europe/Paris",
            datetime(2021, 10, 30, 22, 30, tzinfo=UTC),
            3,
            "Sunday 31 October 2021, 00:30-02:30",
            "Paris time (CEST) · 30 Oct 22:30 - 31 Oct 01:30 UTC",
        ),
        ("America/Sao_Paulo", NOW, 1, "Monday 8 November 2021, 05:00-06:00", "Sao Paulo time · 08:00-09:00 UTC"),
        ("UTC", NOW, 1, "Monday 8 November 2021, 08:00-09:00", None),
    ],
)
def test_times_are_local_first_with_utc_beside(
    zone: str, starts: datetime, hours: float, span: str, beside: str | None
) -> None:
    words, ends = Moments(Voice("en"), zone), starts + timedelta(hours=hours)
    assert words.span(starts, ends).replace("\N{EN DASH}", "-") == span
    if beside is not None:
        assert words.beside(starts, ends).replace("\N{EN DASH}", "-") == beside
