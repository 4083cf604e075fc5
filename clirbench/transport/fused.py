"""Scalings on a processor: all iterations of an item while it lies in the cache, as machine code.

Written as vectors of 64 bytes in LLVM's assembly language and compiled by llvmlite when a process first
asks for it, in some hundredths of a second, so that nothing is kept on disk. Loops in Numba need a
file of code for each machine, and took two to six times as long: sums across a row, in an order that does
not depend on the machine, are not made into vectors there.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from clirbench.transport.assembly import Assembly
from clirbench.transport.parts import flows

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["assembly", "fits", "fused"]

_BYTES = 64
"""Of a vector: one register of AVX-512, two of AVX2, four of other processors."""
_ROWS = 4
"""Rows that are gone through together."""
_ARRAYS = "gibbs", "mass", "source", "target", "row", "column", "sums", "heights", "widths"
_COUNTS = "items", "height", "width", "iterations", "more"
_NONE = "zeroinitializer"


def fits(*tensors: Tensor) -> bool:
    """Whether the machine code can be taken: on the CPU, and where no gradient asks for the steps."""
    return tensors[0].device.type == "cpu" and not flows(*tensors)


def fused(gibbs: Tensor, source: Tensor, target: Tensor, iterations: int, inner: int) -> Tensor:
    """Iterate on the scales r and c of rows and columns, and on the kernel K of the plan T.

        K ← G ∘ max(T, floor);  r ← a / (K c), c ← b / (Kᵀ r), `inner` times;  T ← diag(r) K diag(c)

    with T = 1 and c = 1 at first: algorithm 1 of `ipot`, of which one iteration is `sinkhorn`. An
    item is computed without the padding behind its last row and column, to the bits that it has with
    it, and sums are made in the same order on every processor.

    Args:
        gibbs: G, (B, n, m) float32 or float64, on the CPU; finite at padding.
        source: a, (B, n).
        target: b, (B, m).
        iterations: proximal steps.
        inner: Sinkhorn updates in a step.

    Returns:
        T, (B, n, m), 0 at padding.
    """
    import torch
    from torch.nn.functional import pad

    (size, n, m), bits = gibbs.shape, gibbs.element_size()
    below, right = -n % _ROWS, -m % (_BYTES // bits)
    source, target = pad(source, (0, below)).contiguous(), pad(target, (0, right)).contiguous()
    gibbs = pad(gibbs, (0, right, 0, below)).contiguous()
    mass = torch.zeros_like(gibbs)
    row, column, sums = (torch.empty_like(side[:1]) for side in (source, target, target))
    heights, widths = _lengths(source, _ROWS), _lengths(target, _BYTES // bits)
    arrays = gibbs, mass, source, target, row, column, sums, heights, widths
    code = _compiled(bits)  # held while it runs
    code.call(
        *(each.data_ptr() for each in arrays),
        *gibbs.shape,
        iterations,
        inner - 1,
        torch.finfo(gibbs.dtype).tiny ** 0.5,
    )
    return mass[:size, :n, :m]


def _lengths(mass: Tensor, multiple: int) -> Tensor:
    """Places up to the last that holds mass, rounded up; (B,)."""
    import torch

    last = ((mass > 0) * torch.arange(1, mass.shape[1] + 1)).amax(1)
    return last + -last % multiple


class _Code(NamedTuple):
    call: Any
    """Takes the addresses of the arrays, the counts, and the floor."""
    engine: Any
    """Owns the machine code."""


@cache
def _compiled(bits: int) -> _Code:
    """Compile for this machine, for numbers of so many bytes."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    module = llvm.parse_assembly(assembly(bits))
    module.verify()
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=3
    )
    engine = llvm.create_mcjit_compiler(module, machine)
    engine.finalize_object()
    kinds = [ctypes.c_void_p] * len(_ARRAYS) + [ctypes.c_int64] * len(_COUNTS)
    kinds += [{4: ctypes.c_float, 8: ctypes.c_double}[bits]]  # type: ignore[list-item]
    return _Code(ctypes.CFUNCTYPE(None, *kinds)(engine.get_function_address("scale")), engine)


def assembly(bits: int) -> str:
    """The function that `fused` calls, in LLVM's assembly language, for numbers of so many bytes."""
    code = Assembly({4: "float", 8: "double"}[bits], _BYTES // bits)
    code.loop("%items", 1, lambda number: _Item(code, number).solve())
    arrays = [f"ptr noalias %{name}" for name in _ARRAYS]
    counts = [f"i64 %{name}" for name in _COUNTS]
    return code.function("scale", [*arrays, *counts, f"{code.scalar} %floor"])


class _Item:
    """Writes what is done with one item of the batch."""

    def __init__(self, code: Assembly, number: str) -> None:
        self.code = code
        down, across = (code.integer("mul", number, f"%{side}") for side in ("height", "width"))
        cells = code.integer("mul", down, "%width")
        self.gibbs, self.mass = (code.address(f"%{name}", cells) for name in ("gibbs", "mass"))
        self.source, self.target = code.address("%source", down), code.address("%target", across)
        self.rows, self.columns = code.whole("%heights", number), code.whole("%widths", number)

    def solve(self) -> None:
        """Everything from first to last."""
        self.code.loop(self.columns, self.code.lanes, self._first_scales)
        self.code.loop(self.rows, _ROWS, self._first_rows)
        self.code.loop("%iterations", 1, self._iterate)
        self.code.loop(self.rows, 1, self._finish)

    def _first_scales(self, at: str) -> None:
        """1 where a column holds mass."""
        test, ones = f"ogt {self.code.load(self.target, at)}, {_NONE}", self.code.spread("1.0")
        self.code.store(self.code.choose(test, ones, _NONE), "%column", at)

    def _first_rows(self, at: str) -> None:
        """1 everywhere."""
        self.code.store(self.code.spread("1.0", _ROWS), "%row", at, _ROWS)
        ones = self.code.spread("1.0")
        for line in self._lines(self.mass, at):
            self.code.loop(
                self.columns,
                self.code.lanes,
                lambda place, line=line: self.code.store(ones, line, place),
            )

    def _iterate(self, _: str) -> None:
        self._update(step=True)
        self.code.loop("%more", 1, lambda _: self._update(step=False))

    def _finish(self, at: str) -> None:
        """Make the plan of the kernel."""
        line = self.code.address(self.mass, self.code.integer("mul", at, "%width"))
        scale = self.code.spread(self.code.number("%row", at))

        def finish(place: str) -> None:
            scaled = self.code.compute("fmul", self.code.load(line, place), scale)
            scaled = self.code.compute("fmul", scaled, self.code.load("%column", place))
            self.code.store(scaled, line, place)

        self.code.loop(self.columns, self.code.lanes, finish)

    def _update(self, *, step: bool) -> None:
        """Scale the rows, then the columns; before, if it is a step, make the kernel anew.

        The kernel is gone through once: four rows are summed, scaled, and added to the columns' sums
        while they are at hand.
        """
        code, lanes = self.code, self.code.lanes

        def scale_columns(at: str) -> None:
            mass = code.load(self.target, at)
            scaled = code.compute("fdiv", mass, code.load("%sums", at))
            code.store(code.choose(f"oeq {mass}, {_NONE}", _NONE, scaled), "%column", at)

        code.loop(self.columns, lanes, lambda at: code.store(_NONE, "%sums", at))
        code.loop(self.rows, _ROWS, lambda at: self._rows(at, step=step))
        code.loop(self.columns, lanes, scale_columns)

    def _rows(self, at: str, *, step: bool) -> None:
        code, lines = self.code, self._lines(self.mass, at)
        gibbs = self._lines(self.gibbs, at)
        before = [code.spread(code.number("%row", each)) for each in self._following(at)]
        floor = code.spread("%floor")

        def kernel(line: str, place: str, row: int, column: str) -> str:
            own = code.load(line, place)
            if step:
                moved = code.compute("fmul", code.compute("fmul", own, before[row]), column)
                # NaN stays NaN.
                moved = code.choose(f"olt {moved}, {floor}", floor, moved)
                own = code.compute("fmul", code.load(gibbs[row], place), moved)
                code.store(own, line, place)
            return own

        def across(place: str, *sums: str) -> list[str]:
            column = code.load("%column", place)
            return [
                code.compute("fadd", sums[row], code.compute("fmul", own, column))
                for row, line in enumerate(lines)
                for own in [kernel(line, place, row, column)]
            ]

        sums = code.loop(self.columns, code.lanes, across, *[_NONE] * _ROWS)
        mass = code.load(self.source, at, _ROWS)
        scaled = code.compute("fdiv", mass, self._total(sums), _ROWS)
        scaled = code.choose(f"oeq {mass}, {_NONE}", _NONE, scaled, _ROWS)
        code.store(scaled, "%row", at, _ROWS)
        after = [code.shuffle(scaled, "poison", [row] * code.lanes, _ROWS) for row in range(_ROWS)]

        def down(place: str) -> None:
            first, second, third, fourth = (
                code.compute("fmul", code.load(line, place), scale)
                for line, scale in zip(lines, after, strict=True)
            )
            own = code.compute(
                "fadd", code.compute("fadd", first, second), code.compute("fadd", third, fourth)
            )
            code.store(code.compute("fadd", code.load("%sums", place), own), "%sums", place)

        code.loop(self.columns, code.lanes, down)

    def _total(self, vectors: Sequence[str]) -> str:
        """The sums of vectors: upper halves are added to lower ones, down to one number of each."""
        parts, each, length = list(vectors), 1, self.code.lanes
        while length > 1:
            if len(parts) > 1:  # two become one, so that vectors stay full
                pairs = zip(parts[::2], parts[1::2], strict=True)
                parts = [self._halved(one, other, 2 * each, length) for one, other in pairs]
                each *= 2
            else:
                parts = [self._halved(parts[0], "poison", each, length)]
            length //= 2
        return parts[0]

    def _halved(self, one: str, other: str, count: int, length: int) -> str:
        """Fold each of the `count` sums, `length` numbers long, that two vectors hold together."""
        half = length // 2
        lower = [length * each + place for each in range(count) for place in range(half)]
        upper = [place + half for place in lower]
        lanes = count * length if other == "poison" else count * length // 2
        return self.code.compute(
            "fadd",
            self.code.shuffle(one, other, lower, lanes),
            self.code.shuffle(one, other, upper, lanes),
            len(lower),
        )

    def _following(self, at: str) -> list[str]:
        """The numbers of the rows that are gone through together."""
        return [self.code.integer("add", at, row) for row in range(_ROWS)]

    def _lines(self, array: str, at: str) -> list[str]:
        """Where each of these rows begins."""
        starts = (self.code.integer("mul", row, "%width") for row in self._following(at))
        return [self.code.address(array, start) for start in starts]
