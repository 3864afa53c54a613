"""15 November: the partnering event's official agenda is shared; the workshop's draft becomes official."""

from cli.rehearsal.acts.seeds import PARTNERING, POLICY, WORKSHOP
from cli.rehearsal.stage import Stage

WELCOME = {
    "session": "partnering-welcome",
    "part": PARTNERING,
    "kind": "plenary",
    "title": {"en": "Welcome to the partnering event", "fr": "Accueil"},
    "starts": "2021-11-23T14:00",
    "ends": "2021-11-23T14:15",
    "mandatory": True,  # nobody can meet anybody then
}
SESSION = {
    "session": "meetings",
    "part": PARTNERING,
    "kind": "plenary",
    "title": {"en": "Partnering meetings", "fr": "Rencontres"},
    "starts": "2021-11-23T14:00",
    "ends": "2021-11-23T17:30",
    "room": "tables",
}


async def play(stage: Stage) -> None:
    path = f"/v1/gatherings/{POLICY}/agenda"
    await stage.staff("PUT", path, {"sessions": [*stage.briefs[POLICY].sessions, WELCOME, SESSION]})
    await stage.staff("POST", f"{path}/publish", {"label": "official"})
    await stage.staff("POST", f"/v1/gatherings/{WORKSHOP}/agenda/publish", {"label": "official"})
    await stage.together(stage.client.ask("GET", f"/v1/gatherings/{one}/agenda") for one in stage.briefs)
    await stage.staff("POST", f"{path}/publish", {"label": "official"}, role="door")  # not theirs to publish
