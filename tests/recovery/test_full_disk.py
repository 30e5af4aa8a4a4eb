"""A disk that fills up ends a run with an error that says so; with space again, it goes on as if nothing had been."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys

import pytest

from workbench.errors import DiskFull
from workbench.jobs.record import State, read_record
from workbench.jobs.watching import status
from workbench.testing.runs import until


def test_a_full_disk_fails_the_run_which_can_then_be_resumed(disturbed, whole):
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    # The size that a file may reach stands in for the disk: the journal of this run grows beyond it.
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, limit[1]))
    try:
        directory = disturbed.start(delay="0")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    ended = until(lambda: (now := status(directory)).state is State.FAILED and now, what="the failure")
    assert ended.record.error.code == DiskFull.code
    assert ended.record.error.where == str(directory / "items.jsonl")
    assert "resume" in ended.record.error.remedy
    whole_lines = (directory / "items.jsonl").read_bytes()
    assert len(whole_lines) <= 40_000
    assert whole_lines == b"" or whole_lines.endswith(b"\n")
    disturbed.resume(directory)
    disturbed.finish(directory)
    assert disturbed.table(directory) == whole


SMALL_DISK = """
import os, subprocess, sys
from pathlib import Path
mount, home, size = sys.argv[1:4]
subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", mount], check=True)
os.environ["WORKBENCH_HOME"] = mount
from workbench.jobs.launcher import resume, submit
from workbench.jobs.record import read_record
from workbench.jobs.watching import wait
from workbench.policy.home import home as data_directory
from workbench.evaluation.spec import spec_from_json
here = data_directory()
record = submit(spec_from_json(Path(home, "spec.json").read_bytes()), here)
directory = here.runs / record.run_id
failed = wait(directory).record
print(failed.state, failed.error and failed.error.code, flush=True)
subprocess.run(["mount", "-o", "remount,size=64m", mount], check=True)
resume(directory, here)
print(wait(directory).state)
Path(home, "items.parquet").write_bytes((directory / "items.parquet").read_bytes())
"""


def test_a_disk_without_a_byte_left_still_gets_the_error_into_the_record(disturbed, whole, tmp_path):
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-rm", "true"], check=False).returncode:
        pytest.skip("this kernel gives no mount namespace: no small disk can be made")
    (tmp_path / "disk").mkdir()
    (tmp_path / "spec.json").write_bytes(disturbed.spec.canonical())
    done = subprocess.run(
        ["unshare", "-rm", sys.executable, "-c", SMALL_DISK, str(tmp_path / "disk"), str(tmp_path), "144k"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "WORKBENCH_FAKE_DELAY": "0"},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["failed machine_disk", "done"]
    assert (tmp_path / "items.parquet").read_bytes() == whole


def test_a_resume_on_a_full_disk_says_so_and_changes_nothing(disturbed):
    directory = disturbed.start()
    until(lambda: status(directory).rows >= 5, what="five answers")
    disturbed.kill(directory)
    before = read_record(directory)
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, limit[1]))
    try:
        with pytest.raises(DiskFull):
            disturbed.resume(directory)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert read_record(directory) == before
    assert status(directory).state is State.INTERRUPTED
