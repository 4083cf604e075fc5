from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest

Call = Callable[..., subprocess.CompletedProcess[str]]
SMALL = ["--only", "qsw-en/*/seed=1", "--set", "training.epochs=40", "--threads", "1"]

DEADLY = """\
import os
from typing import ClassVar

from clirbench.methods import Distillation
from clirbench.settings import settings


@settings
class Deadly(Distillation):
    \'\'\'Kills its process.\'\'\'

    name: ClassVar[str] = "deadly"
    level: ClassVar[str] = "token"
    equation: ClassVar[str] = "none"
    reference: ClassVar[str] = "none"

    def loss(self, student, teacher):
        \'\'\'None.\'\'\'
        os._exit(9)
"""


@pytest.fixture(autouse=True)
def _awake(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ray's workers are nice by default, and starve beside other tests."""
    monkeypatch.setenv("RAY_worker_niceness", "0")


@contextmanager
def cluster(nodes: int) -> Iterator[Any]:
    """A Ray cluster of real nodes, of one CPU each, on this machine."""
    pytest.importorskip("ray", reason="needs the extra ray")
    import ray
    from ray.cluster_utils import Cluster

    found = Cluster(
        initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False}
    )
    try:
        for _ in range(nodes - 1):
            found.add_node(num_cpus=1)
        yield found
    finally:
        found.shutdown()
        ray.shutdown()


def parent(process: int) -> int:
    """The parent of a process; 0 if it is gone."""
    try:
        return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def events(results: Path) -> list[dict[str, Any]]:
    """What was logged so far."""
    path = results / "events.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    return [json.loads(line) for line in lines if line.endswith("}")]


@pytest.mark.slow
@pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="finds the node of a worker by /proc"
)
def test_a_node_that_dies_costs_nothing(tiny: Path, tmp_path: Path, clirbench: Call) -> None:
    """Of two nodes one is killed while it trains: the other does its work, the numbers are the same."""
    alone = tmp_path / "alone"
    first = clirbench("run", tiny, *SMALL, "--results", alone, "--store", tmp_path / "s1")
    assert first.returncode == 0, first.stderr
    results = tmp_path / "ray"
    with cluster(2) as nodes:
        doomed = next(iter(nodes.worker_nodes))
        raylet = doomed.all_processes["raylet"][0].process.pid
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "clirbench", "run", str(tiny), *SMALL),
                *("--executor", "ray", "--address", nodes.address, "--results", str(results)),
                *("--store", str(tmp_path / "s2"), "--checkpoint-every", "0.001"),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env={**os.environ, "CLIRBENCH_CACHE": str(tmp_path / "cache")},
        )
        stage = ""
        while process.poll() is None and not stage:
            time.sleep(0.05)
            stage = next(
                (
                    event["stage"]
                    for event in events(results)
                    if event["event"] == "started"
                    and event["stage"].startswith("student")
                    and parent(event["process"]) == raylet
                ),
                "",
            )
        nodes.remove_node(doomed, allow_graceful=False)
        out, errors = process.communicate()
    assert process.returncode == 0, out + errors
    assert "device: Ray cluster of 2 nodes with 2 CPUs; 1 threads a stage" in out
    found = Counter((event["event"], event.get("stage")) for event in events(results))
    assert found["started", stage] == 2
    assert found["finished", stage] == 1
    assert max(count for (event, _), count in found.items() if event == "finished") == 1
    assert at_once(events(results)) <= 2
    assert same(alone, results) == 5
    left = [p for p in tmp_path.rglob(".tmp-*") if "s2" in p.parts or "ray" in p.parts]
    assert left == []


@pytest.mark.slow
def test_a_worker_that_dies_each_time(tiny: Path, tmp_path: Path) -> None:
    """A stage whose worker dies four times fails, and says so; the other cells are there."""
    (tmp_path / "deadly.py").write_text(DEADLY)
    tiny.write_text(tiny.read_text() + '\n[[method]]\nname = "deadly:Deadly"\nlabel = "deadly"\n')
    environment = {
        **os.environ,
        "CLIRBENCH_CACHE": str(tmp_path / "cache"),
        "PYTHONPATH": str(tmp_path),
    }
    done = subprocess.run(
        [
            *(sys.executable, "-m", "clirbench", "run", str(tiny), "--executor", "ray"),
            *("--results", str(tmp_path / "results"), "--store", str(tmp_path / "store")),
            *("--only", "qsw-en/deadly/seed=1", "--only", "qsw-en/zero-shot"),
        ],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment,
        check=False,
    )
    assert done.returncode == 3, done.stdout + done.stderr
    title = "student qsw-en/deadly/seed=1"
    assert f"{title}: FAILED: {title}: its worker was lost 4 times: " in done.stdout
    assert "zero-shot" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def at_once(log: list[dict[str, Any]]) -> int:
    """The most stages that were worked on at the same time, of those that finished."""
    begun: dict[str, float] = {}
    edges: list[tuple[float, int]] = []
    for event in log:
        if event["event"] == "started":
            begun[event["stage"]] = datetime.fromisoformat(event["time"]).timestamp()
        elif event["event"] == "finished":
            start = begun[event["stage"]]
            edges += [(start, 1), (start + event.get("seconds", 0.0), -1)]
    return max(accumulate(step for _, step in sorted(edges)))


def same(one: Path, other: Path) -> int:
    """Compare what two runs left of each cell, byte by byte; gives the number of cells."""
    cells = sorted(path.parent.relative_to(one) for path in one.rglob("scores.csv"))
    for cell in cells:
        for name in ("scores.csv", "run.trec.gz", "training.jsonl"):
            if (one / cell / name).exists():
                assert (one / cell / name).read_bytes() == (other / cell / name).read_bytes()
    return len(cells)


def test_no_cluster_there(tiny: Path, places: list[str], clirbench: Call) -> None:
    """An address where nothing answers is an error that says what to do."""
    pytest.importorskip("ray", reason="needs the extra ray")
    done = clirbench("run", tiny, *places, "--executor", "ray", "--address", "127.0.0.1:1")
    assert done.returncode == 2
    assert "--address 127.0.0.1:1: no Ray cluster answers there" in done.stderr
    assert "ray start --head" in done.stderr


def test_address_without_ray(tiny: Path, places: list[str], clirbench: Call) -> None:
    """An address alone does nothing, and says so."""
    done = clirbench("run", tiny, *places, "--address", "auto")
    assert done.returncode == 2
    assert "--address: only with --executor ray" in done.stderr
