"""Memory at hand, so that a model or a batch that cannot fit is refused before it is tried."""

from __future__ import annotations

from pathlib import Path

from workbench.errors import OutOfMemory

CGROUP = Path("/sys/fs/cgroup")
RESERVE = 256 * 1024**2
"""Bytes left to the rest of the process when asking whether something fits."""


def available_memory() -> int:
    """Return bytes of main memory this process may still take: the machine's, or its cgroup's if less."""
    import psutil

    return min([int(psutil.virtual_memory().available), *(room for _, room in _cgroup_limits())])


def memory_limit() -> int:
    """Return the most bytes of main memory this process may ever have: the machine's, or its cgroup's if less."""
    import psutil

    return min([int(psutil.virtual_memory().total), *(limit for limit, _ in _cgroup_limits())])


def require_memory(needed: int, *, what: str) -> None:
    """Raise unless `needed` bytes of main memory are at hand.

    Raises
    ------
    OutOfMemory
        They are not; the message holds both numbers.
    """
    room = available_memory() - RESERVE
    if needed > room:
        raise OutOfMemory(f"{what} needs about {gibibytes(needed)} of memory and {gibibytes(max(room, 0))} are free")


def gibibytes(count: int) -> str:
    """Return a number of bytes as an error message shows it."""
    return f"{count / 1024**3:.1f} GiB"


def _cgroup_limits(root: Path = CGROUP, process: Path = Path("/proc/self/cgroup")) -> list[tuple[int, int]]:
    """Return each limit above this process and what it leaves, in bytes (cgroup v2, else v1)."""
    found: list[tuple[int, int]] = []
    try:
        lines = process.read_text(encoding="ascii").splitlines()
    except OSError:
        return found
    for line in lines:
        _, controllers, name = line.split(":", 2)
        if controllers == "":
            found += _walk(root, name, "memory.max", "memory.current")
        elif "memory" in controllers.split(","):
            found += _walk(root / "memory", name, "memory.limit_in_bytes", "memory.usage_in_bytes")
    return found


def _walk(root: Path, name: str, limit_file: str, usage_file: str) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    directory = root / name.lstrip("/")
    # Inside a container the path of /proc/self/cgroup need not exist below the mount: the root then is the limit.
    for place in (directory, *directory.parents):
        if not place.is_relative_to(root):
            break
        try:
            limit = (place / limit_file).read_text(encoding="ascii").strip()
            usage = int((place / usage_file).read_text(encoding="ascii")) - _reclaimable(place)
        except (OSError, ValueError):
            continue
        if limit.isdigit():
            found.append((int(limit), max(int(limit) - usage, 0)))
    return found


def _reclaimable(place: Path) -> int:
    """Return bytes of page cache the kernel would give back, which `memory.current` counts as used.

    Both lists count: a model that was just hashed, or is mapped by a run that has ended, fills the active one.
    """
    try:
        text = (place / "memory.stat").read_text(encoding="ascii")
    except OSError:
        return 0
    values = dict(line.split() for line in text.splitlines() if line.count(" ") == 1)
    prefix = "total_" if "total_inactive_file" in values else ""  # version 1 counts children apart
    return sum(int(values.get(f"{prefix}{kind}_file", 0)) for kind in ("inactive", "active"))
