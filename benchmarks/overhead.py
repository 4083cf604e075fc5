"""What share of a run's wall time is the harness's own?

    clirbench run suites/quick.toml --threads 1 --results RESULTS --store STORE
    python benchmarks/overhead.py RESULTS

Reads the events of the latest run: from its first to its last, less the seconds that stages trained,
encoded and searched. What is left is planning, records, checksums, judging, events and the display.
"""

from __future__ import annotations

import sys
from pathlib import Path

from clirbench.results.events import read_events

_WORK = ("teacher", "documents", "bitext", "student", "run")

if __name__ == "__main__":
    events = list(read_events(Path(sys.argv[1])))
    first = max(index for index, event in enumerate(events) if event.event == "run")
    latest = events[first:]
    wall = (latest[-1].time - latest[0].time).total_seconds()
    work = sum(
        event.seconds
        for event in latest
        if event.event == "finished" and event.stage.partition(" ")[0] in _WORK
    )
    print(f"{wall:.1f} s wall, {work:.1f} s of work: {1 - work / wall:.2%} overhead")
