"""Another system's encoder, as it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Literal

from clirbench.methods.base import Untrained
from clirbench.models.settings import SCRATCH, Beside, MethodReader, Reader, Teacher
from clirbench.settings import settings
from clirbench.wording import show

__all__ = ["OtherEncoder"]


@settings
class OtherEncoder(Untrained, Beside):
    """A pretrained encoder beside the teacher reads topics and documents, untrained.

    It has an index of its own. So encoders of others, such as LaBSE or multilingual E5, can be
    compared in the same table:

        name = "encoder"
        label = "mE5"
        backbone = "intfloat/multilingual-e5-small"
        interaction = "single"
    """

    name: ClassVar[str] = "encoder"
    needs: ClassVar[str] = "nothing"
    reference: ClassVar[str] = "that of the encoder"
    models: ClassVar[frozenset[str]] = frozenset({"backbone"})

    backbone: str = ""
    """A model hub id or a local folder. Required."""
    interaction: Literal["late", "single"] | None = None
    """late: one vector for each token, compared by MaxSim. single: one vector for each text, see
    `pooling`. Default: as the teacher's."""

    def encoder(self, teacher: Teacher) -> Reader | None:
        """That of `backbone`; none while it is not given."""
        return MethodReader(**self.beside(teacher)) if self.backbone else None

    def faults(self, pairs: Sequence[str]) -> Iterable[tuple[tuple[str | int, ...], str]]:
        """That no model is named."""
        del pairs
        if self.backbone in {"", SCRATCH}:
            yield ("backbone",), f"must name a pretrained model (got {show(self.backbone)})"
