"""Afterwards: who attended gets the article."""

from cli.rehearsal.acts.seeds import POLICY, WORKSHOP
from cli.rehearsal.stage import Stage


async def policy_event(stage: Stage) -> None:
    await _publish(stage, POLICY, "What we heard in Saint-Ouen")


async def workshop(stage: Stage) -> None:
    await _publish(stage, WORKSHOP, "Clusters: driving the green and digital twin transitions")


async def _publish(stage: Stage, gathering: str, title: str) -> None:
    body = {"title": title, "url": f"https://example.org/{gathering}/article", "text": "Thank you for taking part."}
    await stage.together([stage.staff("POST", f"/v1/gatherings/{gathering}/follow-up", body)])
