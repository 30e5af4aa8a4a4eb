"""Everything that can go wrong, as one tree.

Every error carries a stable `code`, says what happened and where, and says what to do next (`remedy`).
The HTTP status and the exit code of the command line come from the class.

::

    WorkbenchError                    exit 1   500
    ├── UsageError                    exit 2   400   the call itself makes no sense
    ├── BadInput                      exit 3   422   a file, a model or a value that cannot be used
    │   ├── NotFound                  exit 3   404   model, pack, run, language or file that is not there
    │   ├── ModelError                               something about a model on disk
    │   │   ├── BadConfig                            config.json or GGUF metadata missing, unreadable or contradictory
    │   │   ├── NoWeights                            no weight file at all
    │   │   ├── MissingShard                         the index names a file that is not there
    │   │   ├── TruncatedShard                       a weight file is shorter than its header says
    │   │   ├── CorruptWeights                       a safetensors header that cannot be right, NaN weights
    │   │   ├── CorruptGGUF                          not a GGUF file, or a damaged one
    │   │   ├── DigestMismatch                       a file's sha256 differs from what was recorded
    │   │   ├── NoTokenizer                          no tokenizer that loads without running code
    │   │   ├── BadAdapter                           a LoRA/PEFT adapter that does not fit its base
    │   │   └── ChatTemplateError                    a chat template that is missing or does not render
    │   ├── BenchmarkError                           something about a pack, a recipe or its files
    │   │   ├── BadCard                              card.yaml missing, unreadable or contradictory
    │   │   ├── BadItem                              one item (file, line and id are named)
    │   │   ├── BadEncoding                          bytes that are not the declared encoding
    │   │   ├── EmptyFile                            a file with no items
    │   │   ├── DuplicateItem                        the same id, or the same content, twice
    │   │   └── MissingSource                        a recipe's original files are not on this machine
    │   ├── SpecError                                a run spec or suite that cannot be run
    │   └── JournalError                             a run directory that is damaged or of another spec
    ├── Interrupted                   exit 4   409   stopped before the end; `resume` goes on
    ├── RefusedByPolicy               exit 5   403   allowed by nobody on this machine
    │   ├── PickleWeights                            weights that run code when they are read
    │   ├── RemoteCode                               a model that wants its own Python to run
    │   ├── UnsafePath                               a path that leaves the directory it belongs to
    │   ├── TooLarge                                 a file, or what it unpacks to, that is larger than makes sense
    │   ├── OfflineViolation                         something asked for the network
    │   ├── KeyRefused                         401   a server's key that is missing or wrong
    │   └── LicenceNotAccepted                       the licence text was not accepted
    ├── NotComparable                 exit 6   409   two results that do not answer the same question
    └── MachineCannot                 exit 7   507   this machine, not the request, is at fault
        ├── OutOfMemory                              model or batch does not fit
        ├── DiskFull                                 no space left where something had to be written
        ├── DeviceUnavailable                        the device asked for is not here
        ├── EngineUnavailable                        an engine, server or package is not installed or does not answer
        ├── Busy                               429   a server whose queue is full
        └── TrackingUnavailable                      an MLflow server that does not answer, or does not take a run
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class ErrorEnvelope:
    """The one shape in which an error leaves the process (`--json`, REST)."""

    code: str
    message: str
    where: str | None
    remedy: str
    exit_code: int


class WorkbenchError(Exception):
    """Base of every error raised on purpose.

    Parameters
    ----------
    message
        What happened, in one sentence.
    where
        File, ``file:line``, item id, tensor or run id; shown before the message.
    remedy
        What to do next. Each class has a default.
    """

    code: ClassVar[str] = "internal"
    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 500
    default_remedy: ClassVar[str] = "Please report this with the output of `workbench doctor`."

    def __init__(self, message: str, *, where: str | Path | None = None, remedy: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = None if where is None else str(where)
        self.remedy = remedy or self.default_remedy

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.message} → {self.remedy}"

    def envelope(self) -> ErrorEnvelope:
        """Return the error as the record that `--json` and REST send."""
        return ErrorEnvelope(
            code=self.code, message=self.message, where=self.where, remedy=self.remedy, exit_code=self.exit_code
        )


class UsageError(WorkbenchError):
    """The call itself makes no sense."""

    code, exit_code, http_status = "usage", 2, 400
    default_remedy = "See `workbench --help`."


class BadInput(WorkbenchError):
    """A file, a model or a value that cannot be used."""

    code, exit_code, http_status = "bad_input", 3, 422
    default_remedy = "Correct the input and try again."


class NotFound(BadInput):
    """A model, pack, run, language or file that is not there."""

    code, http_status = "not_found", 404
    default_remedy = "Check the name; `workbench models list`, `benchmarks list` and `runs list` show what there is."


class ModelError(BadInput):
    """Something about a model on disk."""

    code = "model"


class BadConfig(ModelError):
    """`config.json` or GGUF metadata is missing, unreadable or contradictory."""

    code = "model_config"
    default_remedy = "Copy the model again from its publisher, with its config.json."


class NoWeights(ModelError):
    """No weight file at all."""

    code = "model_no_weights"
    default_remedy = "Copy the *.safetensors files (or a *.gguf file) into the directory."


class MissingShard(ModelError):
    """The index names a weight file that is not there."""

    code = "model_missing_shard"
    default_remedy = "Copy the missing file from where the model came from."


class TruncatedShard(ModelError):
    """A weight file is shorter than its header says."""

    code = "model_truncated_shard"
    default_remedy = "The copy was cut short: copy this file again and compare its size."


class CorruptWeights(ModelError):
    """A safetensors header that cannot be right, or weights that are not numbers."""

    code = "model_corrupt_weights"
    default_remedy = "Copy this file again and compare its sha256 with the publisher's."


class CorruptGGUF(ModelError):
    """Not a GGUF file, or a damaged one."""

    code = "model_corrupt_gguf"
    default_remedy = "Copy this file again and compare its sha256 with the publisher's."


class DigestMismatch(ModelError):
    """A file's sha256 differs from what was recorded."""

    code = "model_digest"
    default_remedy = "The file changed since it was recorded: copy it again, or add the model anew if that is meant."


class NoTokenizer(ModelError):
    """No tokenizer that loads without running code."""

    code = "model_no_tokenizer"
    default_remedy = "Copy tokenizer.json (and tokenizer_config.json) into the model's directory."


class BadAdapter(ModelError):
    """A LoRA/PEFT adapter that does not fit its base model."""

    code = "model_adapter"
    default_remedy = "Name the base model this adapter was trained on."


class ChatTemplateError(ModelError):
    """A chat template that is missing or does not render."""

    code = "model_chat_template"
    default_remedy = "Use --chat-template never, or a model that brings a chat template."


class BenchmarkError(BadInput):
    """Something about a pack, a recipe or its files."""

    code = "benchmark"


class BadCard(BenchmarkError):
    """`card.yaml` is missing, unreadable or contradictory."""

    code = "benchmark_card"
    default_remedy = "See docs/packs.md for what a card holds."


class BadItem(BenchmarkError):
    """One item that cannot be asked or judged; file, line and id are named."""

    code = "benchmark_item"
    default_remedy = "Correct this line; `workbench benchmarks validate` lists every such line at once."


class BadEncoding(BenchmarkError):
    """Bytes that are not in the declared encoding."""

    code = "benchmark_encoding"
    default_remedy = "Save the file as UTF-8, or declare its encoding in the card."


class EmptyFile(BenchmarkError):
    """A file with no items."""

    code = "benchmark_empty"
    default_remedy = "The file was probably cut short: copy it again."


class DuplicateItem(BenchmarkError):
    """The same id, or the same content, twice."""

    code = "benchmark_duplicate"
    default_remedy = "Give each item its own id and ask each question once."


class MissingSource(BenchmarkError):
    """A recipe's original files are not on this machine."""

    code = "benchmark_source"
    default_remedy = "Copy the benchmark's original files here and set WORKBENCH_BENCHMARKS to their folder."


class SpecError(BadInput):
    """A run spec or suite that cannot be run."""

    code = "spec"
    default_remedy = "`workbench evaluate --help` lists what can be asked for."


class JournalError(BadInput):
    """A run directory that is damaged, or that belongs to another spec."""

    code = "journal"
    default_remedy = "Start a new run; the old directory is left as it is."


class Interrupted(WorkbenchError):
    """Stopped before the end; nothing that was done is lost."""

    code, exit_code, http_status = "interrupted", 4, 409
    default_remedy = "`workbench runs resume RUN` goes on where it stopped."


class RefusedByPolicy(WorkbenchError):
    """Refused whoever asks."""

    code, exit_code, http_status = "refused", 5, 403
    default_remedy = "Ask whoever set the policy of this machine."


class PickleWeights(RefusedByPolicy):
    """Weights in a format that runs code when it is read."""

    code = "refused_pickle"
    default_remedy = "Get the safetensors version of the model, or convert it on a machine you can throw away."


class RemoteCode(RefusedByPolicy):
    """A model that wants its own Python to run here."""

    code = "refused_remote_code"
    default_remedy = "Use a version of the model whose architecture transformers itself implements."


class UnsafePath(RefusedByPolicy):
    """A path that leaves the directory it belongs to."""

    code = "refused_path"
    default_remedy = "Do not use this copy: a file that points outside its own directory was made with intent."


class TooLarge(RefusedByPolicy):
    """A file, or what it unpacks to, that is larger than makes sense."""

    code = "refused_size"
    default_remedy = "It may be a compression bomb: do not use this copy. Split the file if it is real."


class OfflineViolation(RefusedByPolicy):
    """Something asked for the network in an offline run."""

    code = "refused_network"
    default_remedy = "Put what it asked for on this machine first."


class KeyRefused(RefusedByPolicy):
    """A server's key that is missing or wrong."""

    code, http_status = "refused_key", 401
    default_remedy = "Send the header `Authorization: Bearer KEY`; `workbench workers key WORKER` prints the key."


class LicenceNotAccepted(RefusedByPolicy):
    """The licence text was shown and not accepted."""

    code = "refused_licence"
    default_remedy = "Read the licence and accept it, or use another model."


class NotComparable(WorkbenchError):
    """Two results that do not answer the same question."""

    code, exit_code, http_status = "not_comparable", 6, 409
    default_remedy = "Run both under the same conditions, or name the difference in allow_different=[…]."


class MachineCannot(WorkbenchError):
    """The machine, not the request, is at fault."""

    code, exit_code, http_status = "machine", 7, 507
    default_remedy = "Use a larger machine or ask for less."


class OutOfMemory(MachineCannot):
    """The model or a batch does not fit."""

    code = "machine_memory"
    default_remedy = "Close what else uses memory, choose a smaller dtype, or lower the token budget."


class DiskFull(MachineCannot):
    """No space left where something had to be written."""

    code = "machine_disk"
    default_remedy = "Free space (`workbench du` shows what is large), then resume."


class DeviceUnavailable(MachineCannot):
    """The device asked for is not here."""

    code = "machine_device"
    default_remedy = "Use --device auto, or see `workbench doctor` for the devices found."


class EngineUnavailable(MachineCannot):
    """An engine, server or package is not installed or does not answer."""

    code = "machine_engine"
    default_remedy = "`workbench engines list` shows what can run here."


class Busy(MachineCannot):
    """A server whose queue is full."""

    code, http_status = "machine_busy", 429
    default_remedy = "Ask again in a moment, or send fewer requests at once."


class TrackingUnavailable(MachineCannot):
    """An MLflow server that does not answer, or does not take a run. The run itself is unharmed."""

    code = "machine_tracking"
    default_remedy = "Once the server answers, `workbench runs sync` delivers what is missing."


def from_envelope(envelope: ErrorEnvelope) -> WorkbenchError:
    """Return the error that another process sent: of the class its code names, else internal."""
    classes = [WorkbenchError]
    for known in classes:
        classes += known.__subclasses__()
    kind = next((known for known in classes if known.code == envelope.code), WorkbenchError)
    return kind(envelope.message, where=envelope.where, remedy=envelope.remedy)
