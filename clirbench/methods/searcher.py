"""Searchers: methods that rank the documents themselves, in one class each."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from clirbench.errors import CellError
from clirbench.methods.base import Method
from clirbench.settings import settings

if TYPE_CHECKING:
    from clirbench.data.base import Document, SentencePair, Topics
    from clirbench.models.encoder import Encoder
    from clirbench.models.index import Index
    from clirbench.retrieval.lexicon import Lexicon
    from clirbench.retrieval.run import Ranked

__all__ = ["Given", "Searcher"]


def _unheard(done: int, total: int) -> None:
    del done, total


class Given:
    """What a searcher works with. `load` has a function for each need, called on first use."""

    topics: Topics
    """Topic → text, in the documents' language if the method translates."""
    depth: int
    """Documents wanted for each topic."""
    files: Sequence[Path]
    """Files that the method's `files` named for the pair, then its models that are folders."""
    device: str
    """Where tensors are kept, such as "cpu" or "cuda"."""
    progress: Callable[[int, int], None]
    """Call this often, with the amount done and the total. It raises KeyboardInterrupt when the
    process must stop."""

    documents: Iterable[Document]
    """Every document of the collection; read from its files on each use."""
    texts: Callable[[Collection[str]], Mapping[str, str]]
    """Gives the texts of some documents, by id."""
    judged: Collection[str]
    """The topics that have judgments."""
    lexicon: Lexicon
    """Translations of foreign words into English, learned from the bitext."""
    bitext: Sequence[SentencePair]
    """The sentence pairs that students of the pair learn from."""
    teacher: Encoder
    """The encoder, on the device."""
    vectors: tuple[Sequence[str], Index]
    """Ids of the documents, and the teacher's vectors of them in the same order."""
    first: Mapping[str, Ranked]
    """The run of the method that the setting `first` names, without topics that it found nothing
    for."""

    def __init__(
        self,
        topics: Topics,
        depth: int,
        *,
        files: Sequence[Path] = (),
        device: str = "cpu",
        progress: Callable[[int, int], None] = _unheard,
        **load: Callable[[], object],
    ) -> None:
        self.topics = topics
        self.depth = depth
        self.files = files
        self.device = device
        self.progress = progress
        self._load = load

    if not TYPE_CHECKING:  # else every name would do

        def __getattr__(self, need: str) -> object:
            if need not in Given.__annotations__:
                raise AttributeError(need)
            if need not in self._load:
                raise CellError(f'the searcher uses "{need}", which is missing in its `requires`')
            found = self._load[need]()
            if need != "documents":
                setattr(self, need, found)
            return found


@settings
class Searcher(Method):
    """Ranks the documents for each topic in any way: lexical, re-ranking, another engine.

    `requires` names what it is given. A relative path in a setting of type `Path` starts from the
    suite's folder. So does a path in a setting that `models` names.
    """

    level: ClassVar[str] = "search"
    trained: ClassVar[bool] = False
    on_device: ClassVar[bool] = False
    """Whether it runs on the GPU if there is one."""

    @property
    def searcher(self) -> Searcher:
        """Itself."""
        return self

    @property
    def complete(self) -> bool:
        """Whether a topic without a ranking was searched for, so that it counts 0."""
        return True

    @property
    def taken_over(self) -> bool:
        """Whether rankings are another system's, so that a topic without one may be a part that is lost."""
        return False

    def files(self, pair: str) -> Sequence[Path]:  # noqa: ARG002 - for methods that have none
        """Files and model folders of the user's that it reads for a pair such as `sw-en`.

        They are known by their content, never by their paths, as are folders that `models` names.
        """
        return ()

    def faults(self, pairs: Sequence[str]) -> Iterable[tuple[tuple[str | int, ...], str]]:
        """Files that are not there."""
        covered = filter(self.covers, pairs)
        needed = dict.fromkeys(file for pair in covered for file in self.files(pair))
        # Not Path.exists, which raises for a name too long.
        return [((), f'no file or folder "{f}"') for f in needed if not os.path.exists(f)]  # noqa: PTH110

    @abstractmethod
    def search(self, given: Given) -> Mapping[str, Ranked]:
        """Rank documents for each topic; cut at the depth, and ordered by score, is what comes out.

        Of equal scores, the document that stands first goes first. Written as 32-bit floats that
        strictly fall.

        Args:
            given: topics, and what the method requires.
        """
