"""Azure Functions, as function_app.py: ``func start --port 8000``."""

import os

import azure.functions as func

import bandwidth_events as bandwidth

CREDENTIALS = bandwidth.BasicCredentials(
    os.environ["BANDWIDTH_EVENTS_USERNAME"],
    os.environ["BANDWIDTH_EVENTS_PASSWORD"],
)
app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route("callbacks", methods=["POST"])
def callback(req: func.HttpRequest) -> func.HttpResponse:
    response = func.HttpResponse(status_code=204)
    authorization = req.headers.get("Authorization")
    try:
        bandwidth.verify_basic_auth(authorization, CREDENTIALS)
        events = bandwidth.parse_callback(req.get_body())
    except bandwidth.CallbackError as error:
        response = func.HttpResponse(
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
