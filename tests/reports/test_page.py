"""The HTML report: what it says, that it is one safe file, and that every script reads right."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from workbench.evaluation.result import Result
from workbench.facts import declared
from workbench.reports import write_report
from workbench.testing.results import QUESTIONS, example_model, example_pack, example_result

HOSTILE = (
    "<script>alert(1)</script><img src=http://evil.example/x onerror=alert(1)>",
    "\u202egnp.exe\u202c and \u2066isolated",
    "\x1b[31mred\x1b[0m \x00 nul \x07 bell \x9b c1",
    "</td></tr></table></section></main><h1>Verdict: perfect</h1>",
    "{{ 7 * 7 }} {% raw %} ${x} `rm -rf` | pipe",
    "]]></svg><style>body{display:none}</style>",
    "\U000e0049\U000e0067 tag characters",
    "javascript:alert(1) data:text/html,x",
)


def page_of(results, tmp_path: Path, **options):
    path = write_report(results, tmp_path / "report.html", **options)
    source = path.read_text(encoding="utf-8")
    return BeautifulSoup(source, "lxml"), source


def words_of(element) -> str:
    return " ".join(element.get_text(" ").split())


def test_the_verdict_comes_first_and_in_words(pair: tuple[Result, Result], tmp_path: Path):
    page, _ = page_of(pair, tmp_path)
    first = page.select("main > section")[0]
    assert first.get("id") == "verdict"
    said = words_of(first)
    assert "Not distinguishable from guessing in Arabic (52.0%, 95% interval" in said
    assert "guessing 50.0%" in said
    assert "Above chance in English (90.0%" in said
    assert "Not scored in Hindi: 3 of 3 items failed" in said


def test_many_languages_are_a_paragraph_not_a_page(tmp_path: Path):
    tags = ["am", "ar", "bn", "cs", "da", "de", "el", "es", "fa", "fi", "fr", "he", "hi", "hu", "id"]
    page, _ = page_of(example_result(accuracy=dict.fromkeys(tags, 0.9), directory=tmp_path), tmp_path)
    said = words_of(page.select_one("#verdict"))
    assert "Above chance in all 15 languages Amharic 90.0%, Arabic 90.0%, Bangla 90.0%," in said


def test_a_blank_never_looks_like_a_pass(pair: tuple[Result, Result], tmp_path: Path):
    page, _ = page_of(pair, tmp_path)
    rows = page.select("table.matrix tbody tr")
    hindi = next(row for row in rows if "Hindi" in words_of(row))
    cells = [words_of(cell) for cell in hindi.select("td")]
    assert cells[1] == "no value — – Not scored: no verdict"
    english = next(row for row in rows if "English" in words_of(row))
    assert words_of(english.select("td")[0]) == "not asked"
    above = [element for element in page.select(".above") if "Hindi" in words_of(element)]
    assert above == []


def test_scores_stand_with_interval_chance_majority_and_n(pair: tuple[Result, Result], tmp_path: Path):
    page, _ = page_of(pair, tmp_path)
    table = page.select("table.matrix")[0]
    head = [words_of(cell) for cell in table.select("thead th")]
    assert head == ["Language", "example-270m", "second-1b", "Guessing", "Commonest answer", "Items"]
    thai = next(row for row in table.select("tbody tr") if "Thai" in words_of(row))
    cells = [words_of(cell) for cell in thai.select("td")]
    assert re.fullmatch(r"62\.5% 4\d\.\d% – 7\d\.\d% ○ Not distinguishable from guessing", cells[0])
    assert cells[2:] == ["50.0%", "51.5%", "40"]


def test_every_plot_has_a_name_and_a_table_of_the_same_numbers(pair: tuple[Result, Result], tmp_path: Path):
    page, _ = page_of(pair, tmp_path)
    figures = page.select("figure.plot")
    assert figures
    for figure in figures:
        (svg,) = figure.select("svg")
        assert svg.get("role") == "img"
        for part in svg.get("aria-labelledby").split():
            assert page.select_one(f"#{part}").get_text()
        section = figure.parent
        table = section.select("table.matrix")[0]
        languages = {words_of(cell) for cell in table.select("tbody th")}
        drawn = {words_of(text) for text in svg.select("text")}
        assert languages <= drawn


def test_the_file_loads_nothing_and_runs_nothing(pair: tuple[Result, Result], tmp_path: Path):
    page, source = page_of(pair, tmp_path)
    assert not page.select("script, link, img, iframe, object, embed, audio, video, form, base, image, use")
    for element in page.find_all(True):
        for name, value in element.attrs.items():
            assert not name.startswith("on")
            assert name not in ("src", "srcset", "style", "data", "action", "background")
            if name == "href":
                assert value.startswith("#")
            assert "url(" not in str(value).replace("url(#", "")
    (style,) = page.select("style")
    assert "url(" not in style.string
    assert "@import" not in style.string
    (policy,) = page.select('meta[http-equiv="Content-Security-Policy"]')
    digest = base64.b64encode(
        hashlib.sha256(re.search(r"<style>(.*?)</style>", source, re.DOTALL)[1].encode()).digest()
    )
    assert policy.get("content") == (
        f"default-src 'none'; style-src 'sha256-{digest.decode()}'; base-uri 'none'; form-action 'none'"
    )


VOID = {"meta", "br", "hr", "img", "input", "link", "col", "wbr"}


class Balance(HTMLParser):
    """Follow start and end tags as they are written: a lenient parser would mend what is wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):  # noqa: ARG002  # HTMLParser's own signature
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, (tag, self.getpos())


def test_every_element_is_closed_where_it_should_be(pair: tuple[Result, Result], tmp_path: Path):
    _, source = page_of(pair, tmp_path)
    parser = Balance()
    parser.feed(source)
    assert parser.open == []


def test_structure_is_accessible(pair: tuple[Result, Result], tmp_path: Path):
    page, source = page_of(pair, tmp_path)
    assert source.startswith("<!DOCTYPE html>")
    assert (page.html["lang"], page.html["dir"]) == ("en", "ltr")
    assert len(page.select("main")) == len(page.select("h1")) == len(page.select("nav")) == 1
    assert page.select("a.skip")[0].get("href") == "#verdict"
    for table in page.select("table"):
        assert words_of(table.select("caption")[0])
        assert all(cell.get("scope") in ("col", "row") for cell in table.select("th"))
        width = len(table.select("thead th"))
        assert {len(row.select("th, td")) for row in table.select("tbody tr")} == {width}
    identifiers = [element.get("id") for element in page.find_all(True) if element.get("id")]
    assert len(identifiers) == len(set(identifiers))
    for link in page.select('a[href^="#"]'):
        assert link.get("href")[1:] in identifiers
    levels = [int(element.name[1]) for element in page.select("h1, h2, h3, h4")]
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


@pytest.mark.parametrize("tag", ["ar", "th", "hi", "ja", "he"])
def test_items_stand_in_their_own_language_and_direction(finished: Callable[..., Result], tmp_path: Path, tag: str):
    page, _ = page_of(finished(), tmp_path)
    query = QUESTIONS[tag][0].query
    shown = [element for element in page.select(".query") if element.get_text() == query]
    assert shown
    assert {(element.get("lang"), element.get("dir")) for element in shown} == {(tag, "auto")}
    card = shown[0].parent
    choices = card.select("tbody th")
    assert {cell.get_text() for cell in choices} == set(QUESTIONS[tag][0].choices)
    assert {(cell.get("lang"), cell.get("dir")) for cell in choices} == {(tag, "auto")}
    assert card.select("table")[0].get("dir") == ("rtl" if tag in ("ar", "he") else "ltr")
    marks = {words_of(row.select("td")[-1]) for row in card.select("tbody tr")}
    assert marks in ({"chosen", "correct answer"}, {"chosen, correct answer", ""})


def test_wrong_items_come_before_right_ones(finished: Callable[..., Result], tmp_path: Path):
    page, _ = page_of(finished(accuracy={"th": 0.6}), tmp_path)
    kinds = [item["class"][1] for item in page.select("article.item")]
    assert kinds == ["wrong"] * 3 + ["right"] * 2


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_and_does_nothing(finished: Callable[..., Result], tmp_path: Path, text: str):
    def poison(row):
        return replace(row, query=text, choices=(text, "b"), item_id=text, error="", response=text, answer=text)

    evil = replace(
        example_model(text), family=declared(text, text), licence=declared(text, text), chat_template=declared(text)
    )
    pack = replace(example_pack("cause-effect", ("ar",)), title=text, citation=text, source=text, wording=text)
    result = replace(example_result(model=evil, accuracy={"ar": 0.5}, n=20), packs=(pack,))
    made = finished(result=result, change=poison)
    page, source = page_of([made], tmp_path, title=text)
    assert not page.select("script, img, iframe")
    assert len(page.select("style")) == len(page.select("h1")) == len(page.select("main")) == 1
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]", source)
    assert {element.get("href", "#")[0] for element in page.find_all(True)} == {"#"}
    if "<script>" in text:
        assert any("<script>alert(1)</script>" in element.get_text() for element in page.select(".query"))


def test_megabytes_are_cut_and_say_so(finished: Callable[..., Result], tmp_path: Path):
    huge = "ไทย" * 1_000_000
    made = finished(
        accuracy={"th": 0.5},
        change=lambda row: replace(row, query=huge) if row.item_id == "th-0000" else replace(row, query=huge[:3000]),
    )
    page, source = page_of(made, tmp_path)
    assert len(source) < 400_000
    assert "1,800 more characters" in words_of(page.select(".query")[0])


def test_generated_answers_show_what_was_read_from_them(finished: Callable[..., Result], tmp_path: Path):
    def generated(row):
        failed = row.item_id.endswith("1")
        return replace(
            row, formulation="generate", choices=(), log_likelihoods=(), gold=None, prediction=None,
            response="The answer is seven.", answer="" if failed else "7", extraction="failed" if failed else "parsed",
            references=("8",), scores=(("accuracy", 0.0),),
        )  # fmt: skip

    page, _ = page_of(finished(accuracy={"en": 0.5}, change=generated), tmp_path)
    cards = [words_of(card) for card in page.select("article.item")]
    assert any("The model wrote The answer is seven. Read as 7 Accepted 8" in card for card in cards)


def test_failed_items_name_their_error(finished: Callable[..., Result], tmp_path: Path):
    made = finished(accuracy={"en": 0.5}, change=lambda row: replace(row, error="machine_memory", scores=()))
    page, _ = page_of(made, tmp_path)
    assert "Error machine_memory" in words_of(page.select("article.item.failed")[0])


def test_a_result_without_its_run_directory_says_that_no_items_can_be_shown(tmp_path: Path):
    page, _ = page_of(example_result(directory=tmp_path / "gone"), tmp_path)
    assert "holds no items here" in words_of(page.select_one("#items"))


def test_facts_say_how_they_are_known(pair: tuple[Result, Result], tmp_path: Path):
    page, _ = page_of(pair, tmp_path)
    facts = {words_of(row) for row in page.select_one("#facts").select("tbody tr")}
    assert "Parameters 268,098,176 measured tensor shapes" in facts
    assert "Chat template (sha256) unknown unknown tokenizer_config.json" in facts
    assert "Reviewed by a native speaker no declared card.yaml:reviewed" in facts
    licences = words_of(page.select_one("#licences"))
    assert "second-1b (model) unknown unknown" in licences
    assert "Cause effect (benchmark) CC0-1.0 declared" in licences


def test_how_to_reproduce_names_but_does_not_locate(pair: tuple[Result, Result], tmp_path: Path):
    page, source = page_of(pair, tmp_path)
    section = page.select_one("#reproduce")
    assert (
        section.select("pre")[0].text
        == "workbench evaluate example-270m cause-effect --languages ar,th,hi,ja,he --limit 40"
    )
    for digest in (pair[0].spec_hash, pair[0].model.digest, pair[0].packs[0].digest):
        assert digest in words_of(section)
    assert "/home/" not in source
    assert str(tmp_path) not in source


def test_the_page_follows_dark_and_print(finished: Callable[..., Result], tmp_path: Path):
    _, source = page_of(finished(), tmp_path)
    assert "@media screen and (prefers-color-scheme: dark)" in source
    assert "size: A4" in source
    assert re.search(r"@media print \{\s*:root \{ color-scheme: light", source)


def contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_colours_have_enough_contrast(finished: Callable[..., Result], tmp_path: Path):
    _, source = page_of(finished(), tmp_path)
    themes = re.findall(r":root \{(.*?)\}", source, re.DOTALL)[:2]
    assert len(themes) == 2
    for theme in themes:
        colours = dict(re.findall(r"--([\w]+): (#[0-9a-f]{6})", theme))
        for name in ("ink", "muted", "above", "indistinct", "below", "blank", "link"):
            for paper in ("paper", "faint"):
                assert contrast(colours[name], colours[paper]) >= 4.5, (name, paper)
        for number in range(8):
            assert contrast(colours[f"c{number}"], colours["paper"]) >= 3, number
