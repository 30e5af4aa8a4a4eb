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

    return min([int(psutil.virtual_memory().available), *_cgroup_room()])


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


def _cgroup_room(root: Path = CGROUP, process: Path = Path("/proc/self/cgroup")) -> list[int]:
    """Return what each limit above this process leaves, in bytes (cgroup v2, else v1)."""
    rooms: list[int] = []
    try:
        lines = process.read_text(encoding="ascii").splitlines()
    except OSError:
        return rooms
    for line in lines:
        _, controllers, name = line.split(":", 2)
        if controllers == "":
            rooms += _walk(root, name, "memory.max", "memory.current")
        elif "memory" in controllers.split(","):
            rooms += _walk(root / "memory", name, "memory.limit_in_bytes", "memory.usage_in_bytes")
    return rooms


def _walk(root: Path, name: str, limit_file: str, usage_file: str) -> list[int]:
    rooms: list[int] = []
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
            rooms.append(max(int(limit) - usage, 0))
    return rooms


def _reclaimable(place: Path) -> int:
    """Return bytes of page cache the kernel would give back, which `memory.current` counts as used."""
    try:
        text = (place / "memory.stat").read_text(encoding="ascii")
    except OSError:
        return 0
    values = dict(line.split() for line in text.splitlines() if line.count(" ") == 1)
    return int(values.get("inactive_file", 0))
