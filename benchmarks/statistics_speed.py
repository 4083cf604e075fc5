"""Time a full comparison: 7 pairs x 8 methods x 5 seeds x 1,000 topics, 100,000 sign flips.

Prints seconds and the peak of resident memory, for topics that are translations and that are not;
target: at most 10 s and 2 GiB on two cores, each. Then, where ranx is installed, seconds for a sign
flip of one comparison, side by side with its Fisher randomisation test; target: 1 / 100.
"""

from __future__ import annotations

import resource
import sys
import time

import numpy as np

from clirbench.statistics import (
    Design,
    Hypothesis,
    MethodRole,
    PairRole,
    Scores,
    compare,
    paired_randomisation,
    to_json,
)

PAIRS, METHODS, SEEDS, TOPICS = 7, 8, 5, 1000
FLIPS, RANX_FLIPS = 100_000, 10_000


def records() -> list[tuple[str, str, int | None, str, float]]:
    """Give random scores with a topic effect, small gains of each method, and one untrained method."""
    draw = np.random.default_rng(0)
    found = []
    for pair in range(PAIRS):
        ease = draw.beta(1, 2, TOPICS)
        for method in range(METHODS):
            for seed in range(1, SEEDS + 1) if method else [None]:
                noise = draw.normal(0, 0.1, TOPICS)
                scores = np.clip(ease + 0.003 * method + noise, 0, 1)
                found += [
                    (f"m{method}", f"p{pair}", seed, f"t{topic:04}", float(score))
                    for topic, score in enumerate(scores)
                ]
    return found


def design(*, translated: bool) -> Design:
    """Give the design of a suite with a hypothesis about four low-resource pairs."""
    classes = ("low", "low", "low", "low", "medium", "high", "high")
    return Design(
        pairs=tuple(PairRole(name=f"p{i}", resource=one) for i, one in enumerate(classes)),
        methods=tuple(MethodRole(name=f"m{i}", trained=i > 0) for i in range(METHODS)),
        seeds=tuple(range(1, SEEDS + 1)),
        translated=translated,
        hypothesis=Hypothesis(better="m7", than="m1", on="low", measure="AP"),
    )


def full(rows: list[tuple[str, str, int | None, str, float]]) -> float:
    """Print a line for each kind of collection; gives seconds for a flip of one comparison."""
    each = 0.0
    for translated in (True, False):
        start = time.perf_counter()
        scores = Scores.from_records(rows, measure="AP")
        read, busy = time.perf_counter(), time.process_time()
        plan = design(translated=translated)
        found = compare(scores, design=plan)
        compared, busy = time.perf_counter(), time.process_time() - busy
        text = to_json([found])
        written = time.perf_counter()
        unit = 1024 if sys.platform == "linux" else 1
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30
        made = len(found.comparisons) + 1
        print(
            f"{'translated' if translated else 'stratified'}: {len(rows):,} records read in "
            f"{read - start:.2f} s, {made} comparisons in "
            f"{compared - read:.2f} s ({busy:.2f} s of CPU), {len(text):,} characters written in "
            f"{written - compared:.2f} s; peak {peak:.2f} GiB"
        )
        each = max(each, (compared - read) / (made * plan.flips))
    return each


def side_by_side(each: float) -> None:
    """Print what a sign flip of one comparison takes here and in ranx: the same 1,000 topics."""
    draw = np.random.default_rng(1)
    first, second = draw.beta(1, 2, (2, TOPICS))
    paired_randomisation(first - second, flips=1000)
    start = time.perf_counter()
    paired_randomisation(first - second, flips=FLIPS)
    alone = (time.perf_counter() - start) / FLIPS
    lines = [("clirbench, all of a full comparison", each), ("clirbench, two methods alone", alone)]
    try:
        from ranx.statistical_tests import fisher_randomization_test
    except ImportError:
        print("ranx is not installed: pip install ranx")
    else:
        fisher_randomization_test(first, second, n_permutations=10)  # compiles
        times = []
        for _ in range(3):
            start = time.perf_counter()
            fisher_randomization_test(first, second, n_permutations=RANX_FLIPS)
            times.append((time.perf_counter() - start) / RANX_FLIPS)
        lines.append(("ranx, Fisher's randomisation test", sorted(times)[1]))
    for name, seconds in lines:
        print(f"{name}: {1e6 * seconds:.3f} µs a flip and comparison, x {seconds / each:.0f}")


def main() -> None:
    """Print all of it."""
    side_by_side(full(records()))


if __name__ == "__main__":
    main()
