"""OPTICAL: distillation along a transport plan between tokens."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import PlainValidator, TypeAdapter, ValidationError

from clirbench.errors import SuiteError
from clirbench.methods.token_level import TokenLevel
from clirbench.models.vectors import Vectors
from clirbench.settings import settings
from clirbench.transport import Solver, cosine_cost, find, plan, transport_cost, uniform
from clirbench.transport.ipot import IPOT

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Optical"]


def _solver(value: Any) -> Solver:  # noqa: ANN401 - whatever stands in the file
    """Read `"ipot"` or `{ name = "ipot", beta = 0.5 }`."""
    if isinstance(value, Solver):
        return value
    table = {"name": value} if isinstance(value, str) else value
    if not isinstance(table, dict) or not isinstance(table.get("name"), str):
        raise ValueError('expected the name of a solver, or a table with one: { name = "ipot" }')  # noqa: TRY004
    knobs = {key: item for key, item in table.items() if key != "name"}
    try:
        return TypeAdapter(find(table["name"])).validate_json(json.dumps(knobs), strict=True)
    except SuiteError as error:
        raise ValueError(str(error)) from None
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ValueError(f'solver "{table["name"]}": {"; ".join(faults)}') from None


@settings
class Optical(TokenLevel):
    """Each foreign token is drawn to the English tokens that the cheapest plan pairs it with.

    This is a reading of the paper's abstract. Cost, marginals and solver are recalled or chosen;
    docs/optical.md says which. The plan is held constant, so the gradient of ⟨T, C⟩ with respect to
    C is T. For an exact plan that is the true gradient of the transport cost (envelope theorem).
    """

    name: ClassVar[str] = "optical"
    neutral: ClassVar[Mapping[str, object]] = {**TokenLevel.neutral, "marginals": "uniform"}
    equation: ClassVar[str] = (
        "mean over pairs of ⟨T, C⟩, C_ij = 1 − cos(t_i, s_j), T the transport plan of C between "
        "uniform or other marginals, held constant"
    )
    reference: ClassVar[str] = "Huang, Yu & Allan, WSDM 2023, arXiv 2301.12566"

    solver: Annotated[Solver, PlainValidator(_solver)] = IPOT()
    """The solver that makes the plan. IPOT is recalled from the paper, unverified; its settings are
    UNITER's."""

    marginals: Literal["uniform", "norm", "idf"] = "uniform"
    """How much mass each token has. uniform: the same for all tokens of a sentence. norm: the
    length of its vector (word rotator's distance, Yokoi et al., EMNLP 2020). idf: more for rarer
    tokens, ln(1 + N / df) over the N sentences of its own side of the bitext (after MoverScore,
    Zhao et al., EMNLP 2019)."""

    @property
    def needs_units(self) -> bool:
        """Whether it compares words, or weighs by rarity."""
        return self.marginals == "idf" or super().needs_units

    def faults(self, pairs: Sequence[str]) -> Iterable[tuple[tuple[str | int, ...], str]]:
        """That marginals have no part in the plan."""
        del pairs
        if self.marginals != "uniform" and not self.solver.weighs:
            yield (
                ("marginals",),
                f'"{self.solver.name}" gives every match the same mass; leave `marginals` out',
            )

    def masses(self, side: Vectors) -> Tensor:
        """What each token has to move, (B, n), to be scaled to sum 1; 0 at padding."""
        if self.marginals == "uniform":
            return uniform(side.mask)
        if self.marginals == "norm":
            lengths: Tensor = side.tokens.detach().norm(dim=-1)
            return lengths.masked_fill(~side.mask, 0)
        if side.units is None:
            raise ValueError("the frequencies of tokens are not known")
        return side.units.idf.masked_fill(~side.mask, 0)

    def loss(self, student: Vectors, teacher: Vectors) -> Tensor:
        """Mean transport cost of the batch."""
        teacher, student = self.compared(teacher), self.compared(student)
        cost = cosine_cost(teacher.tokens, student.tokens)  # (B, n, m)
        transport = plan(cost.detach(), self.masses(teacher), self.masses(student), self.solver)
        return transport_cost(transport, cost).mean()
