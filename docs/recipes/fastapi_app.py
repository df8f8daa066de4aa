"""FastAPI: ``uvicorn fastapi_app:app --host 127.0.0.1 --port 8000``."""

import os

from fastapi import FastAPI, Request, Response
from pydantic import TypeAdapter

import bandwidth_events as bandwidth

CREDENTIALS = bandwidth.BasicCredentials(
    os.environ["BANDWIDTH_EVENTS_USERNAME"], os.environ["BANDWIDTH_EVENTS_PASSWORD"]
)
PLACE = "#/paths/~1callbacks/post/requestBody/content/application~1json/schema/$defs/{model}"
SCHEMA = TypeAdapter(list[bandwidth.Event]).json_schema(ref_template=PLACE)
PAGE = {"requestBody": {"content": {"application/json": {"schema": SCHEMA}}}}
app = FastAPI()


@app.post("/callbacks", status_code=204, openapi_extra=PAGE)
async def callback(request: Request) -> Response:
    response = Response(status_code=204)
    try:
        bandwidth.verify_basic_auth(request.headers.get("Authorization"), CREDENTIALS)
        events = bandwidth.parse_callback(await request.body())
    except bandwidth.CallbackError as error:
        response = Response(status_code=error.status_code, headers=error.headers)
        events = error.events
    for event in events:
        match event:
            case bandwidth.InboundMessageEvent():
                print(event.counterparty, "wrote to", event.our_number)
            case bandwidth.MessageFailedEvent():
                print(event.to, "was not reached, code", event.error_code)
            case _:
                print(type(event).__name__, "was received")
    return response
