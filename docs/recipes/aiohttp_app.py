"""aiohttp: ``gunicorn aiohttp_app:app --worker-class aiohttp.GunicornWebWorker
--bind 127.0.0.1:8000``."""

import os

from aiohttp import web

import bandwidth_events as bandwidth

CREDENTIALS = bandwidth.BasicCredentials(
    os.environ["BANDWIDTH_EVENTS_USERNAME"],
    os.environ["BANDWIDTH_EVENTS_PASSWORD"],
)


async def callback(request: web.Request) -> web.Response:
    response = web.Response(status=204)
    authorization = request.headers.get("Authorization")
    try:
        bandwidth.verify_basic_auth(authorization, CREDENTIALS)
        events = bandwidth.parse_callback(await request.read())
    except bandwidth.CallbackError as error:
        response = web.Response(
            status=error.status_code,
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


# aiohttp refuses bodies of 1 MiB; parse_callback has a limit of its own.
app = web.Application(client_max_size=2**21)
app.router.add_post("/callbacks", callback)
