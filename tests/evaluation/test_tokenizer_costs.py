"""Counts that can be checked by hand: a tokenizer of bytes, one of words, and texts of known length."""

from __future__ import annotations

import json

import pytest

import workbench as wb
from workbench.errors import NotFound, NoTokenizer, UsageError
from workbench.testing.checkpoints import write_checkpoint

TEXT = {"task": "text", "formulations": "rolling", "metrics": "bits_per_byte"}


def texts(tag: str, *said: str, ids: bool = False, groups: bool = False) -> list[dict]:
    return [
        {
            "id": f"{number}" if ids else f"{tag}-{number}",
            "input": {"text": text},
            **({"group": f"sentence-{number}"} if groups else {}),
        }
        for number, text in enumerate(said)
    ]


@pytest.fixture
def by_bytes(tmp_path):
    return write_checkpoint(tmp_path / "bytes")


@pytest.fixture
def by_words(tmp_path):
    """A tokenizer that knows two words, and that nothing else comes back from."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    directory = write_checkpoint(tmp_path / "words", tokenizer=False)
    made = Tokenizer(models.WordLevel(vocab={"<unk>": 0, "one": 1, "two": 2}, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.save(str(directory / "tokenizer.json"))
    return directory


def test_a_tokenizer_of_bytes_costs_what_utf_8_costs(by_bytes, make_pack):
    said = {"en": texts("en", "ab cd", "é", ids=True), "th": texts("th", "ไป", "ก", ids=True)}
    report = wb.tokenizer_report(by_bytes, benchmark=make_pack(**TEXT, items=said))
    english, thai = report.rows
    assert (english.language, english.script, english.texts, english.tokens) == ("en", "Latn", 2, 7)
    assert (english.words, english.characters, english.bytes) == (3, 6, 7)
    assert (english.tokens_per_word, english.tokens_per_character, english.tokens_per_byte) == (7 / 3, 7 / 6, 1.0)
    assert (english.fragments, english.premium, english.low, english.high) == (2, 1.0, 1.0, 1.0)
    assert (thai.script, thai.tokens, thai.characters, thai.fragments, thai.fragment_share) == ("Thai", 9, 3, 9, 1.0)
    assert (thai.premium, thai.lost) == (pytest.approx(9 / 7), 0)
    assert thai.low <= thai.premium <= thai.high


def test_texts_are_paired_by_id_else_by_group_else_not_at_all(by_bytes, make_pack):
    def premium(**how: bool) -> float | None:
        said = {"en": texts("en", "ab", "cd", **how), "th": texts("th", "กข", "คง", **how)}
        return wb.tokenizer_report(by_bytes, ["th"], benchmark=make_pack(**TEXT, items=said)).rows[0].premium

    assert (premium(ids=True), premium(groups=True), premium()) == (3.0, 3.0, None)
    shorter = {"en": texts("en", "ab", "cd", ids=True), "th": texts("th", "กข", ids=True)}
    blank = wb.tokenizer_report(by_bytes, benchmark=make_pack(**TEXT, items=shorter)).scripts[1]
    assert (blank.script, blank.premium, blank.low, blank.high) == ("Thai", None, None, None)


def test_scripts_add_their_languages_up_and_models_stand_in_their_order(by_bytes, tmp_path, make_pack):
    said = {tag: texts(tag, said, ids=True) for tag, said in {"en": "ab", "fr": "abcd", "ru": "да"}.items()}
    pack, other = make_pack(**TEXT, items=said), write_checkpoint(tmp_path / "more" / "other")
    report = wb.tokenizer_report([other, by_bytes], ["ru", "fr", "en"], benchmark=pack, reference="fr")
    assert [row.model for row in report.rows] == ["other"] * 3 + ["bytes"] * 3
    cyrillic, latin = report.scripts[:2]
    assert (latin.language, latin.languages, latin.tokens, latin.premium) == ("", 2, 6, 6 / 8)
    assert (cyrillic.language, cyrillic.script, cyrillic.premium) == ("ru", "Cyrl", 1.0)
    assert report.reference == "fr"


def test_models_of_one_name_are_told_apart(tmp_path, make_pack):
    pack = make_pack(**TEXT, items={"en": texts("en", "ab")})
    paths = [write_checkpoint(tmp_path / place / "same") for place in ("a", "b")]
    assert [row.model for row in wb.tokenizer_report(paths, benchmark=pack).rows] == ["same", str(paths[1])]


def test_a_text_that_does_not_come_back_is_counted(by_words, make_pack):
    said = {"en": texts("en", "one two", "one three", "two  one")}
    (row,) = wb.tokenizer_report(by_words, benchmark=make_pack(**TEXT, items=said)).rows
    assert (row.tokens, row.lost) == (6, 2)


def test_what_cannot_be_counted_is_refused(by_bytes, tmp_path, make_pack):
    pack = make_pack(**TEXT, items={"en": texts("en", "ab")})
    with pytest.raises(UsageError, match="no whole texts"):
        wb.tokenizer_report(by_bytes, benchmark="civics")
    with pytest.raises(UsageError, match="no model"):
        wb.tokenizer_report([], benchmark=pack)
    for wanted in ({"languages": ["th"]}, {"reference": "th"}):
        with pytest.raises(NotFound, match="has no th here"):
            wb.tokenizer_report(by_bytes, benchmark=pack, **wanted)
    bare = write_checkpoint(tmp_path / "bare", tokenizer=False)
    with pytest.raises(NoTokenizer, match=r"no tokenizer\.json"):
        wb.tokenizer_report(bare, benchmark=pack)


def test_the_table_escapes_names_and_leaves_blanks_blank(tmp_path, make_pack):
    model = write_checkpoint(tmp_path / "<b>bold")
    said = {"en": texts("en", "…"), "th": texts("th", "ก")}
    shown = wb.tokenizer_report(model, benchmark=make_pack(**TEXT, items=said))._repr_html_()
    assert "&lt;b&gt;bold" in shown
    assert "<b>bold" not in shown
    assert "<td>—</td>" in shown


def test_the_command_prints_the_same_rows(by_bytes, make_pack, capsys):
    from workbench.cli.app import main

    pack = make_pack(**TEXT, items={"en": texts("en", "ab", ids=True), "th": texts("th", "กข", ids=True)})
    main(["tokenizers", str(by_bytes), "--benchmark", pack, "--languages", "th", "--json"])
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    assert (row["language"], row["tokens"], row["premium"]) == ("th", 6, 3.0)
    main(["tokenizers", str(by_bytes), "--benchmark", pack, "--by-script"])
    heading, _latin, thai = capsys.readouterr().out.splitlines()
    assert "× en" in heading
    assert thai.split()[:3] == ["bytes", "Thai", "Thai"]


def test_original_files_are_counted_where_they_are(by_bytes, benchmark_files, monkeypatch):
    monkeypatch.setenv("WORKBENCH_BENCHMARKS", str(benchmark_files))
    english, thai = wb.tokenizer_report(by_bytes, ["th", "en"], benchmark="udhr").rows
    assert (english.language, thai.language) == ("en", "th")
    assert min(thai.texts, english.texts) > 50
    assert (thai.tokens_per_byte, thai.lost) == (1.0, 0)
