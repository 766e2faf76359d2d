"""Sending one HTTPS request to an address that a client chose, without being led to our own network.

The name is resolved once, every address is checked, and the connection goes to the checked address: a name that changes its
address between check and use (DNS rebinding) gains nothing. Redirects are not followed.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Mapping
from urllib.parse import urlsplit

from django.conf import settings

MOST_ANSWER_BYTES = 2000


class AddressRefused(ValueError):
    """The address is not one that may be called."""


def post(url: str, body: bytes, headers: Mapping[str, str], *, timeout_s: float) -> int:
    """Return the status with which ``url`` answered.

    Raises:
        AddressRefused: not http(s), or it leads to a private, loopback or reserved network.
        OSError: no connection or no answer in time.
    """
    parts = urlsplit(url)
    host, address, port = check_address(url)
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = _PinnedHTTPSConnection(host, address, port, timeout_s)
    else:
        connection = http.client.HTTPConnection(address, port, timeout=timeout_s)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body=body, headers={"Host": parts.netloc, **headers})
        answer = connection.getresponse()
        answer.read(MOST_ANSWER_BYTES)
    except http.client.HTTPException as error:
        raise OSError(f"the answer is not HTTP: {type(error).__name__}") from error
    else:
        return answer.status
    finally:
        connection.close()


def check_address(url: str) -> tuple[str, str, int]:
    """Return host, the address to connect to, and port of ``url``.

    Raises:
        AddressRefused: as ``post``.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise AddressRefused("this is not a web address") from error
    allow_loopback = settings.WEBHOOK_ALLOW_LOOPBACK
    if not parts.hostname or parts.username or parts.scheme not in ({"https", "http"} if allow_loopback else {"https"}):
        raise AddressRefused("use an https:// address without user name")
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise AddressRefused("the host name cannot be resolved") from error
    addresses = [str(entry[4][0]) for entry in found]
    for address in addresses:
        ip = ipaddress.ip_address(address)
        if not ip.is_global and not (allow_loopback and ip.is_loopback):
            raise AddressRefused("the address lies in a private or reserved network")
    return parts.hostname, addresses[0], port


class _PinnedHTTPSConnection(http.client.HTTPSConnection):
    """HTTPS to a checked address, with the certificate checked for the name."""

    def __init__(self, host: str, address: str, port: int, timeout_s: float) -> None:
        super().__init__(address, port, timeout=timeout_s, context=ssl.create_default_context())
        self._name = host

    def connect(self) -> None:
        plain = socket.create_connection((self.host, self.port), self.timeout)
        self.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=self._name)
