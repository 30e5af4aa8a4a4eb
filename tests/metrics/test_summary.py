"""Journal rows to scores, and to the sums a bootstrap resamples."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from workbench.errors import BadInput, NotFound
from workbench.metrics import METRICS, aggregate, bits_per_byte, bleu, chrf, macro_f1, mcc, metric, summarise
from workbench.metrics.correction import edit_f05, judge_correction
from workbench.metrics.instructions import judge_instructions
from workbench.statistics import bootstrap_sums, mean_interval

LABELS = ("yes", "no", "maybe")


@pytest.fixture
def classified(row):
    generator = np.random.default_rng(1)
    rows = []
    for number in range(90):
        gold = int(generator.integers(0, 3))
        guess = gold if generator.random() < 0.6 else int(generator.integers(0, 3))
        rows.append(
            row(str(number), choices=LABELS, gold=gold, prediction=guess, scores=(("accuracy", float(gold == guess)),))
        )
    return rows


@pytest.fixture
def translated(row):
    pairs = [("the cat sat on the mat", "the cat is on the mat"), ("it rains a lot", "it is raining a lot today")] * 12
    return [
        row(str(n), answer=answer, references=(reference,), log_likelihoods=(-20.0 - n,), byte_counts=(len(reference),))
        for n, (answer, reference) in enumerate(pairs)
    ]


def test_item_metrics_are_means(classified):
    sums = summarise("accuracy", classified)
    assert sums.value == pytest.approx(np.mean([dict(item.scores)["accuracy"] for item in classified]))
    assert mean_interval(sums.item_scores).method == "wilson"


@pytest.mark.parametrize(("name", "function"), [("macro_f1", macro_f1), ("mcc", mcc)])
def test_label_metrics_of_rows_are_those_of_lists(classified, name, function):
    expected = function([item.prediction for item in classified], [item.gold for item in classified])
    sums = summarise(name, classified)
    assert sums.value == pytest.approx(expected)
    interval = bootstrap_sums(sums.rows, sums.finish)
    assert interval.value == pytest.approx(expected)
    assert interval.low < expected < interval.high


def test_labels_are_known_by_their_text_when_choices_are_shuffled(row):
    rows = [
        row("1", choices=("yes", "no"), gold=0, prediction=0),
        row("2", choices=("no", "yes"), gold=1, prediction=1),
        row("3", choices=("no", "yes"), gold=0, prediction=None),
    ]
    assert aggregate("macro_f1", rows) == pytest.approx(macro_f1([0, 0, None], [0, 0, 1]))


@pytest.mark.parametrize("name", ["chrf", "bleu"])
def test_translation_metrics_of_rows_are_those_of_lists(translated, name):
    answers, references = [item.answer for item in translated], [list(item.references) for item in translated]
    expected = {"chrf": chrf, "bleu": bleu}[name](answers, references, "en")
    sums = summarise(name, translated)
    assert sums.value == pytest.approx(expected)
    interval = bootstrap_sums(sums.rows, sums.finish, resamples=200)
    assert interval.low <= expected <= interval.high
    assert interval.high - interval.low < 40


def test_bootstrap_of_chrf_agrees_with_sacrebleus_own(translated):
    from sacrebleu.metrics.chrf import CHRF

    answers, references = [item.answer for item in translated], [[item.references[0] for item in translated]]
    theirs = CHRF(word_order=2).corpus_score(answers, references, n_bootstrap=1000)
    sums = summarise("chrf", translated)
    ours = bootstrap_sums(sums.rows, sums.finish, resamples=1000)
    assert (ours.high - ours.low) / 2 == pytest.approx(theirs._ci, rel=0.15)


def test_bits_per_byte_of_rows(translated):
    expected = bits_per_byte(
        [item.log_likelihoods[0] for item in translated], [item.byte_counts[0] for item in translated]
    )
    assert aggregate("bits_per_byte", translated) == pytest.approx(expected)


def corrected(items):
    """The same items as corrections of their first word."""
    counts = [judge_correction(f"x {item.references[0]}", item.answer, item.references) for item in items]
    return [replace(item, scores=each) for item, each in zip(items, counts, strict=True)]


def instructed(items):
    """The same items, each told to write without a comma."""
    scores = [judge_instructions(item.answer, ['{"id": "punctuation:no_comma"}'], item.language) for item in items]
    return [replace(item, scores=each) for item, each in zip(items, scores, strict=True)]


def test_corrections_add_up(translated):
    items = corrected(translated)
    sentences = [f"x {item.references[0]}" for item in items]
    expected = edit_f05(sentences, [item.answer for item in items], [item.references for item in items])
    assert aggregate("edit_f05", items) == pytest.approx(expected)


def test_every_built_in_metric_can_be_summed(classified, translated):
    for name, known in METRICS.items():
        if known.needs == "choices":
            items = [item for item in classified if name in dict(item.scores) or known.kind == "corpus"]
        else:
            items = {"edit_f05": corrected, "each_instruction": instructed}.get(name, list)(translated)
        if known.kind == "item" and name != "accuracy":
            continue
        low, high = known.bounds
        assert low <= aggregate(name, items) <= high


def test_registry_names_and_orders():
    assert metric("bits_per_byte").higher_is_better is False
    assert {known.kind for known in METRICS.values()} == {"item", "corpus"}
    for name, known in METRICS.items():
        assert known.name == name
        assert known.description.endswith(".")
        assert known.formula
        assert known.source


def test_an_unknown_metric_is_refused_and_the_known_ones_named():
    with pytest.raises(NotFound) as caught:
        metric("rouge")
    assert "chrf" in caught.value.remedy


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("accuracy", {}),
        ("accuracy", {"scores": (("accuracy", math.nan),)}),
        ("macro_f1", {"choices": LABELS}),
        ("macro_f1", {"choices": LABELS, "gold": 3}),
        ("mcc", {"choices": LABELS, "gold": 0, "prediction": 5}),
        ("bits_per_byte", {}),
        ("bits_per_byte", {"log_likelihoods": (-math.inf,), "byte_counts": (3,)}),
        ("bits_per_byte", {"log_likelihoods": (-1.0, -2.0), "byte_counts": (3,)}),
        ("chrf", {"answer": "a"}),
    ],
)
def test_an_item_that_lacks_something_is_named(row, name, fields):
    with pytest.raises(BadInput) as caught:
        summarise(name, [row("item-7", **fields)])
    assert "item-7" in str(caught.value) or name == "chrf"


def test_no_items_and_several_languages_are_refused(row):
    with pytest.raises(BadInput):
        summarise("accuracy", [])
    with pytest.raises(BadInput, match="several languages"):
        summarise(
            "bleu", [row("1", language="th", answer="a", references=("a",)), row("2", answer="a", references=("a",))]
        )
