"""Every problem at once, with its place."""

from __future__ import annotations

import pytest

from workbench.benchmarks import load_pack, validate, validate_path
from workbench.benchmarks.zawgyi import zawgyi_signs


def codes(report):
    return [(finding.severity, finding.code) for finding in report.findings]


def test_a_pack_in_order_has_no_findings(build):
    report = validate(load_pack(build.pack()))
    assert report.ok
    assert report.findings == ()
    assert [(count.language, count.split, count.items) for count in report.counts] == [
        ("en", "test", 10),
        ("th", "test", 10),
    ]


def test_all_problems_are_listed_with_their_lines(build):
    good = build.item(1)
    data = (
        build.jsonl(good)
        + b"{broken\n"
        + build.jsonl(
            build.item(2, gold=5),
            build.item(1),
            {**build.item(4), "input": good["input"], "choices": good["choices"]},
            build.item(5, choices=["same", "same ", "other"], gold=0),
            build.item(6, input={"question": "Cafe\u0301?"}),
        )
    )
    report = validate(load_pack(build.one(data)))
    assert [(finding.line, finding.severity, finding.code) for finding in report.findings] == [
        (2, "error", "benchmark_item"),
        (3, "error", "benchmark_item"),
        (4, "error", "benchmark_duplicate"),
        (5, "error", "benchmark_duplicate"),
        (6, "error", "equal_choices"),
        (7, "warning", "not_nfc"),
    ]
    assert not report.ok
    assert all(finding.file == "items/en.jsonl" and finding.remedy for finding in report.findings)
    assert "asks the same as en-001 (items/en.jsonl:1)" in report.findings[3].message
    assert "and it is the right one" in report.findings[4].message


def test_what_others_wrote_is_warned_about_and_not_refused(build):
    row = {"id": 1, "q": "?", "a": "x", "b": "x", "g": 0}
    read = {"format": "jsonl", "id": "id", "input": {"q": "q"}, "choices": ["a", "b"], "gold": {"field": "g"}}
    wordings = [{"name": "plain", "prompt": {"*": "{{ q }}"}}]
    directory = build.foreign(build.jsonl(row, {**row, "id": 2, "g": 1}), "x.jsonl", read, wordings=wordings)
    report = validate(load_pack(directory))
    assert report.ok
    assert ("warning", "benchmark_duplicate") in codes(report)
    assert ("warning", "equal_choices") in codes(report)
    assert any("with another answer" in finding.message for finding in report.findings)
    assert any("`drop` rule" in finding.remedy for finding in report.findings)


def test_a_declared_language_without_file_is_an_error(build):
    directory = build.pack()
    (directory / "items" / "th.jsonl").unlink()
    (finding,) = validate(load_pack(directory)).findings
    assert (finding.severity, finding.code, finding.file) == ("error", "benchmark_source", "items/th.jsonl")


def test_gold_that_is_always_first_is_warned_about(build):
    data = build.jsonl(*(build.item(number, gold=0) for number in range(30)))
    (finding, *_) = validate(load_pack(build.one(data))).findings
    assert (finding.severity, finding.code) == ("warning", "gold_balance")
    assert "choice 0 in 30 of 30 items of en" in finding.message


def test_a_byte_order_mark_is_warned_about(build):
    report = validate(load_pack(build.one(b"\xef\xbb\xbf" + build.jsonl(build.item(1)))))
    assert codes(report) == [("warning", "byte_order_mark")]
    assert report.findings[0].where == "items/en.jsonl:1"


def test_a_missing_canary_is_warned_about(build):
    assert codes(validate(load_pack(build.pack(canary="")))) == [("warning", "canary")]


def test_wordings_are_tried_in_every_language_and_formulation(build):
    wordings = [
        {"name": "plain", "prompt": {"en": "{{ question }}", "th": "{{ nothing }}"}},
        {"name": "space", "prompt": {"*": "{{ question }} "}},
    ]
    report = validate(load_pack(build.pack(wordings=wordings)))
    errors = {finding.message.split(":")[0] for finding in report.errors}
    assert len(report.errors) == 1  # one message, though three formulations fail alike
    assert errors == {"wording 'plain', prompt, language th, item th-000"}
    assert {finding.code for finding in report.warnings} == {"trailing_space"}


def test_a_single_item_without_a_field_the_wording_needs_is_found(build):
    data = build.jsonl(*(build.item(number) for number in range(5)), build.item(5, input={"other": "x"}))
    (finding,) = validate(load_pack(build.one(data))).errors
    assert "item en-005: 'question' is undefined" in finding.message


def test_label_words_that_do_not_differ_are_warned_about(build):
    wordings = [{"name": "plain", "prompt": {"*": "x"}, "labels": {"*": {"good": "ok", "bad": "ok"}}}]
    data = build.jsonl(build.item(1, choices=["good", "bad"], gold=0))
    report = validate(load_pack(build.one(data, task="classification", wordings=wordings)))
    assert ("warning", "equal_continuations") in codes(report)


def test_a_card_that_does_not_load_is_validated_too(build):
    directory = build.pack(task="quiz", title=None, files={"test": "/x"})
    report = validate_path(directory)
    assert {finding.code for finding in report.errors} == {"benchmark_card", "refused_path"}
    assert len(report.errors) == 3
    assert all(finding.line for finding in report.errors)


def test_a_link_that_leaves_the_pack_is_a_finding(build, tmp_path):
    directory = build.pack()
    (tmp_path / "outside").write_bytes(b"{}\n")
    (directory / "items" / "th.jsonl").unlink()
    (directory / "items" / "th.jsonl").symlink_to(tmp_path / "outside")
    report = validate_path(directory)
    assert [finding.code for finding in report.errors] == ["refused_path"]


# "The whole world knows" in standard order, and as Zawgyi stores it.
UNICODE_BURMESE = "\u1000\u1019\u1039\u1018\u102c\u1000\u101e\u102d\u1010\u101a\u103a \u1010\u1031\u102c \u1019\u103b\u1031\u102c\u103a"
ZAWGYI_BURMESE = "\u1031\u1010\u102c \u1031\u1019\u103a\u102c\u1039 \u1000\u1019\u1060\u102c"


@pytest.mark.parametrize(
    ("text", "likely"),
    [(UNICODE_BURMESE, False), (ZAWGYI_BURMESE, True), ("ကခဂ", False), ("English", False), ("", False)],
)
def test_zawgyi_is_told_by_the_storage_order(text, likely):
    assert zawgyi_signs(text).likely is likely


def test_zawgyi_is_only_looked_for_in_burmese(build):
    items = build.jsonl(build.item(1, input={"question": ZAWGYI_BURMESE}))
    report = validate(load_pack(build.pack({"items/my.jsonl": items, "items/en.jsonl": items}, languages=["my", "en"])))
    assert codes(report) == [("warning", "zawgyi"), ("warning", "script")]  # Burmese letters are not English ones
    assert report.findings[0].file == "items/my.jsonl"
    assert "U+1031" in report.findings[0].message
