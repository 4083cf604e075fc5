"""OPTICAL: distillation along a transport plan between tokens."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import PlainValidator, TypeAdapter, ValidationError

from clirbench.errors import SuiteError
from clirbench.methods.base import Distillation
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
class Optical(Distillation):
    """Each foreign token is drawn to the English tokens that the cheapest plan pairs it with.

    A reading of the paper's abstract: cost, marginals and solver are recollected or chosen;
    docs/optical.md says which. The plan is held constant: then the gradient of ⟨T, C⟩ with respect to
    C is T, which for an exact plan is the true gradient of the transport cost (envelope theorem).
    """

    name: ClassVar[str] = "optical"
    level: ClassVar[Literal["sentence", "token"]] = "token"
    equation: ClassVar[str] = (
        "mean over pairs of ⟨T, C⟩, C_ij = 1 − cos(t_i, s_j), T the transport plan of C between "
        "uniform marginals, held constant"
    )
    reference: ClassVar[str] = "Huang, Yu & Allan, WSDM 2023, arXiv 2301.12566"

    solver: Annotated[Solver, PlainValidator(_solver)] = IPOT()
    """Maker of the plan; IPOT is recollected from the paper, unverified, its settings are UNITER's."""

    def loss(self, student: Vectors, teacher: Vectors) -> Tensor:
        """Mean transport cost of the batch."""
        cost = cosine_cost(teacher.tokens, student.tokens)  # (B, n, m)
        transport = plan(cost.detach(), uniform(teacher.mask), uniform(student.mask), self.solver)
        return transport_cost(transport, cost).mean()
