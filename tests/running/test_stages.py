from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module

import pytest

from clirbench.data.sources.synthetic import Synthetic
from clirbench.methods import METHODS
from clirbench.running import stages
from clirbench.running.stage import Data, Stage
from clirbench.running.stages.run import SearchStage
from clirbench.running.stages.tuning import BeyondStage, TrialStage


def every(kind: type[Stage]) -> Iterator[type[Stage]]:
    """All kinds of stages that are clirbench's."""
    for each in kind.__subclasses__():
        if each.__module__.startswith("clirbench."):
            yield each
        yield from every(each)


for module in pkgutil.iter_modules(stages.__path__):
    import_module(f"{stages.__name__}.{module.name}")
KINDS = {kind for kind in every(Stage) if not inspect.isabstract(kind)}


@pytest.mark.parametrize(
    "kind",
    # Trials are as their stages, searches as their methods.
    sorted(KINDS - {BeyondStage, TrialStage, SearchStage}, key=lambda kind: kind.__name__),
    ids=lambda kind: kind.__name__,
)
def test_a_gpu_is_asked_for_where_it_is_used(kind: type[Stage]) -> None:
    """Else a stage would hold one of a cluster, and its time count as the GPU's."""
    own = [base for base in kind.__mro__ if issubclass(base, Stage)]
    uses = any("context.device" in inspect.getsource(base) for base in own)
    assert kind.on_device == uses


@pytest.mark.parametrize("name", METHODS)
def test_a_search_asks_for_a_gpu_where_its_method_does(name: str) -> None:
    """A method that works with tensors says so."""
    if (searcher := METHODS[name]().searcher) is None:
        return
    data = Data(source=Synthetic(), checksums=None)
    stage = SearchStage(method=searcher, collection=data, language="x", documents="en", depth=1)
    assert stage.on_device == ("given.device" in inspect.getsource(type(searcher)))
