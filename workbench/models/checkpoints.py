"""The checkpoints of a training run, in the order in which they were made; what cannot be evaluated is named.

A directory that holds checkpoints may hold a model itself, the run's last word: it is the checkpoint ``final``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import BadConfig, BadInput, NotFound, NoTokenizer, WorkbenchError
from workbench.models.gate import gate
from workbench.models.layout import CONFIG, INDEX, TOKENIZER, read_json
from workbench.models.steps import STEP, training_step

FINAL = "final"
STATE = "trainer_state.json"
"""What Hugging Face's Trainer knows of its run; `global_step` in it says which step a model is of."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One checkpoint that may be loaded. `name` is its directory's, or ``final``."""

    name: str
    path: Path
    step: int


@dataclass(frozen=True, slots=True)
class Skipped:
    """A checkpoint that is not evaluated, and why; `code` is that of the error."""

    name: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """A directory of checkpoints.

    Attributes
    ----------
    unit
        ``step`` or ``epoch``: what their numbers count.
    checkpoints
        Those that may be loaded, in the order of their numbers.
    skipped
        The others.
    """

    directory: Path
    unit: str
    checkpoints: tuple[Checkpoint, ...]
    skipped: tuple[Skipped, ...]


def find_checkpoints(directory: Path) -> TrainingRun:
    """Look through a training run's directory; no weight is read.

    Raises
    ------
    NotFound
        There is no such directory, or no checkpoint in it.
    BadInput
        Two checkpoints have one number, or some count steps and others epochs.
    """
    numbered, unnumbered = _candidates(directory)
    if not numbered:
        raise NotFound(
            "the directory holds no checkpoints",
            where=directory,
            remedy="They are directories with names like checkpoint-500, step-500, epoch_3 or iter_0000500.",
        )
    unit = _unit(numbered, directory)
    found = [Checkpoint(path.name, path, number) for number, path in numbered]
    if any(directory.glob("*.safetensors")) or (directory / INDEX).is_file():
        found.append(Checkpoint(FINAL, directory, _final_step(directory, unit, found[-1].step)))
    usable: list[Checkpoint] = []
    skipped = [Skipped(name, "model", "its name does not say which step it is of") for name in unnumbered]
    for checkpoint in found:
        problem = _problem(checkpoint.path, directory)
        if problem is None:
            usable.append(checkpoint)
        else:
            skipped.append(Skipped(checkpoint.name, problem.code, _said(problem, checkpoint.path)))
    return TrainingRun(directory, unit, tuple(usable), tuple(skipped))


def _candidates(directory: Path) -> tuple[list[tuple[int, Path]], list[str]]:
    """Return the directories named after a number, in its order, and the names of other models beside them."""
    try:
        entries = sorted(entry for entry in directory.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    except OSError as error:
        raise NotFound(f"no directory of checkpoints is there ({error.strerror})", where=directory) from error
    numbered = [(found[1], entry) for entry in entries if (found := training_step(entry.name))]
    others = [entry.name for entry in entries if not training_step(entry.name) and (entry / CONFIG).is_file()]
    return sorted(numbered), others


def _unit(numbered: list[tuple[int, Path]], directory: Path) -> str:
    counted = Counter(number for number, _ in numbered)
    twice = next((number for number, times in counted.items() if times > 1), None)
    if twice is not None:
        names = " and ".join(path.name for number, path in numbered if number == twice)
        raise BadInput(
            f"{names} are of the same step", where=directory, remedy="A series has one model a step: move one away."
        )
    units = {found[0] for _, path in numbered if (found := training_step(path.name))}
    if len(units) > 1:
        raise BadInput(
            "some names count steps and others epochs", where=directory, remedy="Move one kind to another directory."
        )
    return units.pop()


def _final_step(directory: Path, unit: str, last: int) -> int:
    """Return the step of the final model: as the trainer wrote it down, else one after the last checkpoint."""
    try:
        stated = read_json(directory / STATE).get("global_step") if unit == STEP else None
    except BadConfig:
        stated = None
    return stated if isinstance(stated, int) and stated > last else last + 1


def _problem(path: Path, parent: Path) -> WorkbenchError | None:
    """Return why a checkpoint cannot be loaded; None when it can."""
    problem = next(_problems(path), None)
    if isinstance(problem, NoTokenizer) and path != parent and (parent / TOKENIZER).is_file():
        return NoTokenizer(
            f"it has no tokenizer of its own; {parent.name} has one",
            where=path,
            remedy=f"Copy tokenizer*.json and special_tokens_map.json from {parent.name} into it.",
        )
    return problem


def _problems(path: Path) -> Iterator[WorkbenchError]:
    try:
        yield from gate(path).refusals
    except OSError as error:  # a trainer that clears old checkpoints away while we look
        yield NotFound(f"it cannot be read ({error.strerror})", where=path)


def _said(problem: WorkbenchError, path: Path) -> str:
    """Return an error as a sentence about a checkpoint, its files named and not located."""
    where = Path(problem.where).name if problem.where and problem.where != str(path) else ""
    return f"{f'{where}: ' if where else ''}{problem.message} → {problem.remedy}"
