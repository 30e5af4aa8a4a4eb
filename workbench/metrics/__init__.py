"""Is this answer right."""

from workbench.metrics.choices import Choice, ChoiceJudgement, choose, judge_choice, judge_prediction
from workbench.metrics.classification import macro_f1, mcc
from workbench.metrics.extraction import Extraction, extract_answer, extract_choice, extract_number
from workbench.metrics.likelihood import bits_per_byte, judge_rolling
from workbench.metrics.modules import load, module_path
from workbench.metrics.registry import METRICS, Metric, metric
from workbench.metrics.summary import JudgedItem, Sums, aggregate, summarise
from workbench.metrics.text import RuleEffect, exact_match, judge_text, numeric_match, rule_effects, token_f1
from workbench.metrics.thinking import without_thinking
from workbench.metrics.translation import bleu, bleu_tokenizer, chrf, signature

__all__ = [
    "METRICS",
    "Choice",
    "ChoiceJudgement",
    "Extraction",
    "JudgedItem",
    "Metric",
    "RuleEffect",
    "Sums",
    "aggregate",
    "bits_per_byte",
    "bleu",
    "bleu_tokenizer",
    "choose",
    "chrf",
    "exact_match",
    "extract_answer",
    "extract_choice",
    "extract_number",
    "judge_choice",
    "judge_prediction",
    "judge_rolling",
    "judge_text",
    "load",
    "macro_f1",
    "mcc",
    "metric",
    "module_path",
    "numeric_match",
    "rule_effects",
    "signature",
    "summarise",
    "token_f1",
    "without_thinking",
]
