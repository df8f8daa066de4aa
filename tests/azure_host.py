"""Replaces the host of Azure Functions, ``func start``, for the function app in a file.

The real host is not a Python package. It reads the app's declarations, and calls the function with
the arguments in its bindings. This module does the same.
"""

import importlib.util
import signal
import sys
from types import ModuleType

import azure.functions as func
from gateways import Gateway, Request, Response


def load(file: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location("function_app", file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main(file: str) -> None:
    (function,) = load(file).app.get_functions()
    trigger = function.get_trigger()

    def answer(request: Request) -> Response:
        call = func.HttpRequest(
            method=request.method,
            url=f"http://127.0.0.1{request.path}",
            headers=dict(request.headers),
            body=request.body,
        )
        response = function.get_user_function()(**{trigger.name: call})
        return Response(response.status_code, response.headers, response.get_body())

    with Gateway(answer) as server:
        server.serve_forever()


signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit())
main(*sys.argv[1:])
