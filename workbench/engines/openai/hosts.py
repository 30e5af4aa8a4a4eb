"""Which servers may be asked: this machine's own, and hosts that the configuration allows."""

from __future__ import annotations

import ipaddress
import os
from urllib.parse import urlsplit

from workbench.engines.openai.client import Endpoint
from workbench.errors import OfflineViolation, UsageError

ALLOW = "WORKBENCH_OPENAI_ALLOW"
KEY = "WORKBENCH_OPENAI_KEY"
URL = "WORKBENCH_OPENAI_URL"
DEFAULT_URL = "http://127.0.0.1:8000/v1"


def configured_endpoint() -> Endpoint:
    """Return the endpoint that the environment names.

    Raises
    ------
    UsageError
        ``WORKBENCH_OPENAI_URL`` is no http(s) URL.
    OfflineViolation
        Its host is neither this machine nor in ``WORKBENCH_OPENAI_ALLOW``.
    """
    url = os.environ.get(URL) or DEFAULT_URL
    parts = urlsplit(url)
    try:
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.username or parts.password:
        raise UsageError(
            f"{URL} is not a URL of the form http://host:port/v1", remedy=f"Correct it; a key goes into {KEY}."
        )
    require_allowed(parts.hostname or "")
    return Endpoint(url, os.environ.get(KEY, ""))


def require_allowed(host: str) -> None:
    """Let loopback pass, and the hosts that ``WORKBENCH_OPENAI_ALLOW`` lists.

    Raises
    ------
    OfflineViolation
        Any other host: benchmark texts would leave the machine.
    """
    allowed = {entry.strip().lower() for entry in os.environ.get(ALLOW, "").split(",") if entry.strip()}
    if is_loopback(host) or host.lower() in allowed:
        return
    raise OfflineViolation(
        f"the server {host} is not on this machine",
        remedy=f"Whoever may let texts leave this machine lists the host in {ALLOW} (comma-separated).",
    )


def is_loopback(host: str) -> bool:
    """Return whether `host` is this machine by its very name or address; nothing is resolved."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
