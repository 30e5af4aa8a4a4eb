"""Starting the same run only once, however often it is asked for: a token names the wish."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from workbench.errors import JournalError, UsageError
from workbench.evaluation.journal import SPEC
from workbench.evaluation.spec import RunSpec
from workbench.jobs.launcher import new_run_id, submit
from workbench.jobs.record import RunRecord, read_record
from workbench.policy.digests import sha256_bytes
from workbench.policy.home import Home
from workbench.policy.locks import locked
from workbench.policy.storage import private_directory, write_atomically

TOKENS = ".tokens"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a token was first used for."""

    run_id: str
    spec_hash: str


@cache
def _wishes() -> TypeAdapter[Wish]:
    return TypeAdapter(Wish)


def submit_once(spec: RunSpec, home: Home, token: str) -> RunRecord:
    """Start a run, or return the record of the one that this token started.

    The run's id is written down before the run is: whoever is killed in between starts that very run when it asks
    again.

    Raises
    ------
    UsageError
        The token started a run of another spec.
    SpecError, DiskFull, RefusedByPolicy
        As `submit`.
    """
    home.create()
    path = private_directory(home.runs / TOKENS) / f"{sha256_bytes(token.encode())}.json"
    with locked(path.with_suffix(".lock")):
        wish = _read(path) or Wish(new_run_id(datetime.now(UTC)), spec.hash)
        if wish.spec_hash != spec.hash:
            raise UsageError(
                "this token started another run", where=wish.run_id, remedy="Use a new token for each run."
            )
        directory = home.runs / wish.run_id
        if (directory / SPEC).exists():
            return read_record(directory)
        write_atomically(path, _wishes().dump_json(wish))
        return submit(spec, home, run_id=wish.run_id)


def _read(path: Path) -> Wish | None:
    try:
        return _wishes().validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise JournalError("what this token was used for cannot be read", where=path) from error
