"""Behind the seal there is a loopback device and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from workbench.errors import MachineCannot

SEALED = """
import json, os, socket, threading
from workbench.errors import MachineCannot
from workbench.policy.seal import enter_seal, interfaces

try:
    enter_seal()
except MachineCannot as error:
    print(json.dumps({"refused": error.message}))
    raise SystemExit
said = {"interfaces": interfaces(), "uid": os.getuid()}
try:
    socket.create_connection(("192.0.2.1", 80), timeout=5)  # TEST-NET-1 of RFC 5737
    said["outside"] = "connected"
except OSError as error:
    said["outside"] = type(error).__name__
server = socket.create_server(("127.0.0.1", 0))
thread = threading.Thread(target=lambda: server.accept()[0].sendall(b"here"), daemon=True)
thread.start()
with socket.create_connection(server.getsockname(), timeout=5) as connection:
    said["loopback"] = connection.recv(4).decode()
print(json.dumps(said))
"""


def test_a_sealed_process_sees_loopback_only():
    done = subprocess.run([sys.executable, "-c", SEALED], capture_output=True, text=True, check=True)
    said = json.loads(done.stdout)
    if "refused" in said:
        pytest.skip(f"this kernel makes no seal: {said['refused']}")
    assert said["interfaces"] == ["lo"]
    assert said["outside"] == "OSError"  # no route at once, rather than a time-out
    assert said["loopback"] == "here"


def test_a_process_with_threads_is_not_sealed():
    code = """
import threading
from workbench.errors import MachineCannot
from workbench.policy.seal import enter_seal
threading.Thread(target=threading.Event().wait, daemon=True).start()
try:
    enter_seal()
except MachineCannot as error:
    print(error.exit_code, error.message)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"{MachineCannot.exit_code} a process with threads")


REFUSED = """
import os
from pathlib import Path
from workbench.errors import MachineCannot
from workbench.policy import seal

class Refusing(type(Path())):
    def write_text(self, *words, **more):
        raise PermissionError(1, "Operation not permitted")

seal.Path = Refusing  # as where the namespaces are granted and the map is not (AppArmor on some distributions)
before = os.readlink("/proc/self/ns/net")
try:
    seal.enter_seal()
except MachineCannot as error:
    print(error.exit_code, "refuses" in error.message, os.readlink("/proc/self/ns/net") == before)
"""


def test_a_seal_that_is_refused_half_way_leaves_the_process_as_it_was():
    done = subprocess.run([sys.executable, "-c", REFUSED], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(MachineCannot.exit_code), "True", "True"]
