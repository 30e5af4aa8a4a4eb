"""Every fact of the civics pack that names a source is read again from packaged data: CLDR (babel), ICU, ISO codes, tzdata."""

from __future__ import annotations

import json
import re
import unicodedata
import zoneinfo
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

import langcodes
import pytest
from babel import Locale, UnknownLocaleError, dates, numbers, units
from babel.core import get_global
from icu4py.messageformat import MessageFormat

PACK = Path(__file__).resolve().parents[2] / "datasets" / "civics"
LANGUAGES = sorted(path.stem for path in PACK.glob("items/*.jsonl"))
INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u061c"))


# --- from a choice's text to what it names -------------------------------------------------------------------------


def folded(text: str) -> str:
    """The text without case, invisible marks, kinds of space and kinds of digit."""
    text = re.sub(r"\s+", " ", text.translate(INVISIBLE)).strip().casefold()
    return "".join(str(unicodedata.digit(c)) if unicodedata.category(c) == "Nd" else c for c in text)


@cache
def locale(language: str) -> Locale:
    return Locale.parse(language.replace("-", "_"))


def inverted(names: Iterable[tuple[object, str]]) -> dict[str, set[object]]:
    found: dict[str, set[object]] = {}
    for key, name in names:
        found.setdefault(folded(name), set()).add(key)
    return found


def city(zone: str, of: Locale) -> str:
    """Name of a zone's city; babel knows some only by an older spelling, such as Asia/Katmandu."""
    return of.time_zones.get(zone, {}).get("city") or zone.rpartition("/")[2].replace("_", " ")


@cache
def namespace(kind: str, language: str) -> dict[str, set[object]]:
    """Folded name → the codes that bear it in `language`."""
    of = locale(language)
    if kind == "zone":
        return inverted((zone, city(zone, of)) for zone in zoneinfo.available_timezones())
    if kind in {"weekday", "month"}:
        # ICU, not babel: babel 2.18 hands names of one language to another once it has resolved an alias for it.
        days = (
            [date(2024, 1, day) for day in range(1, 8)]
            if kind == "weekday"
            else [date(2024, n, 1) for n in range(1, 13)]
        )
        forms = ("cccc", "EEEE") if kind == "weekday" else ("LLLL", "MMMM")
        named = [
            (n, icu(f"{language}@calendar=gregorian", form, str(day)))
            for form in forms
            for n, day in enumerate(days, 1)
        ]
        return inverted(named)
    tables = {
        "currency": of.currencies,
        "symbol": of.currency_symbols,
        "language": of.languages,
        "territory": of.territories,
        "script": of.scripts,
    }
    return inverted(tables[kind].items())


def read_name(kind: str) -> Callable[[str, str], Collection[object]]:
    return lambda text, language: namespace(kind, language).get(folded(text), set())


def read_currency(text: str, language: str) -> Collection[object]:
    """Currencies of that name; a bare unit such as "peso" stands for every currency whose name begins or ends with it."""
    unit, found = folded(text), set()
    for name, codes in namespace("currency", language).items():
        if name == unit or unit in name.split() or name.startswith(unit) or name.endswith(unit):
            found |= codes
    return found


def read_pattern(pattern: str) -> Callable[[str, str], Collection[object]]:
    return lambda text, _: {folded(text)} if re.fullmatch(pattern, text.translate(INVISIBLE)) else set()


def read_number(text: str, _: str) -> Collection[object]:
    digits = re.fullmatch(r"\d+", folded(text))
    return {int(digits[0])} if digits else set()


def read_offset(text: str, _: str) -> Collection[object]:
    """Minutes east of Greenwich of a text such as ``UTC+5:30``."""
    found = re.fullmatch(r"utc(?:([+\-−±])(\d{1,2})(?::?(\d\d))?)?", folded(text))
    if not found:
        return set()
    minutes = int(found[2] or 0) * 60 + int(found[3] or 0)
    return {-minutes if found[1] in {"-", "−"} else minutes}


def read_clock(text: str, _: str) -> Collection[object]:
    found = re.fullmatch(r"(\d{1,2})[:.h](\d\d)", folded(text))
    return {(int(found[1]), int(found[2]))} if found else set()


def read_text(text: str, _: str) -> Collection[object]:
    return {folded(text)}


# --- what the packaged data say ------------------------------------------------------------------------------------


def tender(territory: str, on: date | None = None) -> set[str]:
    """Currencies that are legal tender in a territory on a day; now, unless said."""
    found = set()
    for code, start, end, legal in get_global("territory_currencies")[territory]:
        since = date(*start) if start else date.min
        until = date(*end) if end else date.max
        if legal and ((end is None) if on is None else (since <= on <= until)):
            found.add(code)
    return found


def years(territory: str, currency: str, index: int) -> set[int]:
    return {row[index][0] for row in get_global("territory_currencies")[territory] if row[0] == currency and row[index]}


def users(currency: str) -> set[str]:
    return {territory for territory in get_global("territory_currencies") if currency in tender(territory)}


def official(territory: str, statuses: Collection[str] = ("official", "de_facto_official")) -> set[str]:
    spoken = get_global("territory_languages")[territory]
    return {code.partition("_")[0] for code, facts in spoken.items() if facts["official_status"] in statuses}


def official_in(language: str) -> set[str]:
    return {territory for territory in get_global("territory_languages") if language in official(territory)}


def alias(territory: str, pattern: str) -> set[str]:
    names = get_global("territory_aliases").items()
    return {folded(name) for name, codes in names if codes == [territory] and re.fullmatch(pattern, name)}


def script_of(language: str) -> str:
    return get_global("likely_subtags")[language].split("_")[1]


def right_to_left() -> set[str]:
    found = set()
    for code in locale("en").languages:
        try:
            if Locale.parse(code).character_order == "right-to-left":
                found.add(code)
        except (UnknownLocaleError, ValueError):
            continue
    return found


def offset(zone: str, at: str) -> int:
    moment = datetime.fromisoformat(at).replace(tzinfo=zoneinfo.ZoneInfo(zone))
    return int(moment.utcoffset() / timedelta(minutes=1))


def clock(zones: str, at: str) -> tuple[int, int]:
    here, there = (zoneinfo.ZoneInfo(zone) for zone in zones.split(">"))
    moment = datetime.fromisoformat(at).replace(tzinfo=here).astimezone(there)
    return moment.hour, moment.minute


def summer_days(zone: str, year: int) -> list[date]:
    """Days at whose noon daylight saving time is in force."""
    place, first = zoneinfo.ZoneInfo(zone), datetime(year, 1, 1, 12, tzinfo=UTC)
    days = (first + timedelta(days=n) for n in range(366))
    return [day.date() for day in days if day.year == year and day.replace(tzinfo=place).dst()]


def last_summer_time(zone: str) -> int:
    return next(year for year in range(2025, 1900, -1) if summer_days(zone, year))


def zones_at(minutes: int, at: str) -> set[str]:
    return {zone for zone in zoneinfo.available_timezones() if offset(zone, at) == minutes}


def icu(code: str, skeleton: str, day: str) -> str:
    moment = datetime.fromisoformat(day + "T12:00")
    return folded(MessageFormat("{d,date," + skeleton + "}", code).format({"d": moment}))


def formatted_date(code: str, day: str, form: str) -> str:
    return folded(dates.format_date(date.fromisoformat(day), form, locale=code))


def number_in_words(code: str, value: str) -> str:
    return folded(MessageFormat("{n,spellout}", code).format({"n": int(value)})).replace("\u00ad", "")


def other_than(codes: Collection[object], kind: str) -> set[object]:
    table = {"territory": locale("en").territories, "language": locale("en").languages}[kind]
    return set(table) - set(codes)


NAME = {kind: read_name(kind) for kind in ("symbol", "language", "territory", "script", "weekday", "month", "zone")}
UPPER2, UPPER3 = read_pattern("[A-Z]{2}"), read_pattern("[A-Z]{3}")

# relation → how a choice is read, and what is right given the rest of the source.
RELATIONS: dict[str, tuple[Callable[[str, str], Collection[object]], Callable[..., Collection[object]]]] = {
    "cldr:currency": (read_currency, tender),
    "cldr:currency-on": (read_currency, lambda place, day: tender(place, date.fromisoformat(day))),
    "cldr:currency-user": (NAME["territory"], users),
    "cldr:currency-nonuser": (NAME["territory"], lambda code: other_than(users(code), "territory")),
    "cldr:currency-since": (read_number, lambda place, code: years(place, code, 1)),
    "cldr:currency-until": (read_number, lambda place, code: years(place, code, 2)),
    "cldr:currency-symbol": (NAME["symbol"], lambda code: {code}),
    "cldr:currency-digits": (read_number, lambda code: {numbers.get_currency_precision(code)}),
    "cldr:official": (NAME["language"], official),
    "cldr:nonofficial": (NAME["language"], lambda place: other_than(official(place), "language")),
    "cldr:regional": (NAME["language"], lambda place: official(place, ("official_regional",))),
    "cldr:official-in": (NAME["territory"], official_in),
    "cldr:nonofficial-in": (NAME["territory"], lambda code: other_than(official_in(code), "territory")),
    "cldr:first-day": (NAME["weekday"], lambda code: {locale(code).first_week_day + 1}),
    "cldr:weekend-start": (NAME["weekday"], lambda code: {locale(code).weekend_start + 1}),
    "cldr:weekend-end": (NAME["weekday"], lambda code: {locale(code).weekend_end + 1}),
    "cldr:weekday": (NAME["weekday"], lambda number: {int(number)}),
    "cldr:month": (NAME["month"], lambda number: {int(number)}),
    "cldr:script": (NAME["script"], lambda code: {script_of(code)}),
    "cldr:right-to-left": (NAME["language"], right_to_left),
    "cldr:territory": (NAME["territory"], lambda code: {code}),
    "cldr:number": (read_text, lambda code, value: {folded(numbers.format_decimal(Decimal(value), locale=code))}),
    "cldr:money": (
        read_text,
        lambda code, unit, value: {folded(numbers.format_currency(Decimal(value), unit, locale=code))},
    ),
    "cldr:date": (read_text, lambda code, day, form: {formatted_date(code, day, form)}),
    "cldr:unit": (read_text, lambda code, unit, value: {folded(units.format_unit(Decimal(value), unit, locale=code))}),
    "iso:currency": (UPPER3, lambda place: set(map(folded, tender(place)))),
    "iso:alpha2": (UPPER2, lambda place: {folded(place)}),
    "iso:alpha3": (UPPER3, lambda place: alias(place, "[A-Z]{3}")),
    "iso:numeric": (read_pattern(r"\d{3}"), lambda place: alias(place, r"\d{3}")),
    "iso:domain": (read_pattern(r"\.[a-z]{2}"), lambda place: {"." + place.lower()}),
    "iso:language2": (read_pattern("[a-z]{2}"), lambda code: {code}),
    "iso:language3": (read_pattern("[a-z]{3}"), lambda code: {langcodes.get(code).to_alpha3()}),
    "tz:offset": (read_offset, lambda zone, *at: {offset(zone, ":".join(at))}),
    "tz:clock": (read_clock, lambda zones, *at: {clock(zones, ":".join(at))}),
    "tz:same": (NAME["zone"], lambda zone, day: zones_at(offset(zone, day), day)),
    "tz:count": (read_number, lambda place, day: {len({offset(z, day) for z in get_global("territory_zones")[place]})}),
    "tz:in": (NAME["zone"], lambda place: set(get_global("territory_zones")[place])),
    "tz:not-in": (
        NAME["zone"],
        lambda place: zoneinfo.available_timezones() - set(get_global("territory_zones")[place]),
    ),
    "tz:summer-start": (NAME["month"], lambda zone, year: {summer_days(zone, int(year))[0].month}),
    "tz:summer-end": (NAME["month"], lambda zone, year: {summer_days(zone, int(year))[-1].month}),
    "tz:summer-last": (read_number, lambda zone: {last_summer_time(zone)}),
    "calendar:weekday": (NAME["weekday"], lambda day: {date.fromisoformat(day).isoweekday()}),
    "icu:date": (read_text, lambda code, day: {icu(code, "long", day)}),
    "icu:year": (read_number, lambda code, day: {int(re.search(r"\d+", icu(code, "yyyy", day))[0])}),
    "icu:month": (read_text, lambda code, day: {icu(code, "LLLL", day), icu(code, "MMMM", day)}),
    "icu:words": (read_text, lambda code, value: {number_in_words(code, value)}),
    "unicode:digit": (read_pattern(r"\d+"), lambda value: {value}),
}


def judged(source: str, language: str, choices: Iterable[str]) -> list[bool]:
    """For each choice whether the packaged data call it right; a choice they do not know fails the test."""
    authority, relation, *key = source.split(":")
    read, right = RELATIONS[f"{authority}:{relation}"]
    answers = set(right(*key))
    assert answers, f"{source}: the packaged data say nothing"
    verdicts = []
    for choice in choices:
        named = set(read(choice, language))
        assert named, f"{source}: {choice!r} is not a name the packaged data know in {language}"
        verdicts.append(bool(named & answers))
    return verdicts


# --- the tests -----------------------------------------------------------------------------------------------------


def items(language: str) -> list[dict]:
    text = (PACK / "items" / f"{language}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_packaged_data_give_the_gold_choice_and_no_other(language):
    for item in items(language):
        if item["source"] != "unverified":
            verdicts = judged(item["source"], language, item["choices"])
            assert verdicts == [n == item["gold"] for n in range(4)], f"{item['id']} {item['source']}: {verdicts}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_at_most_a_third_is_unverified(language):
    found = items(language)
    assert sum(item["source"] == "unverified" for item in found) <= len(found) / 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_relation_makes_up_more_than_a_sixth_of_a_language(language):
    found = items(language)
    relations = Counter(":".join(i["source"].split(":")[:2]) for i in found if i["source"] != "unverified")
    assert max(relations.values()) <= len(found) / 6


def test_a_wrong_gold_and_an_unknown_name_are_found():
    assert judged("cldr:currency:TH", "en", ["kip", "baht"]) == [False, True]
    assert judged("tz:offset:Asia/Kolkata:2025-01-15", "hi", ["UTC+5:30", "UTC+5"]) == [True, False]
    with pytest.raises(AssertionError, match="not a name"):
        judged("cldr:official:TH", "en", ["Thaish"])
    with pytest.raises(KeyError):
        judged("cldr:invented:TH", "en", ["Thai"])
