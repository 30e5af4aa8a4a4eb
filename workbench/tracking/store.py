"""The few things asked of an MLflow store, each safe to ask twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from workbench.errors import TrackingUnavailable
from workbench.tracking.artifacts import Artifact
from workbench.tracking.payload import ModelPayload, RunPayload
from workbench.tracking.target import Target

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import LoggedModel, Run

RUN_TAG = "workbench.run_id"
KEY_TAG = "workbench.key"
PAYLOAD_TAG = "workbench.payload"
STATUS_TAG = "workbench.status"
MODEL_TAG = "workbench.model_digest"
SOURCE = "workbench"
METRICS_PER_BATCH = 500
PAIRS_PER_BATCH = 90
PAGE = 1000
TAG_LENGTH = 5000
MlflowStatus = Literal["RUNNING", "FINISHED", "FAILED", "KILLED"]


def client_of(target: Target) -> MlflowClient:
    """Return a client of `target`; the process's own tracking URI is neither used nor changed."""
    import mlflow

    return mlflow.MlflowClient(tracking_uri=target.uri)


@dataclass(frozen=True, slots=True)
class Experiment:
    """One experiment over there. `writable`: whether its artifacts can be reached from this machine."""

    id: str
    name: str
    writable: bool


class Store:
    """One MLflow store, spoken to as one pseudonymous user about one Workbench run."""

    def __init__(self, client: MlflowClient, target: Target, *, user: str, run_id: str) -> None:
        self._client = client
        self._target = target
        self._user = user
        self._run_id = run_id

    def about(self, run_id: str) -> Store:
        """Return the same store, spoken to about another run, or about a series."""
        return Store(self._client, self._target, user=self._user, run_id=run_id)

    def experiment(self, name: str) -> Experiment:
        """Return the experiment called `name`, made if need be.

        Raises
        ------
        TrackingUnavailable
            It was deleted in MLflow, and MLflow keeps the name of a deleted experiment.
        """
        from mlflow.exceptions import MlflowException

        found = self._client.get_experiment_by_name(name)
        if found is None:
            try:
                self._client.create_experiment(name, artifact_location=self._artifact_location(name))
            except MlflowException as error:
                if error.error_code != "RESOURCE_ALREADY_EXISTS":  # somebody else was quicker: just as well
                    raise
            found = self._client.get_experiment_by_name(name)
        if found is None or found.lifecycle_stage != "active":
            raise TrackingUnavailable(
                f"the experiment {name!r} was deleted in MLflow",
                where=self._target.shown,
                remedy="Restore it there (`mlflow experiments restore`), then `workbench runs sync`.",
            )
        scheme = urlsplit(found.artifact_location or "").scheme
        # A server's own disk is out of reach from here, and what a server passes on needs a server in between.
        out_of_reach = ("", "file") if self._target.remote else ("mlflow-artifacts",)
        return Experiment(found.experiment_id, name, writable=scheme not in out_of_reach)

    def runs(self, experiment: Experiment) -> Iterator[Run]:
        """Yield every MLflow run of this Workbench run, parent and nested."""
        token: str | None = None
        while True:
            page = self._client.search_runs(
                [experiment.id],
                filter_string=f"tags.`{RUN_TAG}` = '{self._run_id}'",
                max_results=PAGE,
                page_token=token,
            )
            yield from page
            token = page.token
            if not token:
                return

    def create(self, experiment: Experiment, key: str, name: str, *, started: datetime, parent: str | None) -> str:
        """Make the MLflow run of `key` and return its id."""
        tags = {
            RUN_TAG: self._run_id,
            KEY_TAG: key,
            # Given here, or MLflow records the login name and the path of the script.
            "mlflow.user": self._user,
            "mlflow.source.name": SOURCE,
            "mlflow.source.type": "JOB",
        }
        if parent is not None:
            tags["mlflow.parentRunId"] = parent
        made = self._client.create_run(experiment.id, start_time=milliseconds(started), tags=tags, run_name=name)
        run_id: str = made.info.run_id
        return run_id

    def write(self, mlflow_run: str, run: RunPayload, *, at: datetime, model_id: str | None, step: int = 0) -> None:
        """Send params, metrics (at `step`), tags and the dataset of one run. A second time changes nothing."""
        from mlflow.entities import LoggedModelInput, Metric, Param, RunTag

        stamp = milliseconds(at)
        dataset_name, dataset_digest = None, None
        if run.dataset is not None:
            from workbench.tracking.dataset import dataset_input

            data = dataset_input(run.dataset)
            dataset_name, dataset_digest = data.dataset.name, data.dataset.digest
            self._client.log_inputs(mlflow_run, datasets=[data])
        if model_id is not None:
            self._client.log_inputs(mlflow_run, models=[LoggedModelInput(model_id)])
        metrics = [
            Metric(
                key,
                value,
                stamp,
                step,
                model_id=model_id,
                dataset_name=dataset_name,
                dataset_digest=dataset_digest,
                run_id=mlflow_run,
            )
            for key, value in run.metrics
        ]
        self._batches(
            mlflow_run,
            metrics=metrics,
            params=[Param(key, value) for key, value in run.params],
            tags=[RunTag(key, value[:TAG_LENGTH]) for key, value in run.tags],
        )

    def progress(self, mlflow_run: str, *, items: int, at: datetime, tags: Sequence[tuple[str, str]]) -> None:
        """Send how many items are done; the item count is the step, so that a repeat is the same point."""
        from mlflow.entities import Metric, RunTag

        point = Metric("items_done", float(items), milliseconds(at), items)
        self._batches(mlflow_run, metrics=[point], params=[], tags=[RunTag(key, value) for key, value in tags])

    def params(self, mlflow_run: str, params: Sequence[tuple[str, str]]) -> None:
        """Send params alone."""
        from mlflow.entities import Param

        self._batches(mlflow_run, metrics=[], params=[Param(key, value) for key, value in params], tags=[])

    def tag(self, mlflow_run: str, key: str, value: str) -> None:
        """Set one tag of a run."""
        self._client.set_tag(mlflow_run, key, value)

    def status(self, mlflow_run: str, status: MlflowStatus, *, name: str | None = None) -> None:
        """Set the status (and name) of a run that goes on."""
        self._client.update_run(mlflow_run, status=status, name=name)

    def end(self, mlflow_run: str, status: MlflowStatus, *, at: datetime) -> None:
        """Set the final status and the time it was reached."""
        self._client.set_terminated(mlflow_run, status=status, end_time=milliseconds(at))

    def upload(self, mlflow_run: str, files: Iterable[Artifact]) -> None:
        """Put files beside a run; a file of the same name is replaced."""
        for file in files:
            self._client.log_text(mlflow_run, file.text, file.name)

    def model(self, experiment: Experiment, model: ModelPayload, *, source_run: str) -> str:
        """Return the id of the external LoggedModel that stands for `model` in this experiment, made if need be."""
        digest = model.digest or f"unknown:{model.name}"
        found = self._client.search_logged_models(
            [experiment.id], filter_string=f"tags.`{MODEL_TAG}` = '{digest}'", max_results=1
        )
        if found:
            known: str = found[0].model_id
            return known
        # What `mlflow.create_external_model` does, but that also records the login name, the script's path and
        # the git remote and branch it lies in.
        made = self._client.create_logged_model(
            experiment.id,
            name=model.name,
            source_run_id=source_run,
            tags={
                MODEL_TAG: digest,
                "mlflow.model.isExternal": "true",
                "mlflow.user": self._user,
                "mlflow.source.name": SOURCE,
            },
            params=dict(model.params),
            model_type="language-model",
        )
        if experiment.writable:
            self._describe_model(made)
        self._client.finalize_logged_model(made.model_id, "READY")
        model_id: str = made.model_id
        return model_id

    def _describe_model(self, model: LoggedModel) -> None:
        """Put the small MLmodel file there, without which MLflow's registry does not take the model."""
        from mlflow.models.model import MLMODEL_FILE_NAME
        from mlflow.models.utils import get_external_mlflow_model_spec

        with TemporaryDirectory() as directory:
            get_external_mlflow_model_spec(model).save(str(Path(directory) / MLMODEL_FILE_NAME))
            self._client.log_model_artifacts(model.model_id, directory)

    def _artifact_location(self, experiment: str) -> str | None:
        """Return a directory of the experiment's own below the embedded artifacts; None: the server decides."""
        if self._target.artifacts is None:
            return None
        from workbench.policy.digests import sha256_bytes

        # A digest, since a suite's name may hold what no directory name can.
        return f"{self._target.artifacts}/{sha256_bytes(experiment.encode())[:16]}"

    def _batches(
        self, mlflow_run: str, *, metrics: Sequence[object], params: Sequence[object], tags: Sequence[object]
    ) -> None:
        for some in _pieces(metrics, METRICS_PER_BATCH):
            self._client.log_batch(mlflow_run, metrics=list(some))
        for some in _pieces(params, PAIRS_PER_BATCH):
            self._client.log_batch(mlflow_run, params=list(some))
        for some in _pieces(tags, PAIRS_PER_BATCH):
            self._client.log_batch(mlflow_run, tags=list(some))


def milliseconds(at: datetime) -> int:
    """Return `at` as milliseconds since 1970, which is how MLflow keeps times."""
    return round(at.timestamp() * 1000)


def _pieces(entries: Sequence[object], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(entries), size):
        yield entries[start : start + size]
