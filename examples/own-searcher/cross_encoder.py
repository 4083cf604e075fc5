"""Re-ranking by a cross-encoder: a searcher of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from clirbench.methods import Given, Need, Searcher
from clirbench.retrieval.run import Ranked
from clirbench.settings import settings


@settings
class CrossEncoder(Searcher):
    """Reads a topic and a document together, for the documents that another method found first."""

    name: ClassVar[str] = "cross-encoder"
    needs: ClassVar[str] = "nothing; its model is trained already"
    reference: ClassVar[str] = "Nogueira & Cho 2019, arXiv 1901.04085"
    requires: ClassVar[frozenset[Need]] = frozenset({"first", "texts"})
    on_device: ClassVar[bool] = True

    model: Path
    """Folder of a sequence classification model of transformers, as `save_pretrained` leaves it; its
    last class is "relevant"."""
    first: str = "bm25"
    """Label of the method, one without seeds, whose documents are read."""
    top: Annotated[int, Field(ge=1)] = 100
    """Documents of a topic that are read, and ranked. Usual for re-ranking."""
    length: Annotated[int, Field(ge=8)] = 256
    """Longest topic and document together, in word pieces; the longer is cut."""
    batch: Annotated[int, Field(ge=1)] = 32
    """Documents read at a time; changes speed and memory alone."""

    def files(self, pair: str) -> tuple[Path]:
        """The model, which is known by its weights."""
        del pair
        return (self.model,)

    def search(self, given: Given) -> Mapping[str, Ranked]:
        """Score the documents of each topic, batch by batch."""
        import torch
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(self.model)
        model = AutoModelForSequenceClassification.from_pretrained(self.model)
        model.to(given.device).eval()
        candidates = {
            topic: list(given.first[topic].documents[: self.top]) if topic in given.first else []
            for topic in given.topics
        }
        texts = given.texts({document for each in candidates.values() for document in each})
        found: dict[str, Ranked] = {}
        for done, (topic, documents) in enumerate(candidates.items(), 1):
            scores: list[float] = []
            for start in range(0, len(documents), self.batch):
                read = [texts[document] for document in documents[start : start + self.batch]]
                tokens = tokenizer(
                    [given.topics[topic]] * len(read),
                    read,
                    truncation=True,
                    max_length=min(self.length, tokenizer.model_max_length),
                    padding=True,
                    return_tensors="pt",
                ).to(given.device)
                with torch.inference_mode():
                    scores += model(**tokens).logits[:, -1].tolist()
            found[topic] = Ranked(documents, np.array(scores, dtype=np.float32))
            given.progress(done, len(candidates))
        return found
