"""Guards of every request and headers of every answer.

Source: RFC 9110, Content Security Policy Level 3, Fetch Metadata; the threats are
DNS rebinding, cross-site requests to a loopback server, and injected markup.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, request

from ropa.errors import InputError, MediaTypeUnknown, NotAllowed, TooLarge

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; worker-src 'self'"
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # "no-referrer" would turn the Origin of our own forms into "null".
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), "
        "interest-cohort=()"
    ),
}

READING = frozenset({"GET", "HEAD", "OPTIONS"})
_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::(?P<port>\d{1,5}))?")


class HostNotTrusted(InputError):
    """The request was made under a name that this server does not go by."""

    code = "host"


def host_name(host: str) -> str | None:
    """Give the name in a ``Host`` header without its port; None if malformed."""
    match = _HOST.fullmatch(host.strip().lower())
    return match["name"] if match else None


def check_host() -> None:
    """Refuse names that are not ours, so that no foreign site can rebind to us.

    Raises:
        HostNotTrusted: the ``Host`` header names another host.
    """
    trusted = current_app.config["ROPA_TRUSTED_HOSTS"]
    if host_name(request.environ.get("HTTP_HOST", "")) not in trusted:
        raise HostNotTrusted(
            "The request names a host under which this server is not reached.",
            hint="Open the address that the server printed when it started.",
        )


def check_origin() -> None:
    """Refuse requests that change or compute something when another site sends them.

    Programs send neither ``Origin`` nor ``Sec-Fetch-Site``; browsers always send
    one of them with a form or script request.

    Raises:
        NotAllowed: the request comes from another site.
    """
    if request.method in READING:
        return
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    foreign = site is not None and site not in {"same-origin", "none"}
    if origin is not None:
        parts = urlsplit(origin)
        foreign = foreign or (parts.scheme, parts.netloc) != (
            request.scheme,
            request.environ.get("HTTP_HOST", ""),
        )
    if foreign:
        raise NotAllowed(
            "The request was sent by a page of another site.",
            hint="Use the pages of this server, or a program without an Origin header.",
        )


def check_body() -> None:
    """Refuse bodies that are compressed, or larger than the limit, unread.

    Raises:
        MediaTypeUnknown: the body is compressed: its true size is unknown.
        TooLarge: the stated length exceeds the limit.
    """
    if request.method in READING:
        return
    encoding = request.headers.get("Content-Encoding", "identity").lower()
    if encoding != "identity":
        raise MediaTypeUnknown(
            f"The body is sent with the content encoding {encoding!r}.",
            hint="Send it uncompressed.",
        )
    limit = current_app.config["MAX_CONTENT_LENGTH"]
    if request.content_length is not None and request.content_length > limit:
        raise TooLarge(
            f"The body holds {request.content_length:,} bytes; "
            f"at most {limit:,} are read.",
            hint="Send the entries in smaller parts.",
            limit=limit,
        )


def add_headers(response: Response) -> Response:
    """Put the protecting headers on an answer; nothing private stays in caches."""
    for name, value in HEADERS.items():
        response.headers[name] = value
    if request.endpoint == "static":
        return response
    if current_app.config["ROPA_PRIVATE"]:
        response.headers["Cache-Control"] = "no-store"
    return response


def install(app: Flask) -> None:
    """Guard every request of an application."""
    app.before_request(check_host)
    app.before_request(check_origin)
    app.before_request(check_body)
    app.after_request(add_headers)
