"""How answers are introduced, language by language; data for extraction.

Matching ignores case. English is tried after the answer's own language, because models fall back to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from workbench.languages import primary_subtag

ANSWER_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "am": ("መልስ", "መልሱ"),
        "ar": ("الإجابة الصحيحة", "الجواب الصحيح", "الإجابة", "الاجابة", "الجواب", "إجابة"),
        "bg": ("отговор", "отговорът"),
        "bn": ("সঠিক উত্তর", "উত্তর"),
        "ca": ("resposta",),
        "cs": ("odpověď",),
        "da": ("svar", "svaret"),
        "de": ("richtige antwort", "antwort", "lösung"),
        "el": ("απάντηση",),
        "en": ("correct answer", "final answer", "answer", "correct option", "correct choice", "option"),
        "es": ("respuesta correcta", "respuesta", "opción correcta", "opción"),
        "et": ("vastus",),
        "eu": ("erantzuna",),
        "fa": ("پاسخ صحیح", "پاسخ", "جواب"),
        "fi": ("vastaus",),
        "fil": ("sagot",),
        "fr": ("bonne réponse", "réponse correcte", "réponse", "reponse"),
        "gl": ("resposta",),
        "gu": ("જવાબ",),
        "ha": ("amsa",),
        "he": ("התשובה הנכונה", "תשובה", "התשובה"),
        "hi": ("सही उत्तर", "उत्तर", "जवाब"),
        "hr": ("odgovor",),
        "ht": ("repons",),
        "hu": ("válasz",),
        "hy": ("պատասխան",),
        "id": ("jawaban yang benar", "jawaban", "jawabannya"),
        "is": ("svar",),
        "it": ("risposta corretta", "risposta"),
        "ja": ("正解", "答え", "回答", "解答", "答"),
        "ka": ("პასუხი",),
        "kk": ("жауап", "жауабы"),
        "km": ("ចម្លើយ",),
        "kn": ("ಉತ್ತರ",),
        "ko": ("정답", "답변", "답"),
        "lo": ("ຄຳຕອບ",),
        "lt": ("atsakymas",),
        "lv": ("atbilde",),
        "mk": ("одговор",),
        "ml": ("ഉത്തരം",),
        "mr": ("उत्तर",),
        "ms": ("jawapan",),
        "my": ("အဖြေမှန်", "အဖြေ"),
        "nb": ("svar", "svaret"),
        "ne": ("उत्तर",),
        "nl": ("juiste antwoord", "antwoord"),
        "pa": ("ਉੱਤਰ", "ਜਵਾਬ"),
        "pl": ("prawidłowa odpowiedź", "odpowiedź"),
        "ps": ("ځواب",),
        "pt": ("resposta correta", "resposta correcta", "resposta", "alternativa correta"),
        "qu": ("kutichiy",),
        "ro": ("răspunsul corect", "răspuns", "răspunsul"),
        "ru": ("правильный ответ", "ответ"),
        "si": ("පිළිතුර",),
        "sk": ("odpoveď",),
        "sl": ("odgovor",),
        "sq": ("përgjigja",),
        "sr": ("odgovor", "одговор"),
        "sv": ("rätt svar", "svar", "svaret"),
        "sw": ("jibu sahihi", "jibu"),
        "ta": ("சரியான விடை", "பதில்", "விடை"),
        "te": ("సమాధానం", "జవాబు"),
        "th": ("คำตอบที่ถูกต้อง", "คำตอบ", "ตอบ"),
        "tr": ("doğru cevap", "cevap", "yanıt"),
        "uk": ("правильна відповідь", "відповідь"),
        "ur": ("درست جواب", "جواب"),
        "uz": ("javob", "жавоб"),
        "vi": ("đáp án đúng", "câu trả lời", "đáp án", "trả lời"),
        "yo": ("idahun", "ìdáhùn"),
        "zh": ("正确答案", "正確答案", "答案", "回答", "答"),
        "zu": ("impendulo",),
    }
)
"""Words that stand before an answer, by primary language subtag, longer ones first."""

_COPULAS = (
    "is are was ist lautet est sera es son será é são è sono är er on jest to są является это це є adalah ialah ni là "
    "dir este sunt είναι היא הוא هي هو است ہے है हैं হল হলো হচ্ছে option choice letter optie opción вариант"
)
COPULAS = frozenset(_COPULAS.split())
"""Small words that may stand between such a word and the answer, where words are parted by spaces."""

COPULA_PREFIXES = (
    "คือ",
    "เป็น",
    "ข้อ",
    "គឺ",
    "ແມ່ນ",
    "သည်",
    "は",
    "が",
    "是",
    "为",
    "為",
    "选项",
    "選項",
    "选",
    "選",
    "은",
    "는",
)
"""The same where they are written onto what follows or precedes; longer ones first."""


def answer_words(language: str, lead: str = "") -> tuple[str, ...]:
    """Return what may introduce an answer: the prompt's own lead, the language's words, then English ones."""
    own = ANSWER_WORDS.get(primary_subtag(language), ())
    asked = lead.strip(" \n\t:：៖፡")
    return tuple(dict.fromkeys((*((asked,) if asked else ()), *own, *ANSWER_WORDS["en"])))
