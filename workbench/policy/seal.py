"""The seal: this process gets a network of its own that has a loopback device and nothing else.

A new user namespace and a new network namespace (Linux, `unshare(2)`), which an ordinary user may make. Sockets in
the file system still work across it; no packet leaves.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
import threading
from pathlib import Path

from workbench.errors import MachineCannot

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
SIOCGIFFLAGS = 0x8913
SIOCSIFFLAGS = 0x8914
IFF_UP = 0x1


def enter_seal() -> None:
    """Leave the machine's network for good; call it first thing in a process, before any thread.

    Raises
    ------
    MachineCannot
        The kernel refuses, or the process already has threads. Nothing then runs unsealed.
    """
    if threading.active_count() > 1:
        raise MachineCannot(
            "a process with threads cannot be sealed", remedy="Seal it before anything else is imported."
        )
    refusal = _tried_in_a_child()
    if refusal:
        raise MachineCannot(
            f"the kernel refuses a network namespace ({refusal})",
            remedy="Ask the administrator to allow unprivileged user namespaces, or run without --seal.",
        )
    _enter()


def _tried_in_a_child() -> str:
    """Return why the kernel refuses; empty when it does not.

    Some systems grant the namespaces and then refuse to map a user into them. A process caught there can create no
    file any more, not even to say why, so a child goes first.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            _enter()
        except (OSError, AttributeError) as error:
            os.write(writer, str(error).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as answer:
        refusal = answer.read().decode(errors="replace")
    os.waitpid(child, 0)
    return refusal


def _enter() -> None:
    uid, gid = os.getuid(), os.getgid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1", encoding="ascii")
    _loopback_up()


def _loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        request = struct.pack("16sh", b"lo", 0)
        flags = struct.unpack("16sh", fcntl.ioctl(handle, SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(handle, SIOCSIFFLAGS, struct.pack("16sh", b"lo", flags | IFF_UP))


def interfaces() -> tuple[str, ...]:
    """Return the network devices this process can see: ``("lo",)`` when it is sealed."""
    return tuple(sorted(name for _, name in socket.if_nameindex()))
