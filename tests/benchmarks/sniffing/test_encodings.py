"""Legacy encodings are told by what the bytes would say in each of them."""

from __future__ import annotations

import pytest

from workbench.benchmarks.sniffing.encoding import find_encoding

TEXTS = {
    "ru": "Река течёт через большой город, и люди гуляют по её берегам.\nВчера шёл дождь, поэтому улицы были пустыми.\nДети учатся читать и писать в новой школе возле парка.\n",
    "uk": "Річка тече через велике місто, і люди гуляють її берегами.\nУчора йшов дощ, тому вулиці були порожніми.\nДіти вчаться читати й писати в новій школі біля парку.\n",
    "el": "Το ποτάμι περνά μέσα από μια μεγάλη πόλη και οι άνθρωποι περπατούν στις όχθες του.\nΧθες έβρεχε και οι δρόμοι ήταν άδειοι.\nΤα παιδιά μαθαίνουν να διαβάζουν.\n",
    "he": "הנהר זורם דרך עיר גדולה ואנשים מטיילים על גדותיו.\nאתמול ירד גשם ולכן הרחובות היו ריקים.\nהילדים לומדים לקרוא ולכתוב בבית הספר החדש.\n",
    "ar": "يجري النهر عبر مدينة كبيرة ويتنزه الناس على ضفافه.\nهطل المطر أمس ولذلك كانت الشوارع خالية.\nيتعلم الأطفال القراءة والكتابة في المدرسة الجديدة.\n",
    "th": "แม่น้ำไหลผ่านเมืองใหญ่และผู้คนเดินเล่นริมฝั่ง\nเมื่อวานฝนตกถนนจึงว่างเปล่า\nเด็กๆ เรียนอ่านและเขียนในโรงเรียนใหม่ใกล้สวนสาธารณะ\n",
    "ja": "川は大きな町を流れ、人々はその岸を散歩します。\n昨日は雨が降ったので、通りには誰もいませんでした。\n子どもたちは公園の近くの新しい学校で読み書きを習います。\n",
    "ko": "강은 큰 도시를 지나 흐르고 사람들은 강가를 걷습니다.\n어제 비가 와서 거리가 비어 있었습니다.\n아이들은 공원 옆 새 학교에서 읽고 쓰는 것을 배웁니다.\n",
    "zh": "这条河流过一个大城市，人们在河边散步。\n昨天下雨了，所以街上没有人。\n孩子们在公园旁边的新学校里学习读书和写字，我们都很高兴。\n",
}


@pytest.mark.parametrize(
    ("language", "encoding"),
    [
        ("ru", "cp1251"), ("ru", "koi8-r"), ("ru", "cp866"), ("ru", "iso8859-5"), ("uk", "cp1251"), ("el", "cp1253"),
        ("he", "cp1255"), ("ar", "cp1256"), ("th", "cp874"), ("ja", "cp932"), ("ja", "euc-jp"), ("ko", "cp949"),
        ("zh", "gb18030"),
    ],
)  # fmt: skip
def test_a_legacy_encoding_is_told(language, encoding):
    data = TEXTS[language].encode(encoding)
    found = find_encoding(data)
    assert data.decode(found.name) == TEXTS[language]
    assert "not UTF-8" in found.evidence


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("language", ["ru", "th"])
def test_unicode_is_told_for_sure(language, encoding):
    text = "id,text\n" * 50 + TEXTS[language]
    found = find_encoding(text.encode(encoding))
    assert found.sure
    assert text.encode(encoding).decode(found.name).lstrip("\ufeff") == text


def test_damaged_utf8_stays_utf8_so_that_the_damage_is_reported():
    data = TEXTS["ru"].encode()[:200] + b"\xff" + TEXTS["ru"].encode()
    found = find_encoding(data)
    assert (found.name, found.sure) == ("utf-8", True)
    assert "damaged" in found.evidence


def test_what_differs_in_no_letter_is_asked_about():
    """Latin letters that several encodings share do not tell which of them it is."""
    found = find_encoding(
        "Où est-il allé ? À l'école, là-bas : c'est très près d'ici, n'est-ce pas ? “Oui.”\n".encode("cp1252")
    )
    assert found.name.startswith(("cp125", "iso8859"))
    assert found.others or found.sure


def test_bytes_that_are_no_text():
    assert find_encoding(bytes(range(256)) * 20) is None
