"""What is asked: packs, recipes, items, wordings and the exact prompt."""

from workbench.benchmarks.card import read_card
from workbench.benchmarks.catalogue import PackEntry, Place, find_packs, load_pack
from workbench.benchmarks.croissant import croissant
from workbench.benchmarks.finding import Finding
from workbench.benchmarks.packs import Pack, PackFile
from workbench.benchmarks.plan import plan_items
from workbench.benchmarks.prompt import Prompt, Turn
from workbench.benchmarks.records import Card, DataOrigin, Formulation, Item, TaskKind, Wording
from workbench.benchmarks.render import build_prompt
from workbench.benchmarks.shots import Shots, draw_shots
from workbench.benchmarks.store import add_pack, remove_pack
from workbench.benchmarks.validate import ValidationReport, validate, validate_path
from workbench.benchmarks.wording import find_wording

__all__ = [
    "Card",
    "DataOrigin",
    "Finding",
    "Formulation",
    "Item",
    "Pack",
    "PackEntry",
    "PackFile",
    "Place",
    "Prompt",
    "Shots",
    "TaskKind",
    "Turn",
    "ValidationReport",
    "Wording",
    "add_pack",
    "build_prompt",
    "croissant",
    "draw_shots",
    "find_packs",
    "find_wording",
    "load_pack",
    "plan_items",
    "read_card",
    "remove_pack",
    "validate",
    "validate_path",
]
