"""What registration hears: submissions, turned into commands, decided in log order, committed once a batch."""

from collections.abc import Mapping, Sequence

from services.registration import views
from services.registration.domain import (
    Apply,
    Cancel,
    Change,
    Claims,
    Command,
    Decision,
    decide,
)
from services.registration.identities import Identities
from services.registration.optimistic import Optimistic
from services.registration.promotion import move_up
from services.registration.store import Commit, Store, Wanted
from shared.bus import Batch, Reply
from shared.messages import Message, registration
from shared.messages.envelope import Received
from shared.seal import Seal

HEARS: tuple[type[Message], ...] = (
    registration.RegistrationSubmitted,
    registration.ChangeSubmitted,
    registration.CancellationSubmitted,
)


class Handlers:
    """The bus's process: load once, decide, commit once, answer everybody."""

    def __init__(self, store: Store, seal: Seal, identities: Identities) -> None:
        self._store = store
        self._batches = Optimistic(store)
        self._seal = seal
        self._identities = identities

    async def __call__(self, batch: Batch) -> Sequence[Reply]:
        commands = [self._command(received) for received in batch]
        before = await self._batches.begin(wanted(commands))
        after, decisions = dict(before), {gathering_id: list[Decision]() for gathering_id in before}
        for command, received in zip(commands, batch, strict=True):
            state, decision = decide(after[command.gathering_id], command, received.id)
            after[command.gathering_id] = state
            decisions[command.gathering_id] += [decision] if decision else []
        last = {command.gathering_id: command.accepted_at for command in commands}
        correlations = {received.id: received.correlation_id for received in batch}
        commits = []
        for gathering_id, made in decisions.items():
            if made:
                state, promoted = await move_up(self._store, after[gathering_id], last[gathering_id], made[-1].cause)
                after[gathering_id] = state
                commits.append(Commit(before[gathering_id], state, [*made, *promoted], correlations))
        if commits:
            await self._batches.commit(commits)
        return [
            Reply(received.reply_to, *views.answer(after[command.gathering_id], command))
            for command, received in zip(commands, batch, strict=True)
            if received.reply_to is not None
        ]

    def _command(self, received: Received[Message]) -> Command:
        match received.message:
            case registration.RegistrationSubmitted() as message:
                return self.on_registration_submitted(message)
            case registration.ChangeSubmitted() as message:
                return self.on_change_submitted(message)
            case registration.CancellationSubmitted() as message:
                return self.on_cancellation_submitted(message)
            case other:
                raise TypeError(f"registration does not hear {other.type}")

    def on_registration_submitted(self, message: registration.RegistrationSubmitted) -> Apply:
        personal = self._seal.open(message.sealed, message.registration_id)
        invitation = personal.pop("invitation", None)
        claims = Claims(
            personal["answers"],
            personal["consents"],
            personal.pop("membership_code", None),
            None if invitation is None else self._identities.code(message.gathering_id, invitation),
        )
        return Apply(
            message.registration_id,
            message.gathering_id,
            message.accepted_at,
            message.key,
            self._identities.person(message.gathering_id, personal["attendee"]["email"]),
            message.delegation,
            message.parts,
            claims,
            personal,
        )

    def on_change_submitted(self, message: registration.ChangeSubmitted) -> Change:
        personal = {} if message.sealed is None else self._seal.open(message.sealed, message.id)
        attendee, invitation = personal.get("attendee"), personal.get("invitation")
        return Change(
            message.id,
            message.gathering_id,
            message.accepted_at,
            message.key,
            message.registration_id,
            message.generation,
            message.parts,
            None if attendee is None else self._identities.person(message.gathering_id, attendee["email"]),
            attendee,
            personal.get("answers") or {},
            None if invitation is None else self._identities.code(message.gathering_id, invitation),
        )

    def on_cancellation_submitted(self, message: registration.CancellationSubmitted) -> Cancel:
        return Cancel(
            message.id,
            message.gathering_id,
            message.accepted_at,
            message.key,
            message.registration_id,
            message.generation,
            message.parts,
        )


def wanted(commands: Sequence[Command]) -> Mapping[str, Wanted]:
    """What the commands name, by gathering; the store adds what the registrations it finds hold."""
    found: dict[str, Wanted] = {}
    for command in commands:
        one = found.setdefault(command.gathering_id, Wanted())
        one.keys.add(command.key)
        match command:
            case Apply():
                one.registrations.add(command.id)
                one.persons.add(command.person)
                one.delegations |= {command.delegation} if command.delegation else set()
                one.codes |= {command.claims.invitation} if command.claims.invitation else set()
            case Change() | Cancel():
                one.submissions.add(command.id)
                one.registrations.add(command.registration_id)
                if isinstance(command, Change):
                    one.persons |= {command.person} if command.person else set()
                    one.codes |= {command.invitation} if command.invitation else set()
    return found
