"""The journal's file system becomes read-only in mid-run: the log says so, the record cannot; nothing is lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

READ_ONLY = """
import os, subprocess, sys
from pathlib import Path
home = sys.argv[1]
os.environ["WORKBENCH_HOME"] = home
from workbench.errors import MachineCannot
from workbench.evaluation.journal import Journal
from workbench.evaluation.spec import spec_from_json
from workbench.jobs.launcher import resume, submit
from workbench.jobs.record import alive, read_record
from workbench.jobs.watching import list_runs, remove_run, status, wait
from workbench.policy.home import home as data_directory
from workbench.testing.runs import until
here = data_directory()
directory = here.runs / submit(spec_from_json(Path(home, "spec.json").read_bytes()), here).run_id
until(lambda: status(directory).rows >= 10, what="ten answers")
subprocess.run(["mount", "--bind", directory, directory], check=True)
subprocess.run(["mount", "-o", "remount,bind,ro", directory], check=True)
until(lambda: not alive(read_record(directory)), what="the end of the process")
(now,) = list_runs(here)
print(now.state, now.rows >= 10, len(list(Journal(directory).rows())) == now.rows)
said = (directory / "runner.log").read_text().splitlines()
print(next(line for line in said if "errors.MachineCannot: " in line))
for verb in (lambda: resume(directory, here), lambda: remove_run(directory)):
    try:
        verb()
    except MachineCannot as error:
        print(error.code, error.message, "|", error.remedy)
print(status(directory) == now)
subprocess.run(["umount", directory], check=True)
os.environ["WORKBENCH_FAKE_DELAY"] = "0"
resume(directory, here)
print(wait(directory).state)
Path(home, "items.parquet").write_bytes((directory / "items.parquet").read_bytes())
"""


def test_a_journal_that_becomes_read_only(disturbed, whole, tmp_path):
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-rm", "true"], check=False).returncode:
        pytest.skip("this kernel gives no mount namespace: nothing can be made read-only for one run")
    (tmp_path / "spec.json").write_bytes(disturbed.spec.canonical())
    done = subprocess.run(
        ["unshare", "-rm", sys.executable, "-c", READ_ONLY, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "WORKBENCH_FAKE_DELAY": "0.03"},
    )
    assert done.returncode == 0, done.stderr
    first, log, resumed, removed, unchanged, last = done.stdout.splitlines()
    assert first == "interrupted True True"
    assert "cannot write here (Read-only file system)" in log
    assert "items.jsonl" in log
    for said in (resumed, removed):
        assert said.startswith("machine cannot write here (Read-only file system)")
        assert "Make the place writable" in said
    assert (unchanged, last) == ("True", "done")
    assert (tmp_path / "items.parquet").read_bytes() == whole
