"""A student of a finished cell: an encoder, and a folder for other libraries."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from clirbench.errors import DataError, SuiteError
from clirbench.models.layouts import LAYOUTS, Lengths, layout_for
from clirbench.report.model_card import CardFacts, model_card

if TYPE_CHECKING:
    from torch import Tensor

    from clirbench.models.encoder import Encoder
    from clirbench.models.reading import Side
    from clirbench.results.folder import Folder
    from clirbench.spec.cell import Cell

__all__ = ["Student", "check_output"]


@dataclass(frozen=True, kw_only=True)
class Student:
    """The trained encoder of a finished cell, ready to encode and to be written as a folder."""

    results: Folder
    cell: Cell
    encoder: Encoder
    """The encoder, on the CPU."""
    lengths: Lengths
    """Word pieces that the run read of queries and of documents."""
    trained: bool
    """Whether it was trained or fitted for the cell. Otherwise it is the teacher, or another
    system, unchanged."""
    model: str
    """The pretrained model that it comes from."""
    hub: str | None
    """Id of that model, if it is a hub's."""
    teacher: str
    """The model that reads English."""
    suite: Path | None = None
    """The suite file that was named; None: the copy in the results."""
    note: str = ""
    """What a user must know about it; empty if it is the student of the run, bit for bit."""

    def encode(self, texts: Sequence[str], side: Side = "query") -> list[Tensor]:
        """Vectors of texts, each (n, d) and of unit length: one a token, or just one.

        Args:
            texts: the texts.
            side: query, or passage.
        """
        length = self.lengths.query if side == "query" else self.lengths.document
        found = self.encoder.encode(texts, length, side=side)
        return [found.vectors[a:b] for a, b in pairwise(found.offsets.tolist())]

    def export(self, output: Path | str, layout: str | None = None) -> Path:
        """Write a folder that another library loads the model from, with a model card.

        Args:
            output: the folder, which must not be there, or be empty.
            layout: transformers, sentence-transformers or pylate; None: pylate for late interaction, else
                sentence-transformers.

        Raises:
            SuiteError: there is no such layout.
            DataError: the layout cannot express the model, or the folder cannot be written.
        """
        from safetensors import SafetensorError

        output, name = Path(output), layout or layout_for(self.encoder)
        if name not in LAYOUTS:
            raise SuiteError(f'no layout "{name}"; known: {", ".join(LAYOUTS)}')
        check_output(output)
        LAYOUTS[name].check(self.encoder, self.lengths)
        try:
            output.parent.mkdir(parents=True, exist_ok=True)
            folder = Path(tempfile.mkdtemp(prefix=f".{output.name}-", dir=output.parent))
        except OSError as error:
            raise DataError(f"{output}: cannot be written: {error.strerror}") from error
        try:
            folder.chmod(0o755)
            code = LAYOUTS[name].write(self.encoder, folder, self.lengths)
            card = model_card(self.results, self.cell, self._facts(output, name, code))
            (folder / "README.md").write_text(card, encoding="utf-8")
            folder.rename(output)
        except (OSError, SafetensorError) as error:
            raise DataError(f"{output}: cannot be written: {error}") from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return output

    def _facts(self, output: Path, layout: str, code: str) -> CardFacts:
        given = f" --suite {self.suite}" if self.suite else ""
        command = f"clirbench export-student {self.results.path} {self.cell} --output {output}"
        return CardFacts(
            layout=layout,
            code=code,
            command=f"{command} --layout {layout}{given}",
            model=self.model,
            hub=self.hub,
            teacher=self.teacher,
            trained=self.trained,
            reading=self.encoder.note,
            interaction=self.encoder.interaction,
            size=self.encoder.size,
            query_length=self.lengths.query,
            document_length=self.lengths.document,
            note=self.note,
        )


def check_output(output: Path) -> None:
    """Refuse a place that holds something.

    Raises:
        DataError: it does.
    """
    if output.exists() and not output.is_dir():
        raise DataError(f"{output}: is a file; name a new folder")
    if output.is_dir() and any(output.iterdir()):
        raise DataError(f"{output}: the folder is not empty; name a new one, or delete its content")
