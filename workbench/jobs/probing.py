"""Asking models about items that are not in any pack yet; nothing of it is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from workbench.benchmarks.card import CARD_FILE
from workbench.benchmarks.card_yaml import read_yaml
from workbench.benchmarks.catalogue import load_pack
from workbench.benchmarks.packs import Pack
from workbench.benchmarks.records import Formulation, Item
from workbench.benchmarks.studio.saving import item_line
from workbench.errors import UsageError
from workbench.evaluation.build import build_spec
from workbench.evaluation.journal import Journal
from workbench.evaluation.plan import Plan, make_plan
from workbench.evaluation.probes import Probe, Questions, judge, questions
from workbench.evaluation.rows import ItemRow
from workbench.evaluation.running import run
from workbench.jobs.admission import admitted, memory_needed, model_memory
from workbench.jobs.record import HOLD
from workbench.jobs.trial import TRIAL
from workbench.jobs.working import model_facts, open_model, template_of
from workbench.policy.home import Home
from workbench.policy.locks import locked
from workbench.policy.storage import write_atomically

MOST_ITEMS, MOST_MODELS = 50, 8
STRAIGHT, TURNED = "straight", "turned"


def probe_items(
    home: Home,
    pack: Pack,
    items: Sequence[Item],
    models: Sequence[str | Path],
    *,
    report: Callable[[str], None] = lambda _: None,
    **settings: Any,
) -> Probe:
    """Ask each model every item: as it is, with nothing but its choices, and with them in another order.

    One model is loaded at a time, and only while there is room for it. What is asked and answered lies in a temporary
    directory below the data directory, and is gone afterwards.

    Parameters
    ----------
    pack
        Whose card says how the items are asked: its first wording, without examples.
    report
        Told the name of each model before it is loaded.
    settings
        ``engine``, ``device``, ``dtype``… of `RunSpec`.

    Raises
    ------
    UsageError
        No item or no model, or more than 50 and 8; or items that a model cannot be right about.
    NotFound, ModelError, RefusedByPolicy, MachineCannot
        A model cannot be asked.
    """
    wanted = [str(model) for model in dict.fromkeys(models)]
    _check(items, wanted)
    asked = questions(pack.card, items)
    if asked.formulation is Formulation.ROLLING:
        raise UsageError(f"a {pack.card.task} item has no answer to be right about", remedy="Evaluate the pack itself.")
    home.create()
    rows: dict[str, list[ItemRow]] = {}
    with (
        TemporaryDirectory(dir=home.root, prefix=TRIAL) as directory,
        locked(Path(directory) / HOLD),
    ):
        root = Path(directory)
        for place, model in enumerate(wanted):
            report(model)
            plans = list(_plans(pack, asked, model, language=items[0].language, root=root, settings=settings))
            rows[model] = list(_answers(home, plans, root / f"model-{place}"))
    return judge(pack.card, items, asked, rows)


def _check(items: Sequence[Item], models: Sequence[str]) -> None:
    for what, count, most in (("item", len(items), MOST_ITEMS), ("model", len(models), MOST_MODELS)):
        if not 1 <= count <= most:
            raise UsageError(f"{count} {what}s are to be probed", remedy=f"Name between 1 and {most} {what}s.")
    if len({item.language for item in items}) > 1:
        raise UsageError("the items are of several languages", remedy="Probe one language at a time.")


def _plans(
    pack: Pack, asked: Questions, model: str, *, language: str, root: Path, settings: Mapping[str, Any]
) -> Iterator[Plan]:
    """Yield what a model is asked: two small packs with the card of the real one, read as any pack is."""
    for name, items, formulation in (
        (STRAIGHT, asked.straight, asked.formulation),
        (TURNED, asked.turned, asked.order),
    ):
        if items and formulation is not None:
            directory = _pack(pack, root / name, name, items, language)
            more = {"languages": [language], "formulation": formulation.value, **settings}
            yield make_plan(build_spec(model, [directory], **more), load_pack)


def _pack(pack: Pack, directory: Path, name: str, items: Iterable[Item], language: str) -> Path:
    if not directory.exists():
        directory.mkdir()
        card = dict(read_yaml(pack.document.path).data)
        split = pack.card.scored_split
        card |= {"name": f"probe-{name}", "languages": [language], "files": {split: "items.jsonl"}, "shots_split": ""}
        write_atomically(directory / CARD_FILE, _yaml(card))
        write_atomically(directory / "items.jsonl", "".join(f"{item_line(item)}\n" for item in items).encode())
    return directory


def _yaml(card: Mapping[str, Any]) -> bytes:
    import yaml

    return yaml.safe_dump(dict(card), allow_unicode=True, sort_keys=False).encode()


def _answers(home: Home, plans: Sequence[Plan], root: Path) -> Iterator[ItemRow]:
    """Yield the rows of every plan of one model, which is loaded once."""
    with _opened(home, plans[0]) as engine:
        for number, plan in enumerate(plans):
            journal = Journal.create(root / str(number), plan.spec)
            run(plan, engine, journal, template_of(plan.spec))
            yield from journal.rows()


@contextmanager
def _opened(home: Home, plan: Plan) -> Iterator[Any]:
    spec = plan.spec
    needed = memory_needed(spec, model_memory(spec.engine, model_facts(spec), spec.token_budget).total)
    with admitted(home.runs, needed, lambda: False, lambda _reason: None):
        engine = open_model(spec)
    with closing(engine):
        yield engine
