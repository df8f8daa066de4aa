"""aiohttp: ``gunicorn aiohttp_app:app -k aiohttp.GunicornWebWorker -b 127.0.0.1:8000``."""

import os

from aiohttp import web

import bandwidth_events as bandwidth

CREDENTIALS = bandwidth.BasicCredentials(
    os.environ["BANDWIDTH_EVENTS_USERNAME"], os.environ["BANDWIDTH_EVENTS_PASSWORD"]
)


async def callback(request: web.Request) -> web.Response:
    response = web.Response(status=204)
    try:
        bandwidth.verify_basic_auth(request.headers.get("Authorization"), CREDENTIALS)
        events = bandwidth.parse_callback(await request.read())
    except bandwidth.CallbackError as error:
        response = web.Response(status=error.status_code, headers=error.headers)
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


app = web.Application(client_max_size=2**21)  # parse_callback rejects large bodies itself
app.router.add_post("/callbacks", callback)
