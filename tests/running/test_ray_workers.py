from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from clirbench.data.lock import Lock
from clirbench.errors import SuiteError
from clirbench.running import ray_workers
from clirbench.running.recipe import Recipe
from clirbench.running.store import Store


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--device", "cuda"], "--device cuda: no node of the Ray cluster has a GPU"),
        (["--device", "mps"], "--device mps: not with --executor ray (allowed: auto, cpu, cuda)"),
        (["--threads", "3"], "--threads 3: no node of the Ray cluster has more than 2 CPUs"),
        (
            ["--gpu-share", "1.5"],
            "--gpu-share 1.5: no node of the Ray cluster has more than 1 GPUs",
        ),
    ],
)
def test_what_no_node_has_is_refused(
    options: list[str], message: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A stage that would wait for room for ever is not submitted."""
    gpus = {"GPU": 1.0} if "--gpu-share" in options else {}
    closed: list[bool] = []
    fake = SimpleNamespace(
        nodes=lambda: [{"Alive": True, "Resources": {"CPU": 2.0, **gpus}}],
        cluster_resources=lambda: {"CPU": 2.0, **gpus},
    )

    @contextmanager
    def connected(address: str | None) -> Iterator[SimpleNamespace]:
        yield fake
        closed.append(True)

    monkeypatch.setattr(ray_workers, "connected", connected)
    given = dict(zip(options[::2], options[1::2], strict=True))
    recipe = Recipe(
        store=tmp_path,
        results=tmp_path,
        cache=tmp_path,
        mirror=None,
        lock=Lock(tmp_path / "lock"),
        device=given.get("--device", "auto"),
        threads=int(given.get("--threads", 1)),
        deterministic=False,
        checkpoint_every=600.0,
    )
    with pytest.raises(SuiteError, match=f"^{re.escape(message)}$"):
        ray_workers.RayWorkers(
            recipe,
            Store(shared=tmp_path, results=tmp_path),
            lambda _: None,
            stop=lambda: False,
            gpu_share=float(given.get("--gpu-share", 1)),
        )
    assert closed
