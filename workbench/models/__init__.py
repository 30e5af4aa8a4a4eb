"""What lies on disk: models found, described, checked, hashed and kept, without loading one."""

from workbench.models.adapters import Adapter, read_adapter
from workbench.models.chat import ChatTemplate
from workbench.models.checkpoints import Checkpoint, Skipped, TrainingRun, find_checkpoints
from workbench.models.facts import MemoryEstimate, ModelFacts, TokenPolicy
from workbench.models.finding import FoundModel, find_models
from workbench.models.gate import GateReport, check, gate
from workbench.models.inspection import inspect
from workbench.models.manifest import Manifest, make_manifest, mismatches, verify
from workbench.models.store import LicenceRecord, ModelStore, StoredModel
from workbench.models.tokenizer import TextTokenizer

__all__ = [
    "Adapter",
    "ChatTemplate",
    "Checkpoint",
    "FoundModel",
    "GateReport",
    "LicenceRecord",
    "Manifest",
    "MemoryEstimate",
    "ModelFacts",
    "ModelStore",
    "Skipped",
    "StoredModel",
    "TextTokenizer",
    "TokenPolicy",
    "TrainingRun",
    "check",
    "find_checkpoints",
    "find_models",
    "gate",
    "inspect",
    "make_manifest",
    "mismatches",
    "read_adapter",
    "verify",
]
