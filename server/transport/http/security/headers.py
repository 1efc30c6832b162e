"""What keeps a page safe: how much is read, headers."""

from pathlib import Path

from flask import Flask, request
from flask.wrappers import Response
from flask_login import current_user

from server.services.access.session_key import secret_key
from server.services.context import Context
from server.transport.http.security.access import Access, declared
from server.transport.http.security.form_sizes import LONG_FORM_BYTES, MAX_FORM_BYTES

CONTENT_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
_LONG_FORMS = (
    "/phan-anh/",
    "/mau-tra-loi",
    "/so-tiep-cong-dan/",
    "/rieng-tu/",
    "/khoa/",
    "/dang-nhap",
    "/mo-khoa",
)
"""What takes a text, or carries one, sealed, past a password."""


def install(app: Flask, ctx: Context) -> None:
    """Set the app's key and cookies, and the headers of every answer."""
    settings = ctx.settings
    app.config.update(
        SECRET_KEY=secret_key(Path(settings.data)),
        WTF_CSRF_TIME_LIMIT=None,  # a form's token ends with its session, and knows no clock of its own
        MAX_CONTENT_LENGTH=64 * 1024,
        MAX_FORM_MEMORY_SIZE=64 * 1024,
    )

    @app.before_request
    def long_forms() -> None:
        if current_user.is_authenticated:
            request.max_content_length = request.max_form_memory_size = MAX_FORM_BYTES
        elif request.path.startswith(_LONG_FORMS):
            request.max_content_length = request.max_form_memory_size = LONG_FORM_BYTES

    @app.after_request
    def headers(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)  # a page may be stricter
        if settings.secure_cookies:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        # Pages hold a school's figures: no cache on the way or on a shared computer keeps them. What is
        # anybody's, such as a style sheet, may be kept.
        public = request.endpoint is not None and declared(app, request.endpoint) is Access.PUBLIC
        if not public or not response.headers.get("Cache-Control") or response.mimetype == "text/html":
            response.headers["Cache-Control"] = "no-store"
        return response
