"""Tags, records and names of languages."""

from __future__ import annotations

import subprocess
import sys

import pytest

from workbench.errors import NotFound
from workbench.languages import display_name, language, native_name, normalise_tag, primary_subtag


@pytest.mark.parametrize(
    ("code", "tag"),
    [
        ("eng_Latn", "en"),
        ("srp-Cyrl", "sr-Cyrl"),
        ("srp_Latn", "sr-Latn"),
        ("zho-CN", "zh-CN"),
        ("zho_Hans", "zh-Hans"),
        ("arb_Arab", "ar"),
        ("pes_Arab", "fa"),
        ("kmr_Latn", "ku-Latn"),
        ("swh", "sw"),
        ("nob", "nb"),
        ("npi_Deva", "ne"),
        ("iw", "he"),
        ("in", "id"),
        ("zh_TW", "zh-TW"),
        ("PT-br", "pt-BR"),
        ("yue_Hant", "yue-Hant"),
        ("ary", "ary"),
        ("apc_Arab_nort3139", "apc-Arab-nort3139"),
        (" th ", "th"),
        ("und", "und"),
    ],
)
def test_codes_become_bcp_47(code, tag):
    assert normalise_tag(code) == tag
    assert normalise_tag(tag) == tag


@pytest.mark.parametrize("code", ["", "x", "foo", "123", "en_Foo1", "ntrex-128", "../en", "en/th", "e n", "english"])
def test_what_is_no_language_is_refused(code):
    with pytest.raises(NotFound) as caught:
        normalise_tag(code)
    assert repr(code) in str(caught.value)
    assert "BCP-47" in caught.value.remedy


@pytest.mark.parametrize(
    ("code", "script", "direction", "spaces"),
    [
        ("en", "Latn", "ltr", True),
        ("ar", "Arab", "rtl", True),
        ("ur", "Arab", "rtl", True),
        ("he", "Hebr", "rtl", True),
        ("dv", "Thaa", "rtl", True),
        ("nqo", "Nkoo", "rtl", True),
        ("fuv_Adlm", "Adlm", "rtl", True),
        ("ks_Deva", "Deva", "ltr", True),
        ("hi", "Deva", "ltr", True),
        ("ko", "Kore", "ltr", True),
        ("am", "Ethi", "ltr", True),
        ("th", "Thai", "ltr", False),
        ("lo", "Laoo", "ltr", False),
        ("km", "Khmr", "ltr", False),
        ("my", "Mymr", "ltr", False),
        ("ja", "Jpan", "ltr", False),
        ("zh", "Hans", "ltr", False),
        ("zh-TW", "Hant", "ltr", False),
        ("bo", "Tibt", "ltr", False),
        ("sr-Latn", "Latn", "ltr", True),
    ],
)
def test_a_language_has_script_direction_and_spacing(code, script, direction, spaces):
    record = language(code)
    assert (record.script, record.direction, record.writes_spaces) == (script, direction, spaces)
    assert record.name
    assert record.native_name


@pytest.mark.parametrize(
    ("code", "native"),
    [
        ("th", "ไทย"),
        ("hi", "हिन्दी"),
        ("ar", "العربية"),
        ("zh-Hant", "繁體中文"),
        ("sr-Latn", "srpski (latinica)"),
        ("nqo", "ߒߞߏ"),
    ],
)
def test_native_names(code, native):
    assert native_name(code) == native


def test_names_in_other_languages():
    assert display_name("th", "de") == "Thailändisch"
    assert display_name("de", "ja") == "ドイツ語"
    assert display_name("pt-BR", "en") == "Brazilian Portuguese"
    assert display_name("sr-Cyrl", "de") == "Serbisch (Kyrillisch)"


def test_a_name_nobody_translated_is_english_and_never_empty():
    assert display_name("quy", "th") == "Ayacucho Quechua"
    assert display_name("yue", "quy") == display_name("yue", "en")


def test_every_language_of_flores_size_benchmarks_has_a_record():
    codes = "ace_Arab azb_Arab bho_Deva crh_Latn dzo_Tibt fur_Latn hne_Deva kas_Arab kbp_Latn knc_Arab lij_Latn mni_Beng min_Arab nus_Latn prs_Arab sat_Olck shn_Mymr taq_Tfng tzm_Tfng uzn_Latn zgh_Tfng"
    records = [language(code) for code in codes.split()]
    assert len({record.tag for record in records}) == len(records)


def test_primary_subtag():
    assert primary_subtag("zh-Hant-TW") == "zh"


def test_importing_the_room_is_cheap():
    code = (
        "import sys, workbench.languages; print(sorted({'babel', 'icu4py', 'regex', 'langcodes'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
