"""Folders and archives of strangers: what is read, what is set aside, what is refused."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile

import pytest

from workbench.benchmarks.sniffing import opening
from workbench.benchmarks.sniffing.opening import open_source
from workbench.errors import BadItem, EmptyFile, MissingSource, TooLarge, UnsafePath


@pytest.fixture
def staging(tmp_path):
    directory = tmp_path / "staging"
    directory.mkdir()
    return directory


def zipped(path, members: dict[str, bytes]):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def tarred(path, *infos: tuple[tarfile.TarInfo, bytes]):
    with tarfile.open(path, "w:gz") as archive:
        for info, data in infos:
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def test_a_folder_is_read_whatever_its_files_are_called(tmp_path, staging):
    root = tmp_path / "given"
    (root / "a b").mkdir(parents=True)
    (root / "a b" / "x").write_bytes(b"one")
    (root / ".git").mkdir()
    (root / ".git" / "config").write_bytes(b"no")
    (root / ".DS_Store").write_bytes(b"no")
    (root / "packed").write_bytes(gzip.compress(b"two"))
    source = open_source(root, staging)
    assert [(file.name, file.path.read_bytes()) for file in source.files] == [("a b/x", b"one"), ("packed", b"two")]


@pytest.mark.parametrize("name", ["../out", "/etc/passwd", "a/../../out", "C:\\out", "..\\out"])
def test_members_that_climb_out_are_refused(tmp_path, staging, name):
    archive = tmp_path / "given.tar"
    tarred(archive, (tarfile.TarInfo(name), b"x"))
    with pytest.raises(UnsafePath, match="leaves the archive"):
        open_source(archive, staging)
    with pytest.raises(UnsafePath):
        open_source(zipped(tmp_path / "given.zip", {name: b"x"}), staging)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_links_and_devices_in_archives_are_refused(tmp_path, staging, kind):
    info = tarfile.TarInfo("x")
    info.type, info.linkname = kind, "/etc/passwd"
    with pytest.raises(UnsafePath, match="link or a device"):
        open_source(tarred(tmp_path / "given.tgz", (info, b"")), staging)


def test_a_link_in_a_zip_is_refused(tmp_path, staging):
    info = zipfile.ZipInfo("x")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "given.zip", "w") as archive:
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(UnsafePath, match="is a link"):
        open_source(tmp_path / "given.zip", staging)


def test_a_link_that_leads_out_of_a_folder_is_set_aside(tmp_path, staging):
    root = tmp_path / "given"
    root.mkdir()
    (root / "secret").symlink_to("/etc/passwd")
    (root / "data").write_bytes(b"x")
    source = open_source(root, staging)
    assert [file.name for file in source.files] == ["data"]
    assert [(each.name, each.reason) for each in source.set_aside] == [
        ("secret", "a link that leads out of the folder")
    ]


def test_a_bomb_is_stopped_while_it_unpacks(tmp_path, staging, monkeypatch):
    monkeypatch.setattr(opening, "MAX_FILE", 1 << 20)
    archive = zipped(tmp_path / "given.zip", {"zeros": bytes(8 << 20)})
    with pytest.raises(TooLarge):
        open_source(archive, staging)
    assert sum(path.stat().st_size for path in staging.iterdir()) <= 2 << 20


def test_a_ratio_no_text_has_is_refused(tmp_path, staging, monkeypatch):
    monkeypatch.setattr(opening, "MAX_RATIO", 2)
    with pytest.raises(TooLarge, match="more than makes sense"):
        open_source(zipped(tmp_path / "given.zip", {"zeros": bytes(4 << 20)}), staging)


def test_too_many_files_are_refused(tmp_path, staging, monkeypatch):
    monkeypatch.setattr(opening, "MAX_FILES", 3)
    with pytest.raises(TooLarge, match="more than 3 files"):
        open_source(zipped(tmp_path / "given.zip", {str(number): b"x" for number in range(4)}), staging)


def test_an_archive_inside_an_archive_is_set_aside(tmp_path, staging):
    inner = zipped(tmp_path / "inner.zip", {"x": b"x"}).read_bytes()
    source = open_source(zipped(tmp_path / "given.zip", {"inner": inner, "data": b"y"}), staging)
    assert [file.name for file in source.files] == ["given.zip!data"]
    assert source.set_aside[0].reason == "an archive inside an archive"


@pytest.mark.parametrize("cut", [20, 60])
def test_a_damaged_archive_is_an_error_that_says_so(tmp_path, staging, cut):
    archive = zipped(tmp_path / "given.zip", {"x": b"hello" * 100})
    archive.write_bytes(archive.read_bytes()[:cut])
    with pytest.raises(BadItem, match="damaged"):
        open_source(archive, staging)


def test_nothing_there_and_nothing_in_it(tmp_path, staging):
    with pytest.raises(MissingSource):
        open_source(tmp_path / "nowhere", staging)
    (tmp_path / "empty").mkdir()
    with pytest.raises(EmptyFile):
        open_source(tmp_path / "empty", staging)
