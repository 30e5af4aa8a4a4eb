"""The server extension: its settings, its routes from the contract, its events."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_server.extension.application import ExtensionApp
from jupyter_server.utils import url_path_join
from tornado.ioloop import IOLoop, PeriodicCallback
from traitlets import Float, Int, List, Unicode

from workbench.jupyter.base import ContractHandler, Function, Functions, UnknownHandler
from workbench.jupyter.contract import operations, pattern
from workbench.jupyter.mlflow import PATH as MLFLOW_PATH
from workbench.jupyter.mlflow import Interface
from workbench.jupyter.mlflow import handlers as mlflow_handlers
from workbench.jupyter.services import Services

if TYPE_CHECKING:
    from workbench.jupyter.watch import Watching

BASE = "/workbench/api/v1"
THREADS = 4
SCHEMAS = Path(__file__).with_name("events")


class WorkbenchApp(ExtensionApp):
    """Evaluation of local models on national-language benchmarks, for the panel in JupyterLab."""

    name = "workbench"
    extension_url = f"{BASE}/server"
    load_other_extensions = True

    model_folders: List[str] = List(
        Unicode(), help="Folders searched for models, for every user of this server's configuration."
    ).tag(config=True)
    fake_models: List[str] = List(
        Unicode(), help="Names of models of the fake engine to list, for trials of the panel without weights."
    ).tag(config=True)
    max_tasks = Int(
        4, min=1, help="How many tasks (dry runs, reports, comparisons…) may run at once; further ones are refused."
    ).tag(config=True)
    keep_alive_hours = Float(
        72.0,
        min=0.0,
        help="For how long live runs keep this server from being shut down as idle, counted from the last time that "
        "no run lived; 0: never.",
    ).tag(config=True)
    watch_seconds = Float(
        2.0,
        min=0.1,
        max=20.0,
        help="Seconds between two looks for changed runs, which become events for open panels; leases of runs are "
        "renewed as often.",
    ).tag(config=True)
    deliver_minutes = Float(
        10.0,
        min=0.0,
        help="Minutes between two deliveries to MLflow of what did not arrive while it was down; 0: none, which "
        "leaves them to `workbench runs sync`.",
    ).tag(config=True)

    def services(self) -> Services:
        """Return what the routes use."""
        server = self.serverapp
        if server is None:
            msg = "the extension belongs to a server"
            raise RuntimeError(msg)
        return Services(
            root=Path(server.root_dir).expanduser().absolute(),
            kernel_specs=lambda: server.kernel_spec_manager.get_all_specs() if server.kernel_spec_manager else {},
            model_folders=tuple(Path(folder).expanduser().absolute() for folder in self.model_folders),
            fake_models=tuple(self.fake_models),
            max_tasks=self.max_tasks,
            keep_alive_hours=self.keep_alive_hours,
            mlflow=MLFLOW_PATH,
        )

    def initialize_settings(self) -> None:
        """Register the events and begin to watch."""
        server = self.serverapp
        if server is None or server.event_logger is None:
            return
        events = server.event_logger
        for schema in sorted(SCHEMAS.glob("*.yaml")):
            events.register_event_schema(schema)
        self._executor = ThreadPoolExecutor(THREADS, thread_name_prefix="workbench")
        self._watcher = ThreadPoolExecutor(1, thread_name_prefix="workbench-watch")
        services, watching = self.services(), list["Watching"]()

        def make() -> Watching:
            from workbench.jupyter.later import Later
            from workbench.jupyter.watch import Watcher, Watching

            return Watching(
                Watcher(services, later=Later(self.deliver_minutes)),
                self._watcher,
                lambda schema, data: events.emit(schema_id=schema, data=data),
                server.web_app.settings,
            )

        async def look() -> None:
            if not watching:  # loaded once the server stands: it is not to start later for it
                watching.append(await IOLoop.current().run_in_executor(self._watcher, make))
            await watching[0]()

        self._periodic = PeriodicCallback(look, self.watch_seconds * 1000)
        self._periodic.start()

    def initialize_handlers(self) -> None:
        """Make the routes of the contract."""
        known, functions = operations(), Functions(all_operations)
        more: dict[str, Any] = {"functions": functions, "services": self.services(), "executor": self._executor}
        for path in dict.fromkeys(operation.path for operation in known.values()):
            routes = {each.method: each for each in known.values() if each.path == path}
            self.handlers.append((url_path_join(BASE, pattern(path)), ContractHandler, {"routes": routes, **more}))
        self._mlflow = Interface()
        self.handlers += mlflow_handlers(self._mlflow)
        self.handlers.append((f"{BASE}(?:/.*)?", UnknownHandler, {"routes": {}, **more}))

    async def stop_extension(self) -> None:
        """Stop watching, and MLflow's interface; runs and tasks go on."""
        self._mlflow.end()
        self._periodic.stop()
        self._executor.shutdown(wait=False, cancel_futures=True)
        self._watcher.shutdown(wait=False, cancel_futures=True)


def all_operations() -> Mapping[str, Function]:
    """Return the code of every operation, by its id in the contract.

    Raises
    ------
    RuntimeError
        A route without code, or code without a route: a programming error.
    """
    from workbench.jupyter import snippets
    from workbench.jupyter.items import handlers as items
    from workbench.jupyter.models import handlers as models
    from workbench.jupyter.packs import handlers as packs
    from workbench.jupyter.reports import handlers as reports
    from workbench.jupyter.runs import handlers as runs
    from workbench.jupyter.settings import handlers as settings
    from workbench.jupyter.studio import handlers as studio
    from workbench.jupyter.suites import handlers as suites
    from workbench.jupyter.tasks import handlers as tasks
    from workbench.jupyter.workers import handlers as workers

    modules = (items, models, packs, reports, runs, settings, snippets, studio, suites, tasks, workers)
    functions = {name: function for module in modules for name, function in module.OPERATIONS.items()}
    if set(functions) != set(operations()):
        msg = f"routes and contract differ: {sorted(set(functions) ^ set(operations()))}"
        raise RuntimeError(msg)
    return functions
