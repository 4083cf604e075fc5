"""Time clirbench beside what else could be used, in one run.

    python -m benchmarks quick|search|start_up|training|transport [--rounds 7] [--threads 1] [--device cpu] [--before FOLDER]

Prints one Markdown table. Every way goes once in each round, so that a busy machine slows all alike;
ms is the median over the rounds, × the median of the time over that of clirbench in the same round.
With one thread on a CPU time is that of the processor, in child processes too, otherwise, and for the quick suite, that
of the clock on the wall.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import time
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

import torch

from benchmarks.earlier import Earlier
from benchmarks.frame import markdown, measure

NAMES = ("quick", "search", "start_up", "training", "transport")
"""Modules with a function `contests`, of the device, or of what is trained."""
BEFORE = ("start_up", "training", "transport")
"""Those that an earlier checkout can be timed beside."""
FEWEST = 5


def main() -> None:
    """Parse, measure, print, and write."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__.split("\n", maxsplit=1)[0]
    )
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--rounds", type=int, default=7, help=f"at least {FEWEST}")
    parser.add_argument("--threads", type=int, default=1, help="of the CPU, for torch")
    parser.add_argument("--device", default="cpu")
    parser.add_argument(
        "--before", type=Path, metavar="FOLDER", help="checkout of an earlier commit, to be beaten"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows here too")
    parser.add_argument(
        "--only", default="", metavar="TEXT", help="problems that have it in their name"
    )
    training = parser.add_argument_group("training")
    training.add_argument("--backbone", type=Path, help="folder of the model that is trained")
    training.add_argument("--mirror", type=Path, help="of downloads")
    training.add_argument("--pairs", type=int, default=500)
    options = parser.parse_args()
    if options.name == "training" and options.backbone is None:
        parser.error("training needs --backbone")
    if options.rounds < FEWEST:
        parser.error(f"--rounds must be at least {FEWEST} (got {options.rounds})")
    if options.before and options.name not in BEFORE:
        parser.error(f"--before is for {', '.join(BEFORE)}")
    torch.set_num_threads(options.threads)
    on_gpu = torch.device(options.device).type == "cuda"
    alone = options.threads == 1 and not on_gpu and options.name != "quick"
    run = {
        "benchmark": options.name,
        "machine": torch.cuda.get_device_name(options.device) if on_gpu else platform.machine(),
        "threads": options.threads,
        "time": "processor" if alone else "wall",
        "rounds": options.rounds,
        "torch": torch.__version__,
    }
    print(", ".join(f"{key} {value}" for key, value in run.items()) + "\n")
    clock = processor if alone else time.perf_counter
    module = import_module(f"benchmarks.{options.name}")
    if options.name == "training":
        where = module.Where(
            before=options.before,
            backbone=options.backbone,
            mirror=options.mirror,
            pairs=options.pairs,
        )
        contests = module.contests(where)
    else:
        earlier = {"earlier": Earlier(options.before)} if options.before else {}
        contests = module.contests(options.device, **earlier)
    wanted = (contest for contest in contests if options.only in contest.problem)
    rows = [row for contest in wanted for row in measure(contest, options.rounds, clock)]
    print(markdown(rows))
    if options.json:
        text = json.dumps({**run, "rows": [asdict(row) for row in rows]}, indent=1)
        options.json.write_text(text + "\n", encoding="utf-8")


def processor() -> float:
    """Seconds of the processor, of this process and those that it waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


if __name__ == "__main__":
    main()
