"""The stand-in over HTTP: a WSGI application and the small server that runs it."""

import os
import socketserver
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from payouts.sandbox.core import Request, Response, Sandbox
from payouts.sandbox.errors import ConnectionDropped
from payouts.sandbox.settings import SandboxSettings
from payouts.sandbox.webhooks import WebhookSender

_MAX_BODY_BYTES = 1 << 20
_REASONS = {
    200: "OK",
    303: "See Other",
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    413: "Content Too Large",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}

StartResponse = Callable[[str, list[tuple[str, str]]], Any]


def make_application(sandbox: Sandbox) -> Callable[[dict[str, Any], StartResponse], Iterable[bytes]]:
    """Return the WSGI application in front of a stand-in."""

    def serve(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/healthz":
            return _send(Response(200, {"Content-Type": "text/plain"}, b"ok"), start_response)
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if length > _MAX_BODY_BYTES:
            return _send(Response(413, {"Content-Type": "text/plain"}, b"too large"), start_response)
        return _send(sandbox.handle(_request(environ, length)), start_response)

    return serve


def _request(environ: dict[str, Any], length: int) -> Request:
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    return Request(
        environ["REQUEST_METHOD"],
        environ["PATH_INFO"],
        environ.get("QUERY_STRING", ""),
        headers,
        environ["wsgi.input"].read(length) if length else b"",
    )


def _send(response: Response, start_response: StartResponse) -> Iterable[bytes]:
    headers = [*response.headers.items(), ("Content-Length", str(len(response.body)))]
    start_response(f"{response.status} {_REASONS.get(response.status, 'Unknown')}", headers)
    return [response.body]


class _ThreadingServer(socketserver.ThreadingMixIn, WSGIServer):
    """One thread a request; a broken connection is the client's affair."""

    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing about clients that went away or were dropped on purpose."""


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Leave the access log to whoever wants one."""

    def address_string(self) -> str:
        """Return the address without asking a name server."""
        return str(self.client_address[0])


def start_server(sandbox: Sandbox, host: str, port: int) -> WSGIServer:
    """Bind the stand-in to an address; port 0 lets the system choose (see `server_port`)."""
    application = make_application(sandbox)

    def drop_or_serve(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        try:
            return application(environ, start_response)
        except ConnectionDropped as error:
            # The one exception for which wsgiref sends nothing at all and closes the connection.
            raise ConnectionResetError from error

    return make_server(host, port, drop_or_serve, server_class=_ThreadingServer, handler_class=_QuietHandler)


def _from_environment() -> Sandbox:
    state = os.environ.get("STRIPE_SANDBOX_STATE")
    defaults = SandboxSettings()
    return Sandbox(
        SandboxSettings(
            api_key=os.environ.get("STRIPE_API_KEY", defaults.api_key),
            state=Path(state) if state else None,
            webhook_url=os.environ.get("STRIPE_SANDBOX_WEBHOOK_URL"),
            webhook_secret=os.environ.get("STRIPE_WEBHOOK_SECRET", defaults.webhook_secret),
            public_url=os.environ.get("STRIPE_API_BASE", defaults.public_url),
        )
    )


class _LazyApplication:
    """The module's `application`: opens its state at the first request, so that importing costs nothing."""

    def __init__(self) -> None:
        """Wait for the first request."""
        self._serve: Callable[[dict[str, Any], StartResponse], Iterable[bytes]] | None = None

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        if self._serve is None:
            sandbox = _from_environment()
            WebhookSender(sandbox).start()
            self._serve = make_application(sandbox)
        return self._serve(environ, start_response)


application = _LazyApplication()
