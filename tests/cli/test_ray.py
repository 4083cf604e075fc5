from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
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


@pytest.mark.slow
def test_sigterm_ends_with_a_checkpoint(tiny: Path, tmp_path: Path, clirbench: Call) -> None:
    """On two nodes SIGTERM ends all trainings with a checkpoint, from which the next run goes on."""
    alone = tmp_path / "alone"
    first = clirbench("run", tiny, *SMALL, "--results", alone, "--store", tmp_path / "s1")
    assert first.returncode == 0, first.stderr
    results, store = tmp_path / "ray", tmp_path / "s2"
    with cluster(2) as nodes:
        command = [
            *(sys.executable, "-m", "clirbench", "run", str(tiny), *SMALL),
            *("--executor", "ray", "--address", nodes.address, "--results", str(results)),
            *("--store", str(store)),
        ]
        environment = {**os.environ, "CLIRBENCH_CACHE": str(tmp_path / "cache")}
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        )
        while process.poll() is None and not any(
            event["event"] == "started" and event["stage"].startswith("student")
            for event in events(results)
        ):
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        out, errors = process.communicate()
        assert process.returncode == 143, out + errors
        assert "stopping after this step" in errors
        assert "SIGTERM received" not in errors  # Ray's own dump of the stack
        saved = [json.loads(path.read_text()) for path in store.glob("checkpoint/*/record.json")]
        assert saved
        again = subprocess.run(
            command, capture_output=True, text=True, env=environment, check=False
        )
    assert again.returncode == 0, again.stdout + again.stderr
    assert not list(store.glob("checkpoint/*"))
    assert same(alone, results) == 5
    for record in saved:  # what was trained before the stop counts in the end
        (made,) = [
            event
            for event in events(results)
            if event["event"] == "finished" and event["stage"] == record["title"]
        ]
        assert made["cost"]["examples"] > 0


LISTENING = "0A"


def addresses_of(process: int) -> set[str]:
    """Where a process listens, as hexadecimal digits of /proc."""
    try:
        inodes = {
            str(path.readlink()).removeprefix("socket:[").rstrip("]")
            for path in Path(f"/proc/{process}/fd").iterdir()
        }
        tables = [Path(f"/proc/{process}/net/{name}").read_text() for name in ("tcp", "tcp6")]
    except OSError:
        return set()
    rows = [line.split() for table in tables for line in table.splitlines()[1:]]
    return {row[1].partition(":")[0] for row in rows if row[3] == LISTENING and row[9] in inodes}


def children(process: int) -> list[int]:
    """All processes below one."""
    direct = [int(p.name) for p in Path("/proc").glob("[0-9]*") if parent(int(p.name)) == process]
    return direct + [each for child in direct for each in children(child)]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes by /proc")
def test_one_machine_keeps_to_itself(tiny: Path, tmp_path: Path) -> None:
    """Without an address no other cluster is joined, ports are of this machine, and nothing stays."""
    environment = {
        **os.environ,
        "CLIRBENCH_CACHE": str(tmp_path / "cache"),
        "TMPDIR": tempfile.mkdtemp(dir="/tmp", prefix="r"),
    }
    words = ["--executor", "ray", "--results", str(tmp_path / "r"), "--store", str(tmp_path / "s")]
    command = [sys.executable, "-m", "clirbench", "run", str(tiny), *SMALL, *words]
    with cluster(1) as other:
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**environment, "RAY_ADDRESS": other.address},
        )
        while process.poll() is None and not any(
            event["event"] == "started" for event in events(tmp_path / "r")
        ):
            time.sleep(0.05)
        below = children(process.pid)
        assert len(below) > 2  # a cluster of its own
        local = {"0100007F", "0000000000000000FFFF00000100007F"}  # 127.0.0.1
        assert set().union(*map(addresses_of, [process.pid, *below])) <= local
        process.kill()
        process.communicate()
    end = time.monotonic() + 180  # some of them look for the others for a minute
    while time.monotonic() < end and any(parent(each) for each in below):
        time.sleep(0.1)
    assert not [each for each in below if parent(each)]
    again = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert again.returncode == 0, again.stdout + again.stderr
    assert list(Path(environment["TMPDIR"]).iterdir()) == []


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
