"""FastAPI, with a URL for inbound messages and one for status events:
``uvicorn separate_urls:app --host 127.0.0.1 --port 8000``."""

import os

from fastapi import FastAPI, Request, Response

import bandwidth_events as bandwidth

INBOUND = bandwidth.BasicCredentials(
    os.environ["BANDWIDTH_EVENTS_INBOUND_USERNAME"],
    os.environ["BANDWIDTH_EVENTS_INBOUND_PASSWORD"],
)
STATUS = bandwidth.BasicCredentials(
    os.environ["BANDWIDTH_EVENTS_STATUS_USERNAME"],
    os.environ["BANDWIDTH_EVENTS_STATUS_PASSWORD"],
)
app = FastAPI()


@app.post("/inbound", status_code=204)
async def inbound(request: Request) -> Response:
    return await answer(request, INBOUND)


@app.post("/status", status_code=204)
async def status(request: Request) -> Response:
    return await answer(request, STATUS)


async def answer(
    request: Request,
    expected: bandwidth.BasicCredentials,
) -> Response:
    response = Response(status_code=204)
    authorization = request.headers.get("Authorization")
    try:
        bandwidth.verify_basic_auth(authorization, expected)
        events = bandwidth.parse_callback(await request.body())
    except bandwidth.CallbackError as error:
        response = Response(
            status_code=error.status_code,
            headers=error.headers,
        )
        events = error.events
    for event in events:  # of any type: settings in Bandwidth can change
        match event:
            case bandwidth.InboundMessageEvent():
                print(event.counterparty, "wrote to", event.our_number)
            case bandwidth.MessageFailedEvent():
                print(event.to, "was not reached, code", event.error_code)
            case _:
                print("Nothing to do for", event.raw_type)
    return response
