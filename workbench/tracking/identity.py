"""Who ran it: a random name that stays the same, and never the login."""

from __future__ import annotations

import contextlib
import os
import secrets

from workbench.policy.home import Home
from workbench.policy.storage import disk_errors, write_atomically

FILE = "tracking-user"


def pseudonym(home: Home) -> str:
    """Return this data directory's user name in MLflow, made at the first call and kept (0600).

    It is random, so it says nothing about the person; whoever may read the data directory can tell whose it is.
    """
    path = home.root / FILE
    if not path.exists():
        home.create()
        fresh = path.with_name(f".{FILE}.{secrets.token_hex(4)}")
        write_atomically(fresh, f"user-{secrets.token_hex(5)}\n".encode())
        # A link, not a rename: of two processes that come here at once, the first one's name stands for both.
        with disk_errors(path), contextlib.suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink(missing_ok=True)
    return path.read_text(encoding="utf-8").strip()
