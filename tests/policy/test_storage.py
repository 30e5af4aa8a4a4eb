"""Files are whole or absent, private, and never outside their directory."""

from __future__ import annotations

import errno
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.errors import BadInput, DiskFull, MachineCannot, UnsafePath
from workbench.policy.storage import disk_errors, inside, private_directory, write_atomically


def test_written_file_is_private_and_complete(tmp_path: Path):
    path = tmp_path / "a.json"
    write_atomically(path, b"one")
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.json"]


def test_private_directory_is_readable_by_its_owner_only(tmp_path: Path):
    made = private_directory(tmp_path / "a" / "b" / "c")
    for directory in (made, made.parent, made.parent.parent):
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_a_file_in_the_place_of_a_directory_says_which(tmp_path: Path):
    file = tmp_path / "file"
    file.touch()
    for path in (file, file / "below", file / "far" / "below"):
        with pytest.raises(BadInput, match=r"no directory can be made here .*WORKBENCH_HOME") as refused:
            private_directory(path)
        assert refused.value.where == str(path)
    with pytest.raises(BadInput):
        private_directory(Path("/proc/nowhere/below"))


def test_a_full_disk_leaves_the_old_file_and_no_litter(tmp_path: Path):
    # The kernel itself refuses: a process limited to files of 4 KiB writes 64 KiB over an old file.
    code = """
import resource, signal, sys
from pathlib import Path
from workbench.errors import WorkbenchError
from workbench.policy.storage import write_atomically
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    write_atomically(Path(sys.argv[1]), b"x" * 65536)
except WorkbenchError as error:
    print(error.code)
"""
    path = tmp_path / "kept"
    write_atomically(path, b"old")
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "machine_disk"
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["kept"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_no_space_says_how_to_free_some(number: int):
    with pytest.raises(DiskFull, match="workbench du"), disk_errors(Path("/somewhere/items.jsonl")):
        raise OSError(number, "no space")


def test_a_read_only_place_says_which_and_what_to_set():
    refused = pytest.raises(MachineCannot, match=r"/media/disc: cannot write here.*WORKBENCH_HOME")
    with refused, disk_errors(Path("/media/disc")):
        raise OSError(errno.EROFS, "Read-only file system")


@pytest.mark.parametrize("name", ["../a", "/etc/passwd", "a/../../b", ".", "link/x"])
def test_a_path_that_leaves_its_directory_is_refused(tmp_path: Path, name: str):
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to(tmp_path)
    with pytest.raises(UnsafePath):
        inside(root, name)


def test_a_sibling_with_the_same_beginning_is_outside(tmp_path: Path):
    (tmp_path / "root").mkdir()
    (tmp_path / "root-of-another").mkdir()
    with pytest.raises(UnsafePath):
        inside(tmp_path / "root", "../root-of-another")


def test_a_path_below_is_resolved(tmp_path: Path):
    assert inside(tmp_path, "a/./b") == tmp_path.resolve() / "a" / "b"
