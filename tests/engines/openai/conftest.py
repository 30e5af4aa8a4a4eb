"""A small server of completions on loopback."""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def fake() -> Any:
    place = Path(__file__).with_name("fake_server.py")
    spec = importlib.util.spec_from_file_location("fake_server", place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def server(fake: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with fake.TcpServer(("127.0.0.1", 0), fake.Handler) as made:
        made.seen, made.failures = [], []
        thread = threading.Thread(target=made.serve_forever, args=(0.01,))
        thread.start()
        monkeypatch.setenv("WORKBENCH_OPENAI_URL", f"http://127.0.0.1:{made.server_address[1]}/v1")
        yield made
        made.shutdown()
        thread.join()
