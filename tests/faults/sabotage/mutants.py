"""The mutants: the smallest edit that breaks one rule, the cheapest faults that must show it, who must report it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

BUS, OUTBOX = "shared/bus.py", "shared/outbox.py"
STORE = "services/registration/store/mongo.py"


class NoLongerFits(Exception):
    """The code has changed: the mutant must be written anew."""


@dataclass(frozen=True)
class Edit:
    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Mutant:
    name: str
    rule: str  # that it breaks
    edits: Sequence[Edit]
    faults: str
    reported_by: frozenset[str]  # at least one of these promises must be seen broken

    def apply(self, checkout: Path) -> None:
        for edit in self.edits:
            file = checkout / edit.file
            text = file.read_text()
            if text.count(edit.old) != 1:
                raise NoLongerFits(f"{self.name}: {edit.file} has {text.count(edit.old)} places to change")
            file.write_text(text.replace(edit.old, edit.new))


MUTANTS = (
    Mutant(
        "commit-first",
        "offsets are committed after a batch is handled",
        [
            Edit(
                BUS,
                "            self._measure(readable)\n",
                "            self._measure(readable)\n"
                "            await consumer.commit({tp: offset + 1 for tp, offset in _last(records).items()})\n",
            )
        ],
        "k1,k2,k2,k2,k2,k2,k2",
        frozenset({"D1", "E8", "N1"}),
    ),
    Mutant(
        "no-transaction",
        "state, ledger and outbox are written together or not at all",
        [
            Edit(
                "shared/mongo.py",
                """                async with session.start_transaction(
                    ReadConcern("snapshot"), DURABLE, ReadPreference.PRIMARY, max_commit_time_ms=5000
                ):
                    return await work(session)
""",
                "                return await work(session)\n",
            )
        ],
        "k1,m1,m4,m4",
        frozenset({"D1", "E1", "E2", "E4", "E7", "E8", "S7", "N1"}),
    ),
    Mutant(
        "no-fence",
        "the ledger's version is compared when it is set",
        [
            Edit(STORE, '"version": read.version}', '"version": {"$gt": 0}}'),
            Edit(STORE, '{ledger.sequence + 1:016d}", wires)', '{ledger.sequence + 1:016d}{id(wires)}", wires)'),
            Edit(STORE, "                self._forget([gathering_id])\n", "                pass\n"),
        ],
        "k1,k4",
        frozenset({"E1", "E2", "E4", "S1", "S2", "S7"}),
    ),
    Mutant(
        "answers-twice",
        "a submission that was answered changes nothing more",
        [
            Edit(
                "services/registration/domain/deciding.py",
                "command.id in state.answered or (isinstance(command, Apply) and command.id in state.registrations):\n",
                "not command.id:\n",
            )
        ],
        "k1,k4",
        frozenset({"D1", "D2", "D5", "E4", "E7"}),
    ),
    Mutant(
        "publishes-first",
        "facts are published after their transaction",
        [
            Edit(
                OUTBOX,
                "            await self._documents.insert_many(documents, session=session)\n",
                "            await self._documents.insert_many(documents, session=session)\n"
                "            wires = [wire for entry in entries for wire in entry.wires]\n"
                "            await self._producer.append(wires, within=PUBLISH_WITHIN)\n",
            )
        ],
        "k1,k2,k2,m4",
        frozenset({"E1", "E2", "E4"}),
    ),
    Mutant(
        "outbox-forgets",
        "what a crash left unpublished is published later",
        [
            Edit(
                OUTBOX,
                '{document["_id"]: _entry(document) async for document in found} | known',
                "known",
            ),
            Edit(
                OUTBOX,
                "            await self._append(entries)\n        OUTBOX_SWEPT.inc(len(entries))\n",
                "            self._sent += [entry.id for entry in entries]\n",
            ),
        ],
        "k1,k2,k2,b1",
        frozenset({"E1", "E2", "E4", "D1", "E8"}),
    ),
    Mutant(
        "random-message-id",
        "a mail's Message-ID comes from its notification",
        [
            Edit(
                "services/notifications/mails/mailbox.py",
                '        return f"<{notification_id}@{self.domain}>"\n',
                "        return f\"<{__import__('uuid').uuid4()}@{self.domain}>\"\n",
            )
        ],
        "k1,k3",
        frozenset({"N1", "N2"}),
    ),
    Mutant(
        "scan-id-ignored",
        "a scan that is repeated is the same scan",
        [
            Edit(
                "services/checkin/api/door.py",
                "        scan_id=str(call.scan_id),\n",
                '        scan_id=str(__import__("uuid").uuid4()),\n',
            )
        ],
        "k1,k4",
        frozenset({"S14", "E1"}),
    ),
    Mutant(
        "deadline-by-the-clock",
        "a deadline is held against the moment a submission was accepted",
        [
            Edit(
                "services/registration/handlers.py",
                "        return Apply(\n"
                "            message.registration_id,\n"
                "            message.gathering_id,\n"
                "            message.accepted_at,\n",
                "        from pathlib import Path\n"
                "        from os import environ\n"
                "        from shared.clock import Clock\n"
                "        return Apply(\n"
                "            message.registration_id,\n"
                "            message.gathering_id,\n"
                '            Clock(Path(environ["FOYER_CLOCK_FILE"])).now(),\n',
            )
        ],
        "k1,c2",
        frozenset({"S5"}),
    ),
    Mutant(
        "not-now-is-yes",
        "a mail that was put off is sent later",
        [
            Edit(
                "services/notifications/sender.py",
                "                await self._later(queued, reason)\n",
                '                await self._end(mail, "sent", None)\n',
            )
        ],
        "k1,s3",
        frozenset({"N1", "N5"}),
    ),
    Mutant(
        "poison-is-dropped",
        "what cannot be read is parked",
        [
            Edit(
                BUS,
                "                letters.append(self._dead_letter(record, str(reason)))\n        return readable\n",
                "                log.warning(str(reason))\n        return readable\n",
            )
        ],
        "k1,x1",
        frozenset({"E7"}),
    ),
    Mutant(
        "erased-in-part",
        "an erasure leaves no personal data behind",
        [
            Edit(
                STORE,
                '        return ReplaceOne({"_id": registration.id}, _tombstone(registration))\n',
                '        return UpdateOne({"_id": registration.id}, {"$set": _tombstone(registration)})\n',
            )
        ],
        "k1,k4",
        frozenset({"P1"}),
    ),
)
