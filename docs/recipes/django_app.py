"""The urls.py of a Django project: ``gunicorn project.wsgi --threads 8 -b 127.0.0.1:8000``."""

import os

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

import bandwidth_events as bandwidth

CREDENTIALS = bandwidth.BasicCredentials(
    os.environ["BANDWIDTH_EVENTS_USERNAME"], os.environ["BANDWIDTH_EVENTS_PASSWORD"]
)


@csrf_exempt  # the credentials protect against forged requests
@require_POST
def callback(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(status=204)
    try:
        bandwidth.verify_basic_auth(request.headers.get("Authorization"), CREDENTIALS)
        body = request.body
        if request.META.get("wsgi.input_terminated"):  # Django ignores chunked bodies
            body = body or request.META["wsgi.input"].read(2**21)
        events = bandwidth.parse_callback(body)
    except bandwidth.CallbackError as error:
        response = HttpResponse(status=error.status_code, headers=dict(error.headers))
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


urlpatterns = [path("callbacks", callback)]
