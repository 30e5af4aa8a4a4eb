"""Rooms that are called like a verb: ``wb.models()`` asks, ``workbench.models.gate`` is a module, and both hold.

Python sets a package's attribute to each submodule as it is imported. Without this, the first verb that imports the
room ``workbench.models`` would put it in the place of the function ``workbench.models``, for good.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

VERB = "__verb__"


class CallableRoom(ModuleType):
    """A module that, when called, is the verb of its name."""

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Call the verb."""
        return self.__dict__[VERB](*arguments, **named)


class Facade(ModuleType):
    """A package in which a room that takes the place of a verb becomes callable as that verb."""

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute; a room keeps the verb that it replaces."""
        verb = self.__dict__.get(name)
        if type(value) is ModuleType and value.__name__ == f"{self.__name__}.{name}" and _is_verb(verb):
            setattr(value, VERB, verb)
            value.__class__ = CallableRoom
        super().__setattr__(name, value)


def keep_verbs(package: str) -> None:
    """Let the verbs of a package be called whatever rooms of their names are imported later."""
    sys.modules[package].__class__ = Facade


def _is_verb(value: object) -> bool:
    return callable(value) and not isinstance(value, ModuleType)
