"""Every bad benchmark has its own error: which class, where, and what to do."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import zipfile
from pathlib import Path

import pytest

from workbench.benchmarks import load_pack
from workbench.benchmarks.readers.contents import read_contents
from workbench.benchmarks.readers.record import Location
from workbench.errors import (
    BadCard,
    BadEncoding,
    BadItem,
    DuplicateItem,
    EmptyFile,
    MissingSource,
    NotFound,
    TooLarge,
    UnsafePath,
    WorkbenchError,
)

QA = {"format": "jsonl", "id": "id", "input": {"question": "q"}, "choices": ["a", "b"], "gold": {"field": "gold"}}


def refusal(directory: Path, kind: type[WorkbenchError], language: str = "en") -> WorkbenchError:
    """Load the pack, read one language, and return the error that must come of it."""
    with pytest.raises(kind) as caught:
        load_pack(directory).items(language)
    assert type(caught.value) is kind
    assert caught.value.remedy
    return caught.value


# ------------------------------------------------------------------ cards


def test_a_card_that_is_not_yaml_names_the_line(build):
    directory = build.pack()
    (directory / "card.yaml").write_text("schema: 1\nname: [river\ntitle: x\n")
    error = refusal(directory, BadCard)
    assert error.where.endswith("card.yaml:3")
    assert "not valid YAML" in error.message


def test_an_unknown_key_is_refused_with_the_nearest_known_one(build):
    error = refusal(build.pack(lisence="CC0-1.0"), BadCard)
    assert error.message == "unknown key 'lisence'"
    assert error.remedy == "Did you mean 'licence'?"


def test_an_unknown_key_of_a_wording_names_its_line_and_offers_the_right_one(build):
    error = refusal(build.pack(wordings=[{"name": "plain", "prompt": {"*": "x"}, "answr": {"*": "A:"}}]), BadCard)
    assert "unknown key 'wordings.0.answr'" in error.message
    assert "Did you mean 'answer'?" in error.remedy
    line = int(error.where.rsplit(":", 1)[1])
    assert "answr" in Path(error.where.rsplit(":", 1)[0]).read_text().splitlines()[line - 1]


def test_a_missing_key_is_named(build):
    error = refusal(build.pack(task=None), BadCard)
    assert error.message == "the key 'task' is missing"


def test_a_card_of_a_later_schema_says_which_one_is_read(build):
    error = refusal(build.pack(schema=2), BadCard)
    assert error.message == "schema 2 is not known here; this version reads 1"
    assert "Update Workbench" in error.remedy


def test_a_version_that_yaml_takes_for_a_number_is_to_be_quoted(build):
    error = refusal(build.pack(version=1.5), BadCard)
    assert error.message == "'version' is read as the number 1.5"
    assert '"1.5"' in error.remedy


def test_a_task_kind_nobody_knows_lists_those_there_are(build):
    error = refusal(build.pack(task="multiple-choice"), BadCard)
    assert "'task'" in error.message
    assert "multiple_choice" in error.message


def test_a_formulation_that_does_not_fit_the_task_lists_those_that_do(build):
    error = refusal(build.pack(formulations=["rolling"]), BadCard)
    assert error.message == "multiple_choice cannot be asked as rolling"
    assert error.remedy == "Possible: cloze, letters, generate."


def test_a_language_code_that_is_none_is_refused(build):
    error = refusal(build.pack(languages=["en", "klingonish"]), BadCard)
    assert "'klingonish' is not the code of a language" in error.message


def test_an_unusual_tag_is_refused_with_the_usual_one(build):
    error = refusal(build.pack(languages=["eng_Latn"]), BadCard)
    assert error.message == "'eng_Latn' is not the usual tag of its language"
    assert error.remedy == "Write en."


def test_a_key_given_twice_is_refused(build):
    directory = build.pack()
    path = directory / "card.yaml"
    path.write_text(path.read_text() + "title: Another\n")
    error = refusal(directory, BadCard)
    assert error.message == "the key 'title' is given twice"


def test_a_yaml_bomb_is_refused_before_it_unfolds(build):
    directory = build.pack()
    bomb = "a: &a [x, x]\n" + "".join(
        f"{after}: &{after} [*{before}, *{before}]\n" for before, after in zip("abcd", "bcde", strict=True)
    )
    (directory / "card.yaml").write_text(bomb)
    error = refusal(directory, BadCard)
    assert error.message == "anchors and aliases are not read"
    assert error.where.endswith("card.yaml:1")


def test_a_card_that_is_not_utf8_names_the_byte(build):
    directory = build.pack()
    path = directory / "card.yaml"
    path.write_bytes(path.read_bytes().replace(b"River facts", b"Rivi\xe8re"))
    error = refusal(directory, BadEncoding)
    assert "not UTF-8 at byte" in error.message


@pytest.mark.parametrize("pattern", ["../secret/{language}.jsonl", "/etc/passwd", "items/../../x.jsonl", "~/x.jsonl"])
def test_a_path_that_leaves_the_pack_is_refused(build, pattern):
    error = refusal(build.pack(files={"test": pattern}), UnsafePath)
    assert pattern in error.message
    assert error.exit_code == 5


def test_a_link_that_leaves_the_pack_is_refused(build, tmp_path):
    outside = tmp_path / "outside.jsonl"
    outside.write_bytes(build.jsonl(build.item(1)))
    directory = build.pack({}, languages=["en"])
    (directory / "items").mkdir()
    (directory / "items" / "en.jsonl").symlink_to(outside)
    error = refusal(directory, UnsafePath)
    assert "items/en.jsonl" in error.message


def test_a_placeholder_nobody_fills_is_refused(build):
    error = refusal(build.pack(files={"test": "items/{lang}.jsonl"}), BadCard)
    assert "placeholder" in error.message


def test_a_split_that_files_does_not_name_is_refused(build):
    error = refusal(build.pack(shots_split="train"), BadCard)
    assert error.message == "shots_split is 'train', which 'files' does not name"
    assert error.remedy == "Name one of: test."


def test_a_recipe_that_does_not_say_what_is_gold_is_refused(build):
    read = {key: value for key, value in QA.items() if key != "gold"}
    error = refusal(build.foreign(b"{}\n", "x.jsonl", read), BadCard)
    assert error.message == "a multiple_choice recipe says which choice is gold"


def test_a_drop_rule_without_a_reason_is_refused(build):
    read = {**QA, "drop": [{"field": "x", "missing": True, "reason": " "}]}
    error = refusal(build.foreign(b"{}\n", "x.jsonl", read), BadCard)
    assert error.message == "a drop rule states its reason"


def test_several_faults_are_counted(build):
    error = refusal(build.pack(title=None, task=None, metrics=None), BadCard)
    assert "and 2 more" in error.message


# ------------------------------------------------------------------ files


def test_an_empty_file_is_not_a_benchmark_of_no_items(build):
    error = refusal(build.one(b""), EmptyFile)
    assert (error.where, error.message) == ("items/en.jsonl", "the file is empty")


def test_a_file_of_white_space_is_empty(build):
    assert refusal(build.one(b"\n \n"), EmptyFile).message == "the file holds only white space"


def test_a_git_lfs_pointer_is_told_from_data(build):
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"
    error = refusal(build.one(pointer), EmptyFile)
    assert "Git LFS pointer" in error.message
    assert "git lfs pull" in error.remedy


def test_wrong_bytes_name_offset_and_line(build):
    data = build.jsonl(build.item(1)) + '{"id": "caf\u00e9"}\n'.encode("latin-1")
    error = refusal(build.one(data), BadEncoding)
    assert error.where == "items/en.jsonl:2"
    assert f"byte {data.index(0xE9)} (0xe9) is not utf-8" in error.message
    assert "encoding" in error.remedy


def test_utf16_is_recognised_by_its_mark(build):
    error = refusal(build.one("﻿{}".encode("utf-16-le")), BadEncoding)
    assert "byte order mark of UTF-16" in error.message
    assert "encoding: utf-16" in error.remedy


def test_an_encoding_nobody_knows_is_refused(build):
    error = refusal(build.foreign(b"{}\n", "x.jsonl", {**QA, "encoding": "utf-9"}), BadEncoding)
    assert "'utf-9'" in error.message


def test_a_nul_names_its_line(build):
    error = refusal(build.one(build.jsonl(build.item(1)) + b"\0\n"), BadEncoding)
    assert (error.where, error.message) == ("items/en.jsonl:2", "a NUL character")


def test_a_cut_last_line_is_told_from_bad_json(build):
    data = build.jsonl(build.item(1), build.item(2))[:-20]
    error = refusal(build.one(data), BadItem)
    assert error.where == "items/en.jsonl:2"
    assert "the file ends inside this line" in error.message
    assert error.remedy == "Copy the file again."


def test_bad_json_names_line_and_column(build):
    error = refusal(build.one(build.jsonl(build.item(1)) + b"{'id': 1}\n" + build.jsonl(build.item(3))), BadItem)
    assert error.where == "items/en.jsonl:2"
    assert "not JSON" in error.message
    assert "column 2" in error.message


def test_a_line_that_is_a_list_is_no_item(build):
    error = refusal(build.one(b'["a", "b"]\n'), BadItem)
    assert error.message == "this line is a JSON list, not an object"


def test_nan_is_no_json(build):
    error = refusal(build.one(b'{"id": "a", "gold": NaN}\n'), BadItem)
    assert "NaN is not JSON" in error.message


def test_json_nested_beyond_reason_is_refused(build):
    error = refusal(build.one(b'{"id": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n"), BadItem)
    assert error.where == "items/en.jsonl:1"


def test_a_cut_json_array_says_so(build):
    error = refusal(build.foreign(b'[{"id": 1,\n "q": "x"},\n {"id": 2, ', "x.json", {**QA, "format": "json"}), BadItem)
    assert error.where == "x.json:3"
    assert "ends inside the JSON document" in error.message


def test_jsonl_declared_as_json_is_recognised(build):
    error = refusal(build.foreign(b'{"id": 1}\n{"id": 2}\n', "x.json", {**QA, "format": "json"}), BadItem)
    assert error.where == "x.json:2"
    assert "format: jsonl" in error.remedy


def test_an_empty_json_array_is_an_empty_file(build):
    assert refusal(build.foreign(b"[]", "x.json", {**QA, "format": "json"}), EmptyFile).where == "x.json"


def test_a_row_with_too_few_fields_names_its_line(build):
    read = {**QA, "format": "csv"}
    error = refusal(build.foreign(b"id,q,a,b,gold\n1,x,y,z,0\n2,x,y,z\n", "x.csv", read), BadItem)
    assert error.where == "x.csv:3"
    assert "4 fields where there are 5 columns" in error.message


def test_a_quote_that_is_never_closed_names_the_row_it_starts(build):
    read = {**QA, "format": "csv"}
    error = refusal(build.foreign(b'id,q,a,b,gold\n1,"x\ny",y,z,0\n2,"x,y,z,0\n3,x,y,z,0\n', "x.csv", read), BadItem)
    assert error.where == "x.csv:4"
    assert "quoted: false" in error.remedy


def test_a_file_without_header_needs_its_columns(build):
    error = refusal(build.foreign(b"1\tx\n", "x.tsv", {**QA, "format": "tsv", "header": False}), BadCard)
    assert "`columns`" in error.message


def test_a_column_named_twice_is_refused(build):
    error = refusal(build.foreign(b"id,q,q\n1,x,y\n", "x.csv", {**QA, "format": "csv"}), BadItem)
    assert "named twice" in error.message


def test_files_that_are_not_aligned_are_not_paired(build):
    directory = build.pack(
        {"x.txt": b"one\ntwo\n", "y.txt": b"eins\n"}, languages=["en"], files={"test": "x.txt"}, task="translation",
        formulations=["generate"],
        read={"format": "lines", "input": {"text": "text", "source": "source"}, "references": ["text"],
              "parallel": {"source": {"*": "y.txt"}}},
    )  # fmt: skip
    error = refusal(directory, BadItem)
    assert "2 lines here, 1 in its companion 'source'" in error.message


def test_an_empty_line_of_a_text_is_named(build):
    read = {"format": "lines", "input": {"text": "text"}}
    error = refusal(build.foreign(b"one\n\nthree\n", "x.txt", read, task="text", formulations=["rolling"]), BadItem)
    assert (error.where, error.message) == ("x.txt:2", "the line is empty")


def test_a_page_without_the_elements_is_refused(build):
    read = {"format": "html", "input": {"text": "text"}}
    error = refusal(build.foreign(b"<div>x</div>", "x.html", read, task="text", formulations=["rolling"]), BadItem)
    assert error.message == "the page has no element p"


def test_squad_without_its_nesting_is_refused(build):
    read = {"format": "squad", "id": "id", "input": {"q": "question"}, "references": ["answers.*.text"]}
    error = refusal(
        build.foreign(
            b'{\n"data": [\n{"title": "x"}]}', "x.json", read, task="extractive_qa", formulations=["generate"]
        ),
        BadItem,
    )
    assert error.where == "x.json:3"
    assert "a list 'paragraphs'" in error.message


def test_a_squad_answer_that_is_not_in_its_passage_is_refused(build):
    data = b'{"data": [{"paragraphs": [{"context": "abc", "qas": [{"id": "7", "question": "?", "answers": [{"text": "c", "answer_start": 1}]}]}]}]}'
    read = {"format": "squad", "id": "id", "input": {"q": "question"}, "references": ["answers.*.text"]}
    error = refusal(build.foreign(data, "x.json", read, task="extractive_qa", formulations=["generate"]), BadItem)
    assert error.where == "x.json#7"
    assert "does not stand at character 1" in error.message


def test_a_file_that_is_no_parquet_is_refused(build):
    error = refusal(build.foreign(b"id,q\n", "x.parquet", {**QA, "format": "parquet"}), BadItem)
    assert "not a readable Parquet file" in error.message


def test_an_archive_that_is_none_is_refused(build):
    read = {**QA, "member": "x.jsonl"}
    error = refusal(build.foreign(b"no archive", "x.tar.gz", read), BadItem)
    assert error.where == "x.tar.gz!x.jsonl"
    assert "damaged or cut short" in error.message


def test_a_cut_archive_is_refused(build):
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w:gz") as archive:
        info = tarfile.TarInfo("x.jsonl")
        data = os.urandom(100_000)
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    error = refusal(build.foreign(whole.getvalue()[:50_000], "x.tar.gz", {**QA, "member": "x.jsonl"}), BadItem)
    assert "damaged or cut short" in error.message


def test_a_missing_archive_member_lists_those_there_are(build):
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("other.jsonl", "{}")
    error = refusal(build.foreign(whole.getvalue(), "x.zip", {**QA, "member": "x.jsonl"}), MissingSource)
    assert error.message == "the archive has no member x.jsonl; it has other.jsonl"


def test_a_member_that_is_a_link_is_refused(build):
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as archive:
        info = tarfile.TarInfo("x.jsonl")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(info)
    error = refusal(build.foreign(whole.getvalue(), "x.tar", {**QA, "member": "x.jsonl"}), BadItem)
    assert error.message == "the archive member is no regular file"


@pytest.mark.parametrize("name", ["bomb.zip", "bomb.tar.gz", "bomb.jsonl.gz"])
def test_a_compression_bomb_stops_at_the_limit(tmp_path, name):
    path = tmp_path / name
    data, member = b"0" * 1_000_000, "x.jsonl"
    if name.endswith(".zip"):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(member, data)
    elif name.endswith(".tar.gz"):
        with tarfile.open(path, "w:gz") as archive:
            info = tarfile.TarInfo(member)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    else:
        path.write_bytes(gzip.compress(data))
        member = ""
    with pytest.raises(TooLarge) as caught:
        read_contents(Location(path, name, member), limit=10_000)
    assert caught.value.where.startswith(name)


def test_original_files_that_are_not_there_say_what_to_set(build, monkeypatch, tmp_path):
    monkeypatch.delenv("WORKBENCH_BENCHMARKS", raising=False)
    directory = build.pack({}, languages=["en"], files={"test": "x.jsonl"}, read=QA)
    path = directory / "card.yaml"
    path.write_text(path.read_text() + "folder: nowhere\n")
    error = refusal(directory, MissingSource)
    assert "WORKBENCH_BENCHMARKS is not set" in error.message
    monkeypatch.setenv("WORKBENCH_BENCHMARKS", str(tmp_path))
    error = refusal(directory, MissingSource)
    assert error.where == str(tmp_path / "nowhere")


def test_a_pack_none_of_whose_files_is_there_is_refused(build):
    error = refusal(build.pack({}), MissingSource)
    assert "neither items/en.jsonl nor any other" in error.message


def test_a_language_that_is_not_there_lists_those_that_are(build):
    error = refusal(build.pack(), NotFound, language="sw")
    assert error.message == "river-facts has no language 'sw'; it has en, th"


def test_a_directory_without_card_is_no_pack(tmp_path):
    error = refusal(tmp_path, NotFound)
    assert error.message == "the directory holds no card.yaml"


# ------------------------------------------------------------------ items


def fault(build, **changes) -> WorkbenchError:
    """Return the error of a file whose second item has `changes`."""
    error = refusal(build.one(build.jsonl(build.item(1), build.item(2, **changes))), BadItem)
    assert error.where == "items/en.jsonl:2"
    return error


def test_gold_outside_the_choices(build):
    assert fault(build, gold=3).message == "item en-002: gold 3 is outside the 3 choices (0 to 2)"


def test_negative_gold(build):
    assert "gold -1 is outside" in fault(build, gold=-1).message


def test_gold_that_is_a_letter(build):
    assert "'gold' is 'B'" in fault(build, gold="B").message


def test_gold_that_is_true(build):
    assert "'gold' is True" in fault(build, gold=True).message


def test_missing_gold(build):
    assert fault(build, gold=None).message == "item en-002: gold is missing"


def test_too_few_choices(build):
    assert fault(build, choices=["only"], gold=0).message == "item en-002: 1 choices, at least 2 are needed"


def test_an_empty_choice(build):
    assert fault(build, choices=["a", " ", "c"]).message == "item en-002: choice 1 is empty"


def test_a_missing_input(build):
    assert fault(build, input=None).message == "the key 'input' is missing"


def test_an_input_that_is_no_text(build):
    assert fault(build, input={"question": 7}).message == "'input' is not an object of texts"


def test_an_input_field_named_like_something_templates_see(build):
    assert "'terms'" in fault(build, input={"question": "?", "terms": "x"}).message


def test_an_unknown_key_of_an_item(build):
    assert "unknown key 'answer'" in fault(build, answer="x").message


def test_half_a_character(build):
    data = (
        build.jsonl(build.item(1))
        + b'{"id": "b", "input": {"question": "ask \\ud83d"}, "choices": ["x", "y"], "gold": 0}\n'
    )
    error = refusal(build.one(data), BadItem)
    assert error.where == "items/en.jsonl:2"
    assert "unpaired surrogate) at position 4" in error.message


def test_an_open_task_without_reference(build):
    data = build.jsonl({"id": "a", "input": {"question": "?"}, "references": [""]})
    error = refusal(build.one(data, task="open_qa", formulations=["generate"]), BadItem)
    assert error.message == "item a: an open task needs at least one reference"


def test_gold_in_an_open_task(build):
    data = build.jsonl({"id": "a", "input": {"question": "?"}, "references": ["x"], "gold": 0})
    error = refusal(build.one(data, task="open_qa", formulations=["generate"]), BadItem)
    assert error.message == "an item of a open_qa pack has references, not gold"


def test_a_text_without_text(build):
    error = refusal(build.one(build.jsonl({"id": "a", "input": {}}), task="text", formulations=["rolling"]), BadItem)
    assert error.message == "item a: the field 'text' is missing or empty"


def test_the_same_id_twice_names_the_first_place(build):
    error = refusal(build.one(build.jsonl(build.item(1), build.item(2), build.item(1))), DuplicateItem)
    assert error.where == "items/en.jsonl:3"
    assert error.message == "the id 'en-001' stood already at items/en.jsonl:1"


def test_an_empty_id(build):
    assert fault(build, id=" ").message == "the id is empty"


def test_a_field_the_source_does_not_have(build):
    error = refusal(build.foreign(build.jsonl({"id": 1, "gold": 0, "a": "x", "b": "y"}), "x.jsonl", QA), BadItem)
    assert (error.where, error.message) == ("x.jsonl:1", "the field 'q' (question) is missing")


def test_a_field_of_the_source_that_is_no_text(build):
    data = build.jsonl({"id": 1, "q": ["x"], "gold": 0, "a": "x", "b": "y"})
    assert (
        refusal(build.foreign(data, "x.jsonl", QA), BadItem).message == "the field 'q' (question) is a list, not text"
    )


def test_a_gold_letter_that_no_option_has(build):
    read = {**QA, "gold": {"field": "gold", "kind": "letter", "letters": {"*": "AB"}}}
    data = build.jsonl({"id": 1, "q": "?", "a": "x", "b": "y", "gold": "ခ"})
    assert refusal(build.foreign(data, "x.jsonl", read), BadItem).message == "gold 'ခ' is none of A, B"


def test_a_gold_label_that_no_name_has(build):
    read = {
        "format": "jsonl",
        "id": "id",
        "input": {"question": "q"},
        "names": ["yes", "no"],
        "gold": {"field": "gold", "kind": "name"},
    }
    data = build.jsonl({"id": 1, "q": "?", "gold": "maybe"})
    assert refusal(build.foreign(data, "x.jsonl", read), BadItem).message == "gold 'maybe' is none of yes, no"
