"""Transport plans between the tokens of two sentences.

A plan T is a matrix of masses: T_ij of what source token i has goes to target token j. In
distillation the source is the teacher's sentence and the target the student's. The solvers form a
ladder: each leaves one thing out of, or adds one thing to, the exact problem

    min ⟨T, C⟩  such that  T1 = a,  Tᵀ1 = b,  T ≥ 0,

so that what a method gains can be traced to a rung. With nearest ≤ exact ≤ product in ⟨T, C⟩:

    product       no use of the cost: sentence-level distillation of mean-pooled vectors
    attention     one marginal dropped, blurred
    nearest       one marginal dropped: every token to its cheapest
    greedy        one to one, cheapest cell first: DR.DECR's matching
    sinkhorn      both marginals, blurred
    ipot          both marginals, sharp, batched
    exact         both marginals, by network simplex
    partial       a share of the mass stays where it is
    unbalanced    marginals held softly
"""

from __future__ import annotations

from clirbench.transport.base import Solver
from clirbench.transport.costs import cosine_cost, transport_cost
from clirbench.transport.marginals import uniform
from clirbench.transport.plans import plan
from clirbench.transport.registry import SOLVERS, find

__all__ = [
    "SOLVERS",
    "Solver",
    "cosine_cost",
    "find",
    "plan",
    "transport_cost",
    "uniform",
]
