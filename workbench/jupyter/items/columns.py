"""From a line of the journal to the columns that a table of items is filtered and sorted by."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

EXCERPT = 300
LABEL = 200
"""Characters of a name: as many as a filter may ask for."""
LONGEST = 1 << 16
"""Characters of one text that are searched, or sent."""
RANKS = {"failed": 0, "wrong": 1, "partial": 2, "right": 3, "measured": 4}
"""Verdicts in the order of "errors first"."""
COLUMNS = (
    "key", "pack", "language", "item_id", "repeat", "domain", "culture", "grp", "choices", "gold", "prediction",
    "verdict", "rank", "metric", "score", "margin", "extraction", "error", "tied", "tokens",
    "truncated", "response_length",
)  # fmt: skip
SEARCHED = ("item_id", "query", "response", "answer", "domain", "culture", "group")


def clean(text: str) -> str:
    """Return `text` as a database can hold it: lone surrogates and null characters become U+FFFD."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def label(text: str) -> str:
    """Return a name of something as the table has it: a page of them stays small, whatever a pack calls its items."""
    return clean(text[:LABEL])


def folded(text: str) -> str:
    """Return `text` as it is searched: width, composition and case do not matter.

    Notes
    -----
    Unicode's compatibility caseless matching, UAX 15 and section 3.13 of the standard, without its second folding.
    """
    return unicodedata.normalize("NFKC", clean(text)).casefold()


def verdict(row: Mapping[str, Any]) -> str:
    """Return what became of an item: ``right``, ``partial``, ``wrong``, ``failed`` or ``measured``."""
    if row["error"]:
        return "failed"
    if row["formulation"] == "rolling" or not row["scores"]:
        return "measured"
    score = row["scores"][0][1]
    if score >= 1.0:
        return "right"
    return "partial" if score > 0.0 else "wrong"


def margin(row: Mapping[str, Any]) -> float | None:
    """Return the log-likelihood of gold minus that of the best other choice; None where there is none of either."""
    likelihoods: Sequence[float] = row["log_likelihoods"]
    gold = row["gold"]
    if gold is None or not 0 <= gold < len(likelihoods) or len(likelihoods) < 2:  # noqa: PLR2004 — gold and another
        return None
    return float(likelihoods[gold] - max(value for index, value in enumerate(likelihoods) if index != gold))


def chosen(row: Mapping[str, Any]) -> str:
    """Return the answer for people: the choice that was taken, or what was read out of the written answer."""
    prediction, choices = row["prediction"], row["choices"]
    if prediction is not None and 0 <= prediction < len(choices):
        return str(choices[prediction])
    return str(row["answer"])


def rule(row: Mapping[str, Any]) -> str:
    """Return the name of the rule that gave the verdict."""
    if row["error"]:
        return "error"
    if row["formulation"] == "rolling":
        return "bits_per_byte"
    if row["formulation"] != "generate":
        return "highest_log_likelihood"
    return "extracted_choice" if row["choices"] else metric(row)


def metric(row: Mapping[str, Any]) -> str:
    """Return the name of the item's first score."""
    return str(row["scores"][0][0]) if row["scores"] else ""


def columns(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the values of `COLUMNS` for one line of the journal."""
    judged = verdict(row)
    return (
        row["key"], label(row["pack"]), row["language"], label(row["item_id"]), row["repeat"], label(row["domain"]),
        label(row["culture"]), label(row["group"]), len(row["choices"]), row["gold"],
        row["prediction"], judged, RANKS[judged], metric(row),
        row["scores"][0][1] if row["scores"] else None, margin(row), row["extraction"], row["error"], row["tied"],
        row["context_tokens"], row["truncated"], len(row["response"]),
    )  # fmt: skip


def searched(row: Mapping[str, Any]) -> str:
    """Return everything of a line that a search looks through."""
    texts = [str(row[name])[:LONGEST] for name in SEARCHED]
    texts += [str(text)[:LONGEST] for name in ("choices", "references") for text in row[name]]
    return folded("\n".join(texts))
