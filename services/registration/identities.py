"""Keyed digests: one mailbox is one person, a code is known only by its digest."""

from shared.text import person_key
from shared.tokens import Manage, Tokens

CODE_LENGTH = 16


class Identities:
    """Nobody outside can compute these, so none of them says anything about anybody."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    def person(self, gathering_id: str, email: str) -> str:
        return self._tokens.identity("person", gathering_id, person_key(email))

    def code(self, gathering_id: str, code: str) -> str:
        return self._tokens.identity("invitation", gathering_id, code.strip().lower())

    def new_code(self, invitation_id: str) -> str:
        """What is handed out with an invitation; always the same for it, so that it can be mailed again."""
        return self._tokens.code(CODE_LENGTH, "invitation-code", invitation_id)

    def act(self, gathering_id: str, *cause: str) -> str:
        """The id of a staff act: the same act sent again with its key is the same act."""
        return self._tokens.identity("act", gathering_id, *cause)

    def manage_token(self, manage: Manage) -> str:
        return self._tokens.manage(manage)
