"""The servers that other tests call."""

import socket
from socketserver import BaseRequestHandler

import pytest
from servers import Server, running


def test_a_client_that_leaves_early_is_no_error_of_the_server(
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Deserted(BaseRequestHandler):
        def handle(self) -> None:
            raise ConnectionResetError

    with (
        Server(("127.0.0.1", 0), Deserted) as server,
        running(server),
        socket.create_connection(("127.0.0.1", server.server_port)) as client,
    ):
        assert client.recv(1) == b""  # the end, which comes after a report
    assert capsys.readouterr().err == ""
