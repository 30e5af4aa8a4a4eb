"""Every metric by name: what it is, which way is better, what it is computed from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from workbench.errors import NotFound

Kind = Literal["item", "corpus"]
Needs = Literal["choices", "text", "rolling"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric.

    Attributes
    ----------
    name, title
        As written in cards and specs, and as shown.
    kind
        ``item``: a score for each item, averaged. ``corpus``: one score from all items' sums.
    higher_is_better
        Which way is better.
    needs
        ``choices``: gold index and prediction; ``text``: a written answer and its references; ``rolling``: the
        log-likelihood of whole texts.
    bounds
        Lowest and highest value.
    description, formula, source
        In plain words; in symbols; where it was defined.
    """

    name: str
    title: str
    kind: Kind
    higher_is_better: bool
    needs: Needs
    bounds: tuple[float, float]
    description: str
    formula: str
    source: str


_ALL = (
    Metric(
        "accuracy",
        "Accuracy",
        "item",
        True,
        "choices",
        (0.0, 1.0),
        "Share of items whose right choice got the highest log-likelihood (or was named in the written answer).",
        "mean over items of [gold in T] / |T|, T = the choices that share the highest log-likelihood",
        "lm-evaluation-harness 0.4.13 `acc`, ties apart",
    ),
    Metric(
        "accuracy_norm_chars",
        "Accuracy, log-likelihood per character",
        "item",
        True,
        "choices",
        (0.0, 1.0),
        "Accuracy after each choice's log-likelihood is divided by its length in code points, so that long choices "
        "are not at a disadvantage.",
        "as accuracy, with log P(choice) / characters(choice)",
        "lm-evaluation-harness 0.4.13 `acc_norm`; Brown et al. 2020, arXiv 2005.14165, section 2.4",
    ),
    Metric(
        "accuracy_norm_bytes",
        "Accuracy, log-likelihood per byte",
        "item",
        True,
        "choices",
        (0.0, 1.0),
        "Accuracy after each choice's log-likelihood is divided by its length in UTF-8 bytes.",
        "as accuracy, with log P(choice) / bytes(choice)",
        "lm-evaluation-harness 0.4.13 `acc_bytes`; Gao 2021, Multiple choice normalization in LM evaluation",
    ),
    Metric(
        "macro_f1",
        "Macro F1",
        "corpus",
        True,
        "choices",
        (0.0, 1.0),
        "F1 of each label, averaged with equal weight, so that a rare label counts as much as a common one. An item "
        "without an answer counts against its gold label.",
        "mean over labels of 2 TP / (2 TP + FP + FN)",
        "Lewis et al. 2004, RCV1, JMLR 5; scikit-learn `f1_score(average='macro')`",
    ),
    Metric(
        "mcc",
        "Matthews correlation",
        "corpus",
        True,
        "choices",
        (-1.0, 1.0),
        "Correlation between predicted and gold labels: 0 for guessing or for always the same label, 1 for perfect.",
        "(c s - sum p t) / sqrt((s^2 - sum p^2)(s^2 - sum t^2)); c right, s all, p predicted and t true per label",
        "Matthews 1975; Gorodkin 2004, Computational Biology and Chemistry 28, for more than two labels",
    ),
    Metric(
        "exact_match",
        "Exact match",
        "item",
        True,
        "text",
        (0.0, 1.0),
        "Share of answers that equal a reference once both went through the language's normaliser.",
        "mean over items of [normal(answer) = normal(r) for some reference r]",
        "Rajpurkar et al. 2016, SQuAD, arXiv 1606.05250",
    ),
    Metric(
        "token_f1",
        "Token F1",
        "item",
        True,
        "text",
        (0.0, 1.0),
        "Overlap of words between answer and best reference, after normalisation; words by ICU where no spaces are "
        "written.",
        "mean over items of max over references of 2 P R / (P + R)",
        "Rajpurkar et al. 2016, SQuAD; Lewis et al. 2020, MLQA, arXiv 1910.07475",
    ),
    Metric(
        "numeric_match",
        "Numeric match",
        "item",
        True,
        "text",
        (0.0, 1.0),
        "Share of answers whose last number equals a reference's, in any script's digits and with the language's own "
        "decimal and thousands marks.",
        "mean over items of [number(answer) = number(r) for some reference r]",
        "Shi et al. 2022, MGSM, arXiv 2210.03057",
    ),
    Metric(
        "chrf",
        "chrF++",
        "corpus",
        True,
        "text",
        (0.0, 100.0),
        "Overlap of character n-grams (1 to 6) and word n-grams (1 and 2) with the reference translation, recall "
        "counting twice.",
        "100 (1 + 4) P R / (4 P + R), averaged over n-gram orders, from counts summed over items",
        "Popović 2017, chrF++, WMT; sacrebleu `CHRF(word_order=2)`",
    ),
    Metric(
        "bleu",
        "BLEU",
        "corpus",
        True,
        "text",
        (0.0, 100.0),
        "Overlap of word n-grams (1 to 4) with the reference translation, with a penalty for brevity. Comparable "
        "within one language only, because tokenisers differ.",
        "100 BP exp(mean of log p_n, n = 1…4), from counts summed over items",
        "Papineni et al. 2002; Post 2018, sacrebleu, arXiv 1804.08771",
    ),
    Metric(
        "rouge_l",
        "ROUGE-L",
        "item",
        True,
        "text",
        (0.0, 1.0),
        "Longest common subsequence of words of the answer and the best reference, after normalisation; words by ICU "
        "where no spaces are written.",
        "mean over items of max over references of 2 LCS / (words of the answer + words of the reference)",
        "Lin 2004, ROUGE, Text Summarization Branches Out",
    ),
    Metric(
        "all_instructions",
        "All instructions followed",
        "item",
        True,
        "text",
        (0.0, 1.0),
        "Share of answers that follow every one of their instructions.",
        "mean over items of [each instruction followed]",
        "Zhou et al. 2023, IFEval, arXiv 2311.07911: prompt-level strict accuracy",
    ),
    Metric(
        "each_instruction",
        "Instructions followed",
        "corpus",
        True,
        "text",
        (0.0, 1.0),
        "Share of all instructions that were followed.",
        "instructions followed / instructions given, summed over items",
        "Zhou et al. 2023, IFEval, arXiv 2311.07911: instruction-level strict accuracy",
    ),
    Metric(
        "edit_f05",
        "F0.5 of edits",
        "corpus",
        True,
        "text",
        (0.0, 1.0),
        "Share of the answer's changes that an annotator made too, and of the annotator's that the answer made, "
        "precision counting twice; the annotator who fits best counts.",
        "1.25 P R / (0.25 P + R), P and R from edits summed over items",
        "Dahlmeier & Ng 2012, NAACL; edits by difflib over words and punctuation",
    ),
    Metric(
        "bits_per_byte",
        "Bits per byte",
        "corpus",
        False,
        "rolling",
        (0.0, math.inf),
        "How many bits the model needs for each UTF-8 byte of the text: lower means that it knows the language "
        "better, whatever its tokenizer. Not comparable across scripts, whose bytes per letter differ.",
        "-sum of log P(text) / (ln 2 · sum of bytes(text))",
        "Gao et al. 2021, The Pile, arXiv 2101.00027, section 3.1",
    ),
)

METRICS: Mapping[str, Metric] = MappingProxyType({metric.name: metric for metric in _ALL})
"""Every built-in metric by name."""


def metric(name: str) -> Metric:
    """Return a metric: a built-in one by name, or a user's own `evaluate` metric by the path of its folder.

    Raises
    ------
    NotFound
        When the name is neither.
    """
    if name in METRICS:
        return METRICS[name]
    path = Path(name).expanduser()
    if path.is_dir() or (path.is_file() and path.suffix == ".py"):
        return Metric(
            name=name,
            title=path.stem,
            kind="corpus",
            higher_is_better=True,
            needs="text",
            bounds=(-math.inf, math.inf),
            description="A metric of the user's own.",
            formula="",
            source=path.name,
        )
    raise NotFound(
        f"there is no metric {name!r}",
        remedy=f"Known metrics: {', '.join(METRICS)}; or give the folder of a Hugging Face evaluate metric.",
    )
