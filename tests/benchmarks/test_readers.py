"""Files as they are found in the wild, read right."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from pathlib import Path

import pytest

from workbench.benchmarks import load_pack
from workbench.benchmarks.readers import Location, read_records, strict
from workbench.benchmarks.reading import Reading
from workbench.errors import BadCard, BadItem, MissingSource, UnsafePath


def records(data: bytes, name: str, tmp_path: Path, **options):
    path = tmp_path / name
    path.write_bytes(data)
    member = options.pop("location_member", "")
    reading = Reading(input={}, **options)
    return list(read_records(Location(path, name, member), reading, "test", strict))


def test_jsonl_with_crlf_mark_and_empty_lines_keeps_its_line_numbers(tmp_path):
    found = records('﻿{"a": 1}\r\n\r\n{"a": "x y"}'.encode(), "x.jsonl", tmp_path, format="jsonl")
    assert [(each.where, each.number, each.data) for each in found] == [
        ("x.jsonl:1", 1, {"a": 1}),
        ("x.jsonl:3", 2, {"a": "x y"}),
    ]


def test_a_declared_encoding_is_used(tmp_path):
    found = records('{"a": "สวัสดี"}\n'.encode("tis-620"), "x.jsonl", tmp_path, format="jsonl", encoding="tis-620")
    assert found[0].data == {"a": "สวัสดี"}
    found = records('{"a": "é"}\n'.encode("utf-16"), "y.jsonl", tmp_path, format="jsonl", encoding="utf-16")
    assert found[0].data == {"a": "é"}


def test_json_records_know_their_lines_and_keys(tmp_path):
    text = '{"meta": {"n": 2},\n "items": {\n  "k1": {"q": "a"},\n  "k2": {"q": "b {"}}}\n'
    found = records(text.encode(), "x.json", tmp_path, format="json", records="items")
    assert [(each.where, each.data) for each in found] == [
        ("x.json:3", {"q": "a", "@key": "k1"}),
        ("x.json:4", {"q": "b {", "@key": "k2"}),
    ]


def test_json_on_one_line_names_the_record_instead(tmp_path):
    found = records(b'[{"q": 1}, {"q": 2}]', "x.json", tmp_path, format="json")
    assert [each.where for each in found] == ["x.json#1", "x.json#2"]


def test_squad_nesting_is_flattened_with_its_passage(tmp_path):
    answers = [{"text": "b", "answer_start": 2}]
    document = {
        "data": [
            {
                "title": "T",
                "paragraphs": [{"context": "a b", "qas": [{"id": "1", "question": "?", "answers": answers}]}],
            },
            {
                "paragraphs": [
                    {"context": "c", "qas": [{"id": "2", "question": "!", "answers": [], "is_impossible": True}]}
                ]
            },
        ]
    }
    found = records(json.dumps(document, indent=1).encode(), "x.json", tmp_path, format="squad")
    assert [each.data["paragraph"] for each in found] == ["1.1", "2.1"]
    assert found[0].data["context"] == "a b"
    assert found[0].data["title"] == "T"
    assert found[0].line > 1


def test_csv_with_mark_breaks_and_quotes_in_fields(tmp_path):
    data = '﻿id,text\r\n1,"two\nlines"\r\n2,"say ""x"", please"\r\n'.encode()
    found = records(data, "x.csv", tmp_path, format="csv")
    assert [(each.where, each.data) for each in found] == [
        ("x.csv:2", {"id": "1", "text": "two\nlines"}),
        ("x.csv:4", {"id": "2", "text": 'say "x", please'}),
    ]


def test_tsv_whose_fields_are_never_quoted(tmp_path):
    data = b'He said "no\t7\n"\t8\n'
    found = records(data, "x.tsv", tmp_path, format="tsv", header=False, columns=("q", "a"), quoted=False)
    assert [each.data for each in found] == [{"q": 'He said "no', "a": "7"}, {"q": '"', "a": "8"}]


def test_columns_of_the_card_replace_the_header(tmp_path):
    found = records(b"x;y\n1;2\n", "x.csv", tmp_path, format="csv", columns=("a", "b"), delimiter=";")
    assert [each.data for each in found] == [{"a": "1", "b": "2"}]


def test_a_field_longer_than_the_librarys_limit_is_read(tmp_path):
    found = records(b"q\n" + b"x" * 200_000 + b"\n", "x.csv", tmp_path, format="csv")
    assert len(found[0].data["q"]) == 200_000


def test_lines_are_ended_by_newlines_only(tmp_path):
    found = records("a\x0cb\x85 c\r\nd\n".encode(), "x.txt", tmp_path, format="lines")
    assert [each.data["text"] for each in found] == ["a\x0cb\x85 c", "d"]


def test_html_text_is_folded_and_scripts_stay_silent(tmp_path):
    page = "<p>One\n  <b>two</b> &amp; three</p>\n<script>var p = '<p>no</p>'</script>\n<ol><li><p>four</p></li><li>five</ol>"
    found = records(page.encode(), "x.html", tmp_path, format="html", elements=("p", "li"))
    assert [(each.data["element"], each.data["text"], each.data["nested"], each.line) for each in found] == [
        ("p", "One two & three", "no", 1),
        ("li", "four", "yes", 4),
        ("p", "four", "no", 4),
        ("li", "five", "no", 4),
    ]


def test_paragraphs_that_are_not_closed_end_where_the_next_begins(tmp_path):
    found = records(b"<p>one<p>two<p>three", "x.html", tmp_path, format="html")
    assert [each.data["text"] for each in found] == ["one", "two", "three"]


@pytest.mark.parametrize("kind", ["tar.gz", "tar", "zip"])
def test_archive_members_are_read_without_unpacking(tmp_path, kind):
    whole, data = io.BytesIO(), b'{"a": 1}\n'
    if kind == "zip":
        with zipfile.ZipFile(whole, "w") as archive:
            archive.writestr("dir/x.jsonl", data)
    else:
        with tarfile.open(fileobj=whole, mode="w:gz" if kind == "tar.gz" else "w") as archive:
            info = tarfile.TarInfo("./dir/x.jsonl" if kind == "tar" else "dir/x.jsonl")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    before = sorted(tmp_path.iterdir())
    found = records(whole.getvalue(), f"x.{kind}", tmp_path, format="jsonl", location_member="dir/x.jsonl")
    assert [(each.where, each.data) for each in found] == [(f"x.{kind}!dir/x.jsonl:1", {"a": 1})]
    assert sorted(tmp_path.iterdir()) == sorted([*before, tmp_path / f"x.{kind}"])


def test_parquet_rows_are_numbered(tmp_path):
    import pyarrow as pa
    from pyarrow import parquet

    parquet.write_table(pa.table({"q": ["x", "ข"], "choices": [["a", "b"], ["c"]]}), tmp_path / "x.parquet")
    found = records((tmp_path / "x.parquet").read_bytes(), "x.parquet", tmp_path, format="parquet")
    assert [(each.where, each.data) for each in found] == [
        ("x.parquet#1", {"q": "x", "choices": ["a", "b"]}),
        ("x.parquet#2", {"q": "ข", "choices": ["c"]}),
    ]


# ------------------------------------------------------------------ Hugging Face datasets on disk

READ = {
    "format": "dataset",
    "input": {"text": "text"},
    "names": ["good", "bad"],
    "gold": {"field": "label", "kind": "name"},
}


def test_a_dataset_saved_to_disk_gives_labels_by_name(build):
    from datasets import ClassLabel, Dataset, DatasetDict, Features, Value

    directory = build.pack({}, task="classification", languages=["en"], files={"test": "saved"}, read=READ)
    features = Features({"text": Value("string"), "label": ClassLabel(names=["bad", "good"])})
    test = Dataset.from_dict({"text": ["x", "y"], "label": [1, 0]}, features=features)
    DatasetDict({"test": test}).save_to_disk(str(directory / "saved"))
    items = load_pack(directory).items("en")
    assert [(item.source, item.input["text"], item.gold) for item in items] == [
        ("saved/test#1", "x", 0),
        ("saved/test#2", "y", 1),
    ]


def test_a_saved_dataset_without_the_split_lists_those_it_has(build):
    from datasets import Dataset, DatasetDict

    directory = build.pack({}, task="classification", languages=["en"], files={"test": "saved"}, read=READ)
    DatasetDict({"train": Dataset.from_dict({"text": ["x"]})}).save_to_disk(str(directory / "saved"))
    with pytest.raises(MissingSource, match="no split 'test'; it has train"):
        load_pack(directory).items("en")


def snapshot(build, readme: str, files: dict[str, bytes], config: str = "") -> Path:
    contents = {f"snap/{name}": data for name, data in files.items()}
    contents["snap/README.md"] = readme.encode()
    read = {**READ, "config": config}
    return build.pack(contents, task="classification", languages=["en"], files={"test": "snap"}, read=read)


def test_a_hub_snapshot_is_read_as_its_front_matter_says(build):
    readme = (
        "---\nconfigs:\n- config_name: en\n  data_files:\n  - split: test\n    path: en/*.jsonl\n"
        "- config_name: th\n  data_files:\n  - split: test\n    path: th/*.jsonl\n---\n# Card\n"
    )
    files = {
        "en/a.jsonl": build.jsonl({"text": "x", "label": "good"}),
        "th/a.jsonl": build.jsonl({"text": "ก", "label": "bad"}),
    }
    items = load_pack(snapshot(build, readme, files, config="{language}")).items("en")
    assert [(item.source, item.input["text"]) for item in items] == [("snap/en/a.jsonl:1", "x")]


def test_a_hub_snapshot_without_front_matter_is_read_by_its_names(build):
    files = {"data/train-00000.csv": b"text,label\nno,bad\n", "data/test-00000-of-00001.csv": b"text,label\nyes,good\n"}
    items = load_pack(snapshot(build, "# Card\n", files)).items("en")
    assert [item.input["text"] for item in items] == ["yes"]


def test_a_hub_snapshot_with_several_configurations_asks_which(build):
    readme = "---\nconfigs:\n- config_name: en\n  data_files: a.jsonl\n- config_name: th\n  data_files: b.jsonl\n---\n"
    with pytest.raises(BadCard) as caught:
        load_pack(snapshot(build, readme, {"a.jsonl": b"{}\n"})).items("en")
    assert caught.value.remedy == "Set `config` in the card to one of: en, th."


@pytest.mark.parametrize("path", ["../../secret.jsonl", "/etc/passwd", "hf://datasets/x/y.jsonl"])
def test_a_hub_snapshot_that_names_files_elsewhere_is_refused(build, path):
    readme = f"---\nconfigs:\n- config_name: default\n  data_files: {path}\n---\n"
    with pytest.raises(UnsafePath):
        load_pack(snapshot(build, readme, {"a.jsonl": b"{}\n"})).items("en")


def test_links_into_the_hub_caches_blobs_are_followed_and_others_are_not(build, tmp_path):
    repository = tmp_path / "datasets--x--y"
    folder = repository / "snapshots" / "0123"
    folder.mkdir(parents=True)
    (repository / "blobs").mkdir()
    (repository / "blobs" / "b1").write_bytes(build.jsonl({"text": "x", "label": "good"}))
    (folder / "test.jsonl").symlink_to("../../blobs/b1")
    location = Location(folder, "snap")
    reading = Reading(format="dataset", input={})
    assert [each.data["text"] for each in read_records(location, reading, "test", strict)] == ["x"]
    (tmp_path / "secret.jsonl").write_bytes(b"{}\n")
    (folder / "test-2.jsonl").symlink_to(tmp_path / "secret.jsonl")
    with pytest.raises(UnsafePath, match="leaves the snapshot"):
        list(read_records(location, reading, "test", strict))


def test_front_matter_that_is_not_yaml_is_refused(build):
    with pytest.raises(BadCard, match="front matter is not YAML"):
        load_pack(snapshot(build, "---\nconfigs: [\n---\n", {"test.jsonl": b"{}\n"})).items("en")


def test_a_path_with_a_star_reaches_every_choice(build):
    data = build.jsonl(
        {"id": 1, "q": {"stem": "?", "choices": [{"text": "x", "label": "A"}, {"text": "y", "label": "B"}]}, "key": "B"}
    )
    read = {
        "format": "jsonl", "id": "id", "input": {"question": "q.stem"}, "choices": ["q.choices.*.text"],
        "gold": {"field": "key", "kind": "label", "labels": "q.choices.*.label"},
    }  # fmt: skip
    (item,) = load_pack(build.foreign(data, "x.jsonl", read)).items("en")
    assert (item.choices, item.gold) == (("x", "y"), 1)


@pytest.mark.parametrize(
    ("gold", "value", "index"),
    [
        ({"kind": "index"}, 1, 1),
        ({"kind": "index", "base": 1}, "2", 1),
        ({"kind": "letter", "letters": {"*": "AB", "en": "αβ"}}, "β", 1),
        ({"kind": "text"}, " y", 1),
    ],
)
def test_gold_is_found_however_the_source_says_it(build, gold, value, index):
    read = {"format": "jsonl", "id": "id", "input": {"q": "q"}, "choices": ["a", "b"], "gold": {"field": "g", **gold}}
    data = build.jsonl({"id": 1, "q": "?", "a": "x", "b": "y", "g": value})
    assert load_pack(build.foreign(data, "x.jsonl", read)).items("en")[0].gold == index


def test_dropped_records_are_counted_by_rule(build):
    read = {
        "format": "jsonl", "id": "id", "input": {"q": "q"}, "choices": ["a", "b"], "gold": {"field": "g"},
        "drop": [
            {"field": "g", "equals": ["@"], "reason": "No key."},
            {"field": "q", "missing": True, "reason": "No question."},
        ],
    }  # fmt: skip
    good = {"id": 1, "q": "?", "a": "x", "b": "y", "g": 0}
    data = build.jsonl(good, {**good, "g": "@"}, {**good, "id": 3, "q": None}, {**good, "id": 4, "q": ""})
    read_items = load_pack(build.foreign(data, "x.jsonl", read)).read("en")
    assert (len(read_items.items), read_items.records, read_items.dropped) == (1, 4, (1, 2))


def test_thousands_separators_are_taken_out_of_references_only(build):
    read = {
        "format": "tsv",
        "header": False,
        "columns": ["q", "a"],
        "id": "@line",
        "input": {"q": "q"},
        "references": ["a"],
        "thousands": ",",
    }
    directory = build.foreign(b"cost 1,000?\t2,125\n", "x.tsv", read, task="math", formulations=["generate"])
    (item,) = load_pack(directory).items("en")
    assert (item.id, item.input["q"], item.references) == ("1", "cost 1,000?", ("2125",))


def test_a_validation_goes_on_where_strict_reading_stops(build):
    directory = build.one(b"{bad\n" + build.jsonl(build.item(1)) + b"[]\n" + build.jsonl(build.item(2, gold=9)))
    found = []
    read = load_pack(directory).read("en", report=found.append)
    assert [error.where for error in found] == ["items/en.jsonl:1", "items/en.jsonl:3", "items/en.jsonl:4"]
    assert [item.id for item in read.items] == ["en-001"]
    with pytest.raises(BadItem):
        load_pack(directory).items("en")
