"""Print the devices torch finds, as one line of JSON: ``python -m workbench.engines.device_probe``."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

from workbench.engines.status import DeviceInfo


def find_devices() -> tuple[DeviceInfo, ...]:
    """Return the accelerators torch can use, then the CPU. Imports torch."""
    import psutil
    import torch

    from workbench.engines.transformers.devices import device_name, total_memory

    found = []
    kind = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
    if kind is not None:
        for index in range(torch.accelerator.device_count()):
            device = torch.device(kind.type, index)
            found.append(DeviceInfo(str(device), device_name(device), total_memory(device)))
    cpu = torch.device("cpu")
    return (*found, DeviceInfo("cpu", device_name(cpu), int(psutil.virtual_memory().total)))


if __name__ == "__main__":
    sys.stdout.write(json.dumps([asdict(device) for device in find_devices()]) + "\n")
