"""The urls.py of a Django project:
``gunicorn project.wsgi --threads 8 --bind 127.0.0.1:8000``."""

import os

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

import bandwidth_events as bandwidth

CREDENTIALS = bandwidth.BasicCredentials(
    os.environ["BANDWIDTH_EVENTS_USERNAME"],
    os.environ["BANDWIDTH_EVENTS_PASSWORD"],
)


@csrf_exempt  # the password proves that the request is not forged
@require_POST
def callback(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(status=204)
    authorization = request.headers.get("Authorization")
    try:
        bandwidth.verify_basic_auth(authorization, CREDENTIALS)
        body = request.body
        # Django reads nothing from a chunked body.
        if request.META.get("wsgi.input_terminated"):
            body = body or request.META["wsgi.input"].read(2**21)
        events = bandwidth.parse_callback(body)
    except bandwidth.CallbackError as error:
        response = HttpResponse(
            status=error.status_code,
            headers=dict(error.headers),
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


urlpatterns = [path("callbacks", callback)]
