"""Bent mails, private data and answers: what people notice first."""

import json
from dataclasses import replace

from cli.rehearsal.evidence import Record
from tests.faults.checker.case import Recovery
from tests.unit.faults.bends.registry import breaks
from tests.unit.faults.history import CERTIFICATE, FAY, LATER, History
from tests.unit.rehearsal.history import ADA, BEN, CLEO, address, reg


@breaks("N1")
def a_mail_is_lost(history: History) -> None:
    history.story.mails.pop()


@breaks("N1")
def a_notification_is_lost(history: History) -> None:
    history.story.lines.remove(history.line("notification", registration_id=reg(ADA)))


@breaks("N2")
def a_mail_comes_twice_without_an_excuse(history: History) -> None:
    history.deliveries.append(replace(history.deliveries[-2], at=LATER))


@breaks("N2")
def a_mail_comes_again_under_another_id(history: History) -> None:
    history.deliveries.append(replace(history.deliveries[-2], message_id="<random@foyer>"))


@breaks("N3")
def a_mail_goes_to_somebody_else(history: History) -> None:
    mail = next(one for one in history.story.mails if one.to == (address(CLEO),))
    history.story.mails[history.story.mails.index(mail)] = replace(mail, to=(address(BEN),))


@breaks("N3")
def a_mail_speaks_of_somebody_else(history: History) -> None:
    mail = next(one for one in history.story.mails if one.to == (address(CLEO),))
    history.story.mails[history.story.mails.index(mail)] = replace(mail, text=f"Dear {BEN}")


@breaks("N5")
def not_now_was_understood_as_never(history: History) -> None:
    history.deliveries.append(replace(history.deliveries[3], code=451, at=LATER))


@breaks("N5")
def never_was_understood_as_not_now(history: History) -> None:
    history.deliveries.insert(0, replace(history.deliveries[3], code=554))


@breaks("N7")
def the_erased_are_written_to(history: History) -> None:
    late = next(one for one in history.deliveries if address(FAY) in one.to)
    history.deliveries.append(replace(late, at=LATER))


@breaks("P1")
def a_dead_letter_names_somebody(history: History) -> None:
    named = json.dumps({"email": address(ADA)}).encode()
    history.letters.append(replace(history.letters[0], offset=1, value=named))


@breaks("P1")
def the_erased_are_still_there(history: History) -> None:
    history.shelves["database registration people"] = address(FAY).encode()


@breaks("P3")
def a_certificate_is_kept(history: History) -> None:
    history.shelves["log checkin.log"] = CERTIFICATE.encode()


@breaks("U1")
def an_audit_entry_is_removed(history: History) -> None:
    history.story.lines.remove(history.line("audit"))


@breaks("L1")
def it_never_settles(history: History) -> None:
    history.recovery = Recovery(None)


@breaks("L2")
def somebody_saw_a_500(history: History) -> None:
    history.story.journal.append(replace(history.story.journal[0], id="oops", status=500))


@breaks("L2")
def somebody_waited_for_half_a_minute(history: History) -> None:
    history.story.journal.append(replace(history.story.journal[1], id="slow", took=30.0))


@breaks("L3")
def a_killed_process_works_again_too_late(history: History) -> None:
    history.faults[0] = replace(history.faults[0], handled_after=16.0)


@breaks("L3")
def a_killed_process_never_works_again(history: History) -> None:
    history.faults[0] = replace(history.faults[0], handled_after=None)


@breaks("L3")
def mongodb_is_back_and_not_found(history: History) -> None:
    history.faults[1] = replace(history.faults[1], handled_after=14.0)


@breaks("L4")
def a_restart_lost_an_answer_for_good(history: History) -> None:
    asked = history.story.journal[1]
    history.story.journal.append(replace(asked, id="gone", path="/v1/gatherings", key=None, status=503))


@breaks("T1")
def nothing_was_tested(history: History) -> None:
    story = history.story
    first: dict[str, Record] = {}
    for record in story.records:
        first.setdefault(record.id, record)
    story.records = list(first.values())


@breaks("T1")
def a_fault_never_had_an_effect(history: History) -> None:
    history.untested.append("w1: mongod lived through it")
