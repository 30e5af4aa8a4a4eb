"""Errors as OpenAI's clients expect them, made from our one tree."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response

from workbench.errors import Busy, KeyRefused, TooLarge, WorkbenchError

TOO_LARGE = 413
SERVER_ERROR = 500
RETRY_SECONDS = "1"


def status_of(error: WorkbenchError) -> int:
    """Return the HTTP status of an error: its class's, and 413 for a body that is too large."""
    return TOO_LARGE if isinstance(error, TooLarge) else error.http_status


def envelope(error: WorkbenchError) -> dict[str, Any]:
    """Return the one shape of an error: OpenAI's four fields, and our where, remedy and exit code beside them."""
    kind = "server_error" if status_of(error) >= SERVER_ERROR else "invalid_request_error"
    return {
        "error": {
            "message": str(error),
            "type": kind,
            "param": error.where if kind == "invalid_request_error" else None,
            "code": error.code,
            "what": error.message,
            "where": error.where,
            "remedy": error.remedy,
            "exit_code": error.exit_code,
        }
    }


def refusal(error: WorkbenchError) -> Response:
    """Return the answer that says what went wrong."""
    headers = {"Retry-After": RETRY_SECONDS} if isinstance(error, Busy) else {}
    if isinstance(error, KeyRefused):
        headers["WWW-Authenticate"] = "Bearer"
    return json_response(envelope(error), status_of(error), headers)


def json_response(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return JSON in UTF-8 that nobody may store; what is no Unicode text is replaced."""
    data = json.dumps(content, ensure_ascii=False, allow_nan=False).encode("utf-8", errors="replace")
    safe = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", **(headers or {})}
    return Response(data, status, safe, media_type="application/json")
