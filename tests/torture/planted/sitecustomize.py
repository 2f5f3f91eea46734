"""Loaded by every Python process that is started with this folder in its PYTHONPATH: once the modules that a fault sits in
are there, the fault is put into them. Nothing of it is in the product's code."""

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any


class _Planting(importlib.abc.MetaPathFinder):
    """Has a module changed right after it was loaded."""

    def __init__(self, plants: dict[str, Callable[[ModuleType], None]]) -> None:
        self._plants = plants

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        plant = self._plants.pop(name, None)
        if plant is None:
            return None
        spec = importlib.util.find_spec(name)
        if spec is None or spec.loader is None:
            return None
        load = spec.loader.exec_module

        def loaded(module: ModuleType) -> None:
            load(module)
            plant(module)

        changed: Any = spec.loader
        changed.exec_module = loaded
        return spec


if "TORTURE_FAULT" in os.environ:
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).parent))
    plants = importlib.import_module("faults").PLANTS
    sys.meta_path.insert(0, _Planting(dict(plants)))
