"""The yardstick: a bare FastAPI application that reads the same body and gives it back."""

from fastapi import FastAPI

from services.gateway.api.bodies import RegistrationRequest

app = FastAPI()


@app.post("/echo")
async def echo(body: RegistrationRequest) -> RegistrationRequest:
    return body
