"""The same run in MLflow.

`deliver` brings one run directory into a store; it runs in a child process (``python -m workbench.tracking``), so
that MLflow is neither imported by nor able to hold up whoever ran the model. `sync` starts that child for what is
still missing.
"""

from __future__ import annotations

from workbench.tracking.deliver import deliver
from workbench.tracking.spool import Delivery
from workbench.tracking.sync import sync
from workbench.tracking.target import Target, resolve, without_secrets

__all__ = ["Delivery", "Target", "deliver", "resolve", "sync", "without_secrets"]
