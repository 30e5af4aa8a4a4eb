"""SQuAD nesting (1.1 and 2.0): articles hold paragraphs hold questions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from workbench.benchmarks.readers.json_lines import JsonDocument, parse_json
from workbench.benchmarks.readers.record import Location, Record, Report
from workbench.errors import BadItem


def read_squad(text: str, location: Location, report: Report) -> Iterator[Record]:
    """Yield one record a question: its own keys, with `context`, `title` and `paragraph` (``article.paragraph``).

    Reports
    -------
    BadItem
        A level that is missing or of the wrong shape; an answer that does not stand at its `answer_start`.
    """
    document = parse_json(text, location)
    number = 0
    for article_number, article in enumerate(_list(document.root, "data", document, location, report), start=1):
        for paragraph_number, paragraph in enumerate(_list(article, "paragraphs", document, location, report), start=1):
            for question in _list(paragraph, "qas", document, location, report):
                number += 1
                line = document.line(question)
                key = question.get("id", number) if isinstance(question, dict) else number
                where = f"{location.label}:{line}" if line else f"{location.label}#{key}"
                context = paragraph.get("context")
                if not isinstance(question, dict) or not isinstance(context, str):
                    report(BadItem("a question needs an object of its own and a paragraph with a context", where=where))
                    continue
                _check_answers(question, context, where, report)
                data = {
                    **question,
                    "context": context,
                    "title": article.get("title", ""),
                    "paragraph": f"{article_number}.{paragraph_number}",
                }
                yield Record(data, number, where, line)


def _list(holder: Any, key: str, document: JsonDocument, location: Location, report: Report) -> list[Any]:
    found = holder.get(key) if isinstance(holder, dict) else None
    if isinstance(found, list):
        return found
    line = document.line(holder)
    where = f"{location.label}:{line}" if line else location.label
    report(BadItem(f"SQuAD nesting has a list {key!r} here", where=where))
    return []


def _check_answers(question: dict[str, Any], context: str, where: str, report: Report) -> None:
    answers = question.get("answers")
    for answer in answers if isinstance(answers, list) else ():
        text, start = (answer.get("text"), answer.get("answer_start")) if isinstance(answer, dict) else (None, None)
        if isinstance(text, str) and isinstance(start, int) and context[start : start + len(text)] != text:
            report(
                BadItem(
                    f"question {question.get('id', '?')}: {text!r} does not stand at character {start} of its passage",
                    where=where, remedy="Offsets count code points; recompute answer_start.",
                )
            )  # fmt: skip
