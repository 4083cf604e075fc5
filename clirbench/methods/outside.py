"""Outside: what another system found, from TREC run files."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal

from clirbench.methods.base import Untrained
from clirbench.settings import settings

__all__ = ["Outside"]


@settings
class Outside(Untrained):
    """Another system's rankings, a run file for each language pair, judged as all others are.

    A run is refused if it names topics or documents that the collection has not, a document twice
    for a topic, or scores that no ranking follows from.
    """

    name: ClassVar[str] = "outside"
    needs: ClassVar[str] = "run files"
    reference: ClassVar[str] = "the other system's own"

    runs: Path = Path("runs/{pair}.trec")
    """Run files, from the suite's folder; {pair} stands for a pair such as sw-en. May end in .gz."""
    pairs: tuple[str, ...] = ()
    """The pairs that there are runs of, such as ["sw-en"]; none named: all of the suite."""
    ties: Literal["refuse", "rank"] = "refuse"
    """Documents of equal score, which evaluators put in orders of their own. refuse: an error; rank:
    they are ordered by the run's ranks. Scores count as equal when 32-bit floats cannot tell them
    apart, since trec_eval reads such."""
    missing: Literal["refuse", "zero"] = "refuse"
    """Judged topics without a line. refuse: an error, for the run may be cut off; zero: they count 0."""

    def covers(self, pair: str) -> bool:
        """Whether there is a run of the pair."""
        return not self.pairs or pair in self.pairs

    def file(self, pair: str) -> Path:
        """The run of a pair."""
        return Path(str(self.runs).replace("{pair}", pair))
