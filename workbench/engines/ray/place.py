"""Where a run's actors live: ``auto``, ``local:N`` or the address of a cluster."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from workbench.errors import UsageError

LOCAL = re.compile(r"local:([1-9][0-9]{0,3})")
ADDRESS = re.compile(r"[A-Za-z0-9._-]+:[1-9][0-9]{0,4}|\[[0-9A-Fa-f:]+\]:[1-9][0-9]{0,4}")
VARIABLE = "RAY_ADDRESS"


@dataclass(frozen=True, slots=True)
class Place:
    """A cluster to join (`address`), or one to start here with `actors` actors (None: as many as there are GPUs)."""

    address: str = ""
    actors: int | None = None

    @property
    def local(self) -> bool:
        """Whether the cluster is started here and ends with the run."""
        return not self.address


def read_place(text: str, environment: Mapping[str, str] | None = None) -> Place:
    """Return what `--ray` names.

    Raises
    ------
    UsageError
        None of ``auto``, ``local:N`` and ``HOST:PORT``.
    """
    named = (os.environ if environment is None else environment).get(VARIABLE, "") if text == "auto" else ""
    wanted = named or text
    if wanted in ("auto", "local"):
        return Place()
    if found := LOCAL.fullmatch(wanted):
        return Place(actors=int(found[1]))
    if ADDRESS.fullmatch(wanted):
        return Place(address=wanted)
    raise UsageError(
        f"{VARIABLE if named else '--ray'} does not take {wanted!r}",
        remedy="auto, local:N (N actors on this machine), or HOST:PORT of a cluster that this machine is a node of.",
    )
