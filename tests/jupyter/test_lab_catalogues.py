"""The panel in each language: every string translated, placeholders kept, plurals as CLDR has them, nothing stale."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import sys
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.plurals import PLURALS as GETTEXT_PLURALS
from jupyterlab_server.translation_utils import get_installed_packages_locale, get_language_pack, get_language_packs


def helper():
    """The script beside this file; test folders are no packages."""
    path = Path(__file__).with_name("lab_catalogues.py")
    spec = importlib.util.spec_from_file_location("workbench_test_lab_catalogues", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


catalogues = helper()
USED = catalogues.strings(catalogues.LAB / "src")
LANGUAGES = sorted(catalogues.LOCALES)
COUNT = "%2"
"""In a plural JupyterLab fills %1 with the bare number; ours begin with the formatted one."""
NUMBERS = (*range(300), 1_000, 1_001, 1_002, 1_011, 1_000_000, 2_000_000, 3_000_001)
FOREIGN = {
    "ar": r"[\u0600-\u06ff]",
    "hi": r"[\u0900-\u097f]",
    "ja": r"[\u3040-\u30ff\u4e00-\u9fff]",
    "th": r"[\u0e00-\u0e7f]",
}


@pytest.fixture(params=LANGUAGES)
def language(request) -> str:
    return request.param


@pytest.fixture
def messages(language):
    """Each string that the panel uses, with what stands for it in a language."""
    catalogue = catalogues.catalogue(language)
    return [(each, catalogue.get(each.key, each.context)) for each in USED]


def categories(language: str) -> list[str]:
    """CLDR's plural categories of whole numbers in a language."""
    known = {*Locale(language).plural_form.tags, "other"}
    return [name for name in catalogues.ORDER if name in known]


def test_the_panel_has_strings_and_each_is_whole():
    assert len(USED) > 500
    for each in USED:
        assert all(text == text.strip() for text in each.texts), each
        assert all(each.texts), each


def test_every_string_is_translated(messages):
    lacking = [each.texts for each, message in messages if message is None or not all(catalogues.translations(message))]
    assert lacking == [], "run `make translations`, then translate them in extensions/workbench-lab/locale/"


def test_no_string_is_stale_and_no_translation_doubtful(language):
    catalogue = catalogues.catalogue(language)
    used = {(each.context, each.key) for each in USED}
    assert [message.id for message in catalogue if message.id and (message.context, message.id) not in used] == []
    assert not catalogue.obsolete
    assert [message.id for message in catalogue if message.id and message.fuzzy] == []


def test_the_files_are_as_the_command_writes_them(language):
    renewed = catalogues.renewed(language, USED)
    written = (catalogues.CATALOGUES / f"{language}.po").read_bytes()
    assert written == catalogues.written(language, renewed), "run `make translations`"
    compiled = catalogues.target(language).read_text(encoding="utf-8")
    assert compiled == catalogues.compiled(language, renewed), "run `make translations`"


def test_placeholders_are_kept(language, messages):
    for each, message in messages:
        wanted = catalogues.placeholders(each.texts[-1])
        names = categories(language) if len(each.texts) > 1 else ["other"]
        for name, text in zip(names, catalogues.translations(message), strict=True):
            found = catalogues.placeholders(text)
            # Arabic has words for none, one and two things: their number need not be said.
            said = [place for place in wanted if place != COUNT or place in found]
            assert found == (said if name in {"zero", "one", "two"} and len(each.texts) > 1 else wanted), text


def test_plural_forms_are_those_of_cldr(language):
    form = Locale(language).plural_form
    names = categories(language)
    catalogue = catalogues.catalogue(language)
    assert catalogue.num_plurals == len(names)
    for number in NUMBERS:
        assert names[chosen(catalogue.plural_expr, number)] == form(number), number


def chosen(rule: str, number: int) -> int:
    """Which form a gettext rule chooses: its one conditional after the other, as C reads them."""
    python = re.sub(r"&&", " and ", rule)
    parts = [part.strip(" ()") for part in re.split(r"[?:]", python)]
    *steps, last = parts
    for condition, form in zip(steps[::2], steps[1::2], strict=True):
        if eval(compile(ast.parse(condition, mode="eval"), "rule", "eval"), {"n": number}):  # noqa: S307 — our own file
            return int(form)
    return int(eval(compile(ast.parse(last, mode="eval"), "rule", "eval"), {"n": number}))  # noqa: S307


def test_the_rule_reader_reads_gettexts_own_rules():
    assert [chosen(GETTEXT_PLURALS["fr"][1], number) for number in (0, 1, 2)] == [0, 0, 1]
    assert [chosen(GETTEXT_PLURALS["ar"][1], number) for number in (0, 1, 2, 3, 11, 100)] == [0, 1, 2, 3, 5, 4]


def test_translations_are_in_their_script_and_look_like_sentences(language, messages):
    script = FOREIGN.get(language)
    names = re.compile(r"%\d|MLflow|Workbench|Ray|lm-eval|[A-Z]?KV|\W|\d", re.ASCII)
    for each, message in messages:
        for text in catalogues.translations(message):
            assert text == text.strip(), text
            assert not re.search(r"[\u202a-\u202e\u2066-\u2069\ufffd]", text), text
            if script and len(names.sub("", each.texts[0])) > 2:
                assert re.search(script, text), f"{each.texts[0]} → {text}"
            assert each.texts[0].endswith("…") == text.endswith("…"), text
            for code in re.findall(r"`[^`]+`", each.texts[0]):
                assert code in text, text


def test_jupyterlab_offers_each_language_and_loads_our_words(language):
    offered, problem = get_language_packs()
    assert problem == ""
    assert language in offered, "install the distribution again: its entry points name the languages"
    data, problem = get_language_pack(language)
    assert problem == ""
    assert data[catalogues.DOMAIN][""]["language"] == language
    assert len(data[catalogues.DOMAIN]) == len(USED) + 1


def test_our_words_come_with_jupyterlabs_own_language_pack():
    for locale in ("fr_FR", "ja_JP", "ar_SA"):
        found, problem = get_installed_packages_locale(locale)
        assert problem.strip() == ""
        assert len(found[catalogues.DOMAIN]) == len(USED) + 1


def test_a_single_form_is_there_twice_as_jupyterlab_asks():
    compiled = json.loads(catalogues.target("th").read_text(encoding="utf-8"))
    plural = next(each for each in USED if len(each.texts) > 1)
    assert len(compiled[plural.texts[0]]) == 2


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("trans.__('Plain')", [(None, ("Plain",))]),
        ("trans.__(\n  'Two ' + 'parts'\n)", [(None, ("Two parts",))]),
        (r"trans.__('it\'s \u2019 \\ a')", [(None, ("it's ’ \\ a",))]),
        ('trans.__("double", 1)', [(None, ("double",))]),
        ("trans._n('%2 item', '%2 items', n, x)", [(None, ("%2 item", "%2 items"))]),
        ("trans._p('verb', 'Open')", [("verb", ("Open",))]),
        ("trans._np('c', 'one', 'many', n)", [("c", ("one", "many"))]),
    ],
)
def test_calls_are_read_as_typescript_has_them(source, expected):
    assert list(catalogues.calls(source, "a.ts")) == expected


@pytest.mark.parametrize("source", ["trans.__(name)", "trans.__(`a ${b}`)", "trans.gettext('a')", "trans.__('a' + b)"])
def test_what_cannot_be_translated_is_refused_with_its_place(source):
    with pytest.raises(ValueError, match=r"^a\.ts:2: "):
        list(catalogues.calls(f"\n{source}", "a.ts"))


def test_one_text_with_and_without_a_plural_is_refused(tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.ts").write_text("trans.__('item'); trans._n('item', 'items', 2)", encoding="utf-8")
    with pytest.raises(ValueError, match="with a plural and without"):
        catalogues.strings(tmp_path / "src")
