"""FastAPI: ``uvicorn fastapi_app:app --host 127.0.0.1 --port 8000``."""

import os

from fastapi import FastAPI, Request, Response
from pydantic import TypeAdapter

import bandwidth_events as bandwidth

CREDENTIALS = bandwidth.BasicCredentials(
    os.environ["BANDWIDTH_EVENTS_USERNAME"],
    os.environ["BANDWIDTH_EVENTS_PASSWORD"],
)
BODY = "#/paths/~1callbacks/post/requestBody/content/application~1json"
SCHEMA = TypeAdapter(list[bandwidth.Event]).json_schema(
    ref_template=f"{BODY}/schema/$defs/{{model}}",
)
PAGE = {"requestBody": {"content": {"application/json": {"schema": SCHEMA}}}}
app = FastAPI()


@app.post("/callbacks", status_code=204, openapi_extra=PAGE)
async def callback(request: Request) -> Response:
    response = Response(status_code=204)
    authorization = request.headers.get("Authorization")
    try:
        bandwidth.verify_basic_auth(authorization, CREDENTIALS)
        events = bandwidth.parse_callback(await request.body())
    except bandwidth.CallbackError as error:
        response = Response(
            status_code=error.status_code,
            headers=error.headers,
        )
        events = error.events
    for event in events:
        match event:
            case bandwidth.InboundMessageEvent():
                print(event.counterparty, "wrote to", event.our_number)
            case bandwidth.MessageFailedEvent():
                print(event.to, "was not reached, code", event.error_code)
            case _:
                print("Nothing to do for", event.raw_type)
    return response
