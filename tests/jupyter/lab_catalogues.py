"""``make translations``: the panel's strings into its catalogues (.po), and these into what JupyterLab reads (.json).

A string that is new stands in each catalogue without a translation, one that is no longer used is removed; the tests
fail until every string is translated. Edit the .po files, then run it again.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

REPOSITORY = Path(__file__).resolve().parents[2]
LAB = REPOSITORY / "extensions" / "workbench-lab"
CATALOGUES = LAB / "locale"
COMPILED = REPOSITORY / "workbench" / "jupyter" / "translations" / "locale"
DOMAIN = "sovereign_workbench"
"""As the panel's plug-ins ask for it; JupyterLab writes underscores."""
LOCALES = {"ar": "ar_sa", "fr": "fr_fr", "hi": "hi_in", "ja": "ja_jp", "th": "th_th"}
"""Our languages, and the directories of the locales that JupyterLab's own language packs have or would have."""
ORDER = ("zero", "one", "two", "few", "many", "other")
"""CLDR's plural categories in the order in which a catalogue has their forms."""
PLURALS = {
    "ar": "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);",
    "fr": "nplurals=3; plural=(n<=1 ? 0 : n%1000000==0 ? 1 : 2);",
    "hi": "nplurals=2; plural=(n>1);",
    "ja": "nplurals=1; plural=0;",
    "th": "nplurals=1; plural=0;",
}
"""CLDR's rules for whole numbers, as gettext writes them; the tests compare them with CLDR."""
CALL = re.compile(r"\b_?trans\.(__|_n|_p|_np|gettext|ngettext|pgettext|npgettext|dcnpgettext)\(\s*")
TEXTS = {"__": 1, "_n": 2, "_p": 2, "_np": 3}
TEXT = re.compile(r"""(['"])((?:\\.|(?!\1)[^\\\n])*)\1\s*([,+)]?)\s*""")
ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)")
CONTROLS = {"n": "\n", "t": "\t"}
PLACEHOLDER = re.compile(r"%\d+")
SEPARATOR = "\x04"


@dataclass(frozen=True, slots=True)
class Used:
    """One string of the panel: its context, and its texts (with a plural two)."""

    context: str | None
    texts: tuple[str, ...]

    @property
    def key(self) -> str | tuple[str, ...]:
        """As a catalogue knows it."""
        return self.texts if len(self.texts) > 1 else self.texts[0]


def strings(source: Path) -> list[Used]:
    """Return what the sources below a folder translate.

    Raises
    ------
    ValueError
        A text is no plain literal, or one has both a plural and none, which JupyterLab cannot tell apart.
    """
    found: dict[tuple[str | None, tuple[str, ...]], None] = {}
    for path in sorted(each for each in source.rglob("*.ts*") if not each.name.endswith(".d.ts")):
        for call in calls(path.read_text(encoding="utf-8"), path.relative_to(source.parent).as_posix()):
            found[call] = None
    first = [(context, texts[0]) for context, texts in found]
    twice = sorted({text for context, text in first if first.count((context, text)) > 1})
    if twice:
        raise ValueError(f"used both with a plural and without, or with two plurals: {twice}")
    return [Used(context, texts) for context, texts in found]


def calls(text: str, name: str) -> Iterator[tuple[str | None, tuple[str, ...]]]:
    """Yield context and texts of each call of the translator in a source."""
    for call in CALL.finditer(text):
        line = text.count("\n", 0, call.start()) + 1
        if call[1] not in TEXTS:
            raise ValueError(f"{name}:{line}: write {', '.join(TEXTS)}, not {call[1]}")
        place, texts = call.end(), []
        while len(texts) < TEXTS[call[1]]:
            read = literal(text, place)
            if read is None:
                raise ValueError(f"{name}:{line}: only a plain literal can be translated")
            place = read[1]
            texts.append(read[0])
        context = texts.pop(0) if call[1] in {"_p", "_np"} else None
        yield context, tuple(texts)


def literal(text: str, place: int) -> tuple[str, int] | None:
    """Return the literal at a place, joined with those added to it, and where it ends; None where there is none."""
    value = ""
    while found := TEXT.match(text, place):
        value += ESCAPE.sub(_unescaped, found[2])
        place = found.end()
        if found[3] != "+":
            return value, place
    return None


def _unescaped(found: re.Match[str]) -> str:
    what = found[1]
    return chr(int(what[1:], 16)) if len(what) > 1 else CONTROLS.get(what, what)


def header(language: str) -> bytes:
    """Return how a catalogue's file begins."""
    lines = (f"Language: {language}", "Content-Type: text/plain; charset=utf-8", f"Plural-Forms: {PLURALS[language]}")
    return ('msgid ""\nmsgstr ""\n' + "".join(f'"{line}\\n"\n' for line in lines) + "\n").encode()


def catalogue(language: str) -> Catalog:
    """Return a language's catalogue as it is on disk; an empty one where there is none."""
    path = CATALOGUES / f"{language}.po"
    content = path.read_bytes() if path.is_file() else header(language)
    return read_po(BytesIO(content), locale=language, abort_invalid=True)


def renewed(language: str, used: list[Used]) -> Catalog:
    """Return the catalogue with what is used and nothing else; what was translated stays."""
    old = catalogue(language)
    new = read_po(BytesIO(header(language)), locale=language, abort_invalid=True)
    for each in used:
        before = old.get(each.key, each.context)
        kept = before.string if before is not None and before.id == each.key else ""
        message = new.add(each.key, kept, context=each.context)
        message.flags.discard("python-format")  # "95% intervals" only looks like one
    return new


def written(language: str, of: Catalog) -> bytes:
    """Return a catalogue as its file has it: no places, no dates, sorted, so that only words change it."""
    buffer = BytesIO()
    write_po(buffer, of, width=0, omit_header=True, no_location=True, sort_output=True)
    return header(language) + buffer.getvalue().rstrip() + b"\n"


def compiled(language: str, of: Catalog) -> str:
    """Return what JupyterLab reads.

    It takes a plural only where there are two texts or more; a language with one form has it twice.
    """
    entries: dict[str, object] = {
        "": {"domain": DOMAIN, "language": language, "plural_forms": PLURALS[language]},
    }
    for message in of:
        if message.id:
            key = message.id if isinstance(message.id, str) else message.id[0]
            forms = translations(message)
            if len(forms) == 1 and not isinstance(message.id, str):
                forms = (*forms, *forms)
            entries[f"{message.context}{SEPARATOR}{key}" if message.context else key] = list(forms)
    return json.dumps(entries, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def translations(message: Message) -> tuple[str, ...]:
    """Return the forms of a message in its language."""
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


def placeholders(text: str) -> list[str]:
    """Return the placeholders of a text, sorted."""
    return sorted(PLACEHOLDER.findall(text))


def missing(of: Catalog) -> list[str]:
    """Return what is not translated."""
    return [str(message.id) for message in of if message.id and not all(translations(message))]


def target(language: str) -> Path:
    """Return where the compiled catalogue of a language lies."""
    return COMPILED / LOCALES[language] / "LC_MESSAGES" / f"{DOMAIN}.json"


def main() -> int:
    """Renew every catalogue and compile it; the exit code is 3 where translations are missing."""
    used = strings(LAB / "src")
    left = 0
    for language in LOCALES:
        new = renewed(language, used)
        (CATALOGUES / f"{language}.po").write_bytes(written(language, new))
        target(language).parent.mkdir(parents=True, exist_ok=True)
        target(language).write_text(compiled(language, new), encoding="utf-8")
        lacking = missing(new)
        left += len(lacking)
        sys.stdout.write(f"{language}: {len(used)} strings, {len(lacking)} not translated\n")
        sys.stdout.writelines(f"  {text}\n" for text in lacking[:10])
    return 3 if left else 0


if __name__ == "__main__":
    sys.exit(main())
