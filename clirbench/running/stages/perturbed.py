"""Topics that are perturbed, for runs that tell how robust a method is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, cast

from clirbench.data.base import CollectionSource, Topics
from clirbench.data.perturbations.base import Known, Perturbation
from clirbench.running.stage import Context, Data, Stage
from clirbench.running.stages.lexicon import TO_ENGLISH, LexiconStage

__all__ = ["PerturbedStage", "read_perturbed"]

_FILE = "topics.json"


@dataclass(frozen=True, kw_only=True)
class PerturbedStage(Stage):
    """Perturbs the topics, and keeps them to be read."""

    kind: ClassVar[str] = "perturbed"
    on_device: ClassVar[bool] = False

    perturbation: Perturbation
    collection: Data
    language: str
    """Of the topics."""
    lexicon: LexiconStage | None
    """For a perturbation that needs one."""

    def make(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        """Write the topics as they have become."""
        from clirbench.retrieval.lexicon import Lexicon

        source = cast("CollectionSource", self.collection.source)
        topics = source.topics(context.fetch, self.language)
        lexicon = Lexicon.load(inputs["lexicon"], TO_ENGLISH).entries() if self.lexicon else {}
        known = Known(language=self.language, lexicon=lexicon)
        found = {
            topic: self.perturbation.perturb(text, topic, known) for topic, text in topics.items()
        }
        changed = sum(found[topic] != text for topic, text in topics.items())
        context.says(f"{changed} of {len(topics)} topics changed")
        text = json.dumps(found, ensure_ascii=False, indent=1)
        (folder / _FILE).write_text(text + "\n", encoding="utf-8")


def read_perturbed(folder: Path) -> Topics:
    """Read the topics of the stage."""
    topics: dict[str, str] = json.loads((folder / _FILE).read_text(encoding="utf-8"))
    return topics
