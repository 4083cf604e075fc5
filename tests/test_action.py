"""The GitHub Action: its file is well-formed, and its steps do what they should, run as the runner does."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
SUITE = """\
[suite]
name = "small"
seeds = [1]
measures = ["AP"]
[collection]
source = "files"
folder = "data"
[teacher]
backbone = "scratch"
training = { epochs = 1 }
[[pair]]
query = "sw"
resource = "low"
[[method]]
name = "bm25"
"""
BASH = shutil.which("bash") or "bash"
STAND_IN = """\
#!/usr/bin/env bash
echo "$(basename "$0") $(printf '[%s]' "$@")" >> "$LOG"
case $1 in
run) exit "$RUN" ;;
check) exit "$CHECK" ;;
esac
"""


@dataclass
class Job:
    """A folder in which the steps of the action are run one after another, until one fails."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)
    log: str = ""
    done: list[str] = field(default_factory=list)

    def program(self, name: str, text: str) -> None:
        """Put a program where the steps find it first."""
        path = self.home / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def run(self, action: Mapping[str, Any], **inputs: str) -> int:
        """Do the steps; gives the status of the last one."""
        given = {name: str(each.get("default", "")) for name, each in action["inputs"].items()}
        known = {f"inputs.{name}": value for name, value in given.items()}
        known |= {f"inputs.{name.replace('_', '-')}": value for name, value in inputs.items()}
        assert len(known) == len(given)
        known["github.action_path"] = str(ROOT)
        self.log, self.done = "", []
        for step in action["runs"]["steps"]:
            if not holds(step.get("if"), known):
                continue
            output = self.home / "output"
            output.write_text("")
            own = {name: filled(value, known) for name, value in step["env"].items()}
            done = subprocess.run(
                [BASH, "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
                capture_output=True,
                text=True,
                check=False,
                cwd=self.home,
                env={
                    **os.environ,
                    **self.environment,
                    **own,
                    "PATH": f"{self.home / 'bin'}:{os.environ['PATH']}",
                    "GITHUB_OUTPUT": str(output),
                    "GITHUB_STEP_SUMMARY": str(self.home / "page.md"),
                    "GITHUB_WORKSPACE": str(self.home),
                },
            )
            self.log += done.stdout + done.stderr
            self.done.append(step["name"])
            if done.returncode:
                return done.returncode
            pairs = [line.split("=", 1) for line in output.read_text().splitlines()]
            known |= {f"steps.{step['id']}.outputs.{name}": value for name, value in pairs}
        return 0


def holds(condition: str | None, known: Mapping[str, str]) -> bool:
    """Whether a step's condition holds, in the one form that the action has."""
    if condition is None:
        return True
    found = re.fullmatch(r"([\w.-]+) (==|!=) '([^']*)'", condition)
    assert found, condition
    return (known[found[1]] == found[3]) == (found[2] == "==")


def filled(value: str, known: Mapping[str, str]) -> str:
    """A value with its expressions."""
    return re.sub(r"\$\{\{ ([\w.-]+) \}\}", lambda found: known[found[1]], value)


@pytest.fixture(scope="module")
def action() -> dict[str, Any]:
    """The action, as parsed."""
    found = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """A job where clirbench is this one."""
    job = Job(tmp_path)
    python = shlex.quote(sys.executable)
    job.program("clirbench", f'#!/usr/bin/env bash\nexec {python} -m clirbench "$@"\n')
    places = {"PYTHONPATH": str(ROOT), "CLIRBENCH_CACHE": str(tmp_path / "cache")}
    job.environment |= places
    return job


@pytest.fixture
def stood_in(tmp_path: Path) -> Job:
    """A job where clirbench and python are stand-ins that note their words."""
    job = Job(tmp_path)
    for name in ("clirbench", "python"):
        job.program(name, STAND_IN)
    job.environment |= {"LOG": str(tmp_path / "log"), "RUN": "0", "CHECK": "0"}
    return job


def test_the_file(action: dict[str, Any]) -> None:
    """Inputs are described; no script has an expression in it, which a text of others could break out of."""
    assert {"name", "description", "inputs", "runs"} == action.keys()
    assert action["runs"]["using"] == "composite"
    for name, each in action["inputs"].items():
        assert each["description"], name
        assert ("default" in each) != each.get("required", False), name
    used = " ".join(json.dumps([step["env"], step.get("if")]) for step in action["runs"]["steps"])
    for name in action["inputs"]:
        assert f"inputs.{name}" in used
    for step in action["runs"]["steps"]:
        assert "${{" not in step["run"]
        assert step["shell"] == "bash"
        subprocess.run([BASH, "-n", "-c", step["run"]], check=True)


def test_a_suite_that_regresses(action: dict[str, Any], job: Job) -> None:
    """Run, then held against its own baseline, then against a better one: annotated, and exit 1."""
    data = job.home / "data"
    data.mkdir()
    documents = [{"id": f"d{n}", "text": f"word{n} and"} for n in range(8)]
    (data / "docs.jsonl").write_text("".join(json.dumps(each) + "\n" for each in documents))
    (data / "topics.sw.tsv").write_text("".join(f"t{n}\tword{n}\n" for n in range(8)))
    (data / "qrels").write_text("".join(f"t{n} 0 d{n} 1\n" for n in range(8)))
    (job.home / "small.toml").write_text(SUITE)
    assert job.run(action, suite="small.toml", install="false") == 0, job.log
    assert job.done == ["Run the suite"]
    assert "| bm25 |" in (job.home / "page.md").read_text()
    words = ["clirbench-results", "--output", "small.json"]
    program = [job.home / "bin" / "clirbench", "baseline", *words]
    subprocess.run(program, check=True, cwd=job.home, env={**os.environ, **job.environment})
    (data / "topics.sw.tsv").write_text("".join(f"t{n}\tword{n % 7}\n" for n in range(8)))
    inputs = {"suite": "small.toml", "baseline": "small.json", "install": "false"}
    assert job.run(action, **inputs) == 0, job.log
    assert job.run(action, **inputs, check_arguments="--exact\n") == 1, job.log
    assert "\n::error file=small.json,title=regressed%3A sw-en/bm25::AP: " in job.log
    assert "### clirbench check: regressed" in (job.home / "page.md").read_text()
    for name in ("check.xml", "check.md"):
        assert (job.home / "clirbench-results" / name).exists()


def test_the_words_of_the_commands(action: dict[str, Any], stood_in: Job) -> None:
    """One word a line, as it stands there; whatever is in a name stays in it."""
    inputs = {
        "suite": "my suite.toml",
        "baseline": "$(touch x).json",
        "results": "r",
        "arguments": "--set\nmethod.optical.solver={ name = 'ipot' }\n\n--only=*/`id`",
        "check_arguments": "--tolerance=0.02",
    }
    assert stood_in.run(action, **inputs) == 0, stood_in.log
    *installed, run, check = (stood_in.home / "log").read_text().splitlines()
    torch = next(
        line
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if line.startswith("torch==")
    )
    assert installed == [
        f"python [-m][pip][install][{torch}][--index-url][https://download.pytorch.org/whl/cpu]",
        f"python [-m][pip][install][-c][{ROOT}/constraints.txt][{ROOT}]",
    ]
    assert run == (
        "clirbench [run][my suite.toml][--results][r][--set]"
        "[method.optical.solver={ name = 'ipot' }][--only=*/`id`]"
    )
    assert check == (
        "clirbench [check][r][--baseline][$(touch x).json][--annotate][github]"
        "[--junit][r/check.xml][--summary][r/check.md][--tolerance=0.02]"
    )
    assert not (stood_in.home / "x").exists()


@pytest.mark.parametrize(
    ("run", "check", "expected"),
    [
        (0, 0, (0, ["Run the suite", "Compare with the baseline"])),
        (0, 1, (1, ["Run the suite", "Compare with the baseline"])),
        (2, 0, (2, ["Run the suite"])),
        (3, 0, (3, ["Run the suite", "Compare with the baseline", "Say that cells failed"])),
        (3, 1, (1, ["Run the suite", "Compare with the baseline"])),
        (4, 0, (4, ["Run the suite"])),
    ],
)
def test_statuses(
    action: dict[str, Any], stood_in: Job, run: int, check: int, expected: tuple[int, list[str]]
) -> None:
    """Failed cells do not keep the others from being compared; nothing that is wrong passes."""
    stood_in.environment |= {"RUN": str(run), "CHECK": str(check)}
    got = stood_in.run(action, suite="s.toml", baseline="b.json", install="false")
    assert (got, stood_in.done) == expected
