"""What each kind of problem means: the page behind its `type`."""

from services.gateway.pages.languages import words

OTHERWISE = "The `detail` of the answer says what was wrong and what to do."


def described(kind: str) -> dict[str, str]:
    title = kind.replace("-", " ").capitalize()
    return {"kind": kind, "title": title, "text": words("problems").get(kind, OTHERWISE)}
