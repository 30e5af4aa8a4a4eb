"""`workbench tokenizers`: what a language costs a model before it has answered anything."""

from __future__ import annotations

import click

from workbench.cli.output import emit, json_option, table
from workbench.evaluation.tokenizer_costs import PARALLEL, REFERENCE
from workbench.evaluation.tokenizer_table import columns, row
from workbench.tokenizer_verb import tokenizer_report


@click.command("tokenizers")
@click.argument("models", nargs=-1, required=True, metavar="MODEL…")
@click.option("--languages", default="", help="BCP-47 tags, separated by commas; default: all of the benchmark.")
@click.option("--benchmark", default=PARALLEL, show_default=True, help="Whose texts are counted.")
@click.option("--reference", default=REFERENCE, show_default=True, help="Language that the others are compared with.")
@click.option("--by-script", is_flag=True, help="Add the languages of a script up.")
@json_option
def command(
    models: tuple[str, ...], languages: str, benchmark: str, reference: str, *, by_script: bool, as_json: bool
) -> None:
    """Count what the same texts cost, in tokens, in each language.

    MODEL is a name in the store or a directory; only its tokenizer is read. Tokens per word, character and byte; how
    many times the tokens of the reference language; how many tokens end inside a character; which texts do not come
    back when they are decoded.
    """
    tags = [tag.strip() for tag in languages.split(",") if tag.strip()]
    found = tokenizer_report(models, tags, benchmark=benchmark, reference=reference)
    if as_json:
        emit(found)
        return
    rows = [row(cost) for cost in (found.scripts if by_script else found.rows)]
    table(columns(found), rows, right=(3, 4, 5, 6, 7, 8, 9, 10), whole=(8,))
