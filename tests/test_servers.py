"""The servers that other tests use."""

import socket
from socketserver import BaseRequestHandler

import pytest
from servers import Server, running


def test_a_client_that_disconnects_early_causes_no_server_error(
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
        # The server would report an error before it closes the connection.
        assert client.recv(1) == b""
    assert capsys.readouterr().err == ""
