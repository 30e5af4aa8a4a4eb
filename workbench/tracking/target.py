"""Which MLflow a run goes to: the embedded store, or any server."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from workbench.errors import UsageError
from workbench.policy.home import Home
from workbench.policy.storage import FILE_MODE

VARIABLE = "MLFLOW_TRACKING_URI"
REMOTE_SCHEMES = ("http", "https", "databricks", "uc")
_USERINFO = re.compile(r"(?<=://)[^/@\s]+@")


@dataclass(frozen=True, slots=True)
class Target:
    """One MLflow store.

    Attributes
    ----------
    uri
        What MLflow is given. May hold a password: it is never shown, logged or written down.
    shown
        The same without user, password and query.
    artifacts
        Where experiments made here keep their artifacts; None: the server decides.
    """

    uri: str
    shown: str
    artifacts: str | None = None

    @property
    def embedded(self) -> bool:
        """Whether this is the store inside the data directory."""
        return self.artifacts is not None

    @property
    def remote(self) -> bool:
        """Whether a server stands between us and the store."""
        return urlsplit(self.uri).scheme in REMOTE_SCHEMES

    def conceal(self, text: str) -> str:
        """Return `text` with every trace of this target's credentials taken out."""
        parts = urlsplit(self.uri)
        concealed = text.replace(self.uri, self.shown)
        for secret in (parts.password, parts.query):
            if secret:
                concealed = concealed.replace(secret, "***")
        return _USERINFO.sub("", concealed)


def without_secrets(uri: str) -> str:
    """Return `uri` without user, password, query and fragment."""
    parts = urlsplit(uri)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def embedded(home: Home) -> Target:
    """Return the store inside `home`: an SQLite file, with artifacts beside it."""
    uri = f"sqlite:///{home.mlflow_database}"
    return Target(uri=uri, shown=uri, artifacts=home.mlflow_artifacts.as_uri())


def resolve(home: Home, *, recorded: str | None = None) -> Target:
    """Return the store in force: ``MLFLOW_TRACKING_URI``, else the `recorded` one, else the embedded.

    Parameters
    ----------
    recorded
        What an earlier delivery of the same run wrote down (without secrets).

    Raises
    ------
    UsageError
        The variable holds no address.
    """
    ours = embedded(home)
    wanted = os.environ.get(VARIABLE) or recorded or ours.uri
    if wanted in (ours.uri, ours.shown):
        return ours
    try:
        return Target(uri=wanted, shown=without_secrets(wanted))
    except ValueError as error:
        raise UsageError("this is no address", where=VARIABLE, remedy=f"Correct {VARIABLE}, or unset it.") from error


def prepare(home: Home) -> None:
    """Create the embedded store's file, private to this user, before SQLite would with wider rights."""
    home.create()
    descriptor = os.open(home.mlflow_database, os.O_CREAT | os.O_RDWR, FILE_MODE)
    os.close(descriptor)
