"""A benchmark pack as an `mlflow.data` dataset: its name, version and digest, never its items or its place.

Imported only where a run is delivered: defining the source class needs MLflow.
"""

from __future__ import annotations

from typing import Any

from mlflow.data.dataset_source import DatasetSource
from mlflow.data.meta_dataset import MetaDataset
from mlflow.entities import Dataset, DatasetInput, InputTag

from workbench.tracking.payload import DatasetPayload

DIGEST_LENGTH = 36
"""MLflow stores no more of a dataset's digest; the source carries all 64 digits."""


class PackSource(DatasetSource):
    """Where a pack's items come from, said by digest: whoever holds the same bytes can show it."""

    def __init__(self, pack: DatasetPayload) -> None:
        self._pack = pack

    @staticmethod
    def _get_source_type() -> str:
        return "workbench-pack"

    def load(self) -> Any:
        """Refuse: items are never kept in MLflow."""
        raise NotImplementedError("the items of a pack are not kept in MLflow; open the pack named by its digest")

    @staticmethod
    def _can_resolve(raw_source: Any) -> bool:
        return isinstance(raw_source, DatasetPayload)

    @classmethod
    def _resolve(cls, raw_source: Any) -> PackSource:
        return cls(raw_source)

    def to_dict(self) -> dict[str, Any]:
        """Return what identifies the pack (MLflow's own interface asks for a dict)."""
        return {"pack": self._pack.name, "version": self._pack.version, "sha256": self._pack.digest}

    @classmethod
    def from_dict(cls, source_dict: dict[Any, Any]) -> PackSource:
        """Return the source that `to_dict` described."""
        return cls(DatasetPayload(source_dict["pack"], source_dict["version"], source_dict["sha256"], "", 0))


class PackDataset(MetaDataset):
    """A dataset known by name and digest alone."""

    @property
    def profile(self) -> None:
        """Nothing: a summary of the items would tell of their text."""
        return


def dataset_input(pack: DatasetPayload) -> DatasetInput:
    """Return `pack` as an input of a run, tagged with its language and item count."""
    described = PackDataset(PackSource(pack), name=pack.name, digest=pack.digest[:DIGEST_LENGTH]).to_dict()
    entity = Dataset(
        name=described["name"],
        digest=described["digest"],
        source_type=described["source_type"],
        source=described["source"],
    )
    tags = [
        InputTag("mlflow.data.context", "evaluation"),
        InputTag("language", pack.language),
        InputTag("items", str(pack.items)),
    ]
    return DatasetInput(dataset=entity, tags=tags)
