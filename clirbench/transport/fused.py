"""Scalings on a processor: all iterations of an item while it lies in the cache, as machine code.

Written as vectors of 64 bytes in LLVM's assembly language and compiled by llvmlite when a process first
asks for it, in some hundredths of a second, so that nothing is kept on disk. In Numba, which would keep
its code there, sums across a row in an order that does not depend on the machine are not made into
vectors, and a plan takes several times as long.
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

__all__ = ["assembly", "fits", "fused", "machine_code"]

_BYTES = 64
"""Of a vector: one register of AVX-512, two of AVX2, four of other processors."""
_ROWS = 4
"""Rows that are gone through together."""
_ARRAYS = (
    *("cost", "mass", "source", "target", "heights", "widths"),
    *("row", "column", "sums", "gibbs", "kernel"),
)
_COUNTS = "items", "n", "m", "height", "width", "iterations", "more"
_NONE = "zeroinitializer"


def fits(*tensors: Tensor) -> bool:
    """Whether the machine code can be taken: on the CPU, and where no gradient asks for the steps."""
    return tensors[0].device.type == "cpu" and not flows(*tensors)


def fused(
    cost: Tensor, source: Tensor, target: Tensor, *, unit: float, iterations: int, inner: int
) -> Tensor:
    """Iterate on the scales r and c of rows and columns, and on the kernel K of the plan T.

        K ← G ∘ max(T, floor);  r ← a / (K c), c ← b / (Kᵀ r), `inner` times;  T ← diag(r) K diag(c)

    with T = 1 and c = 1 at first, G = exp(-C / unit): algorithm 1 of `ipot`, of which one iteration
    is `sinkhorn`. An item is computed without the padding behind its last row and column, to the bits
    that it has with it, and sums are made in the same order on every processor.

    Args:
        cost: C, (B, n, m) float32 or float64, on the CPU; anything where a mass is 0.
        source: a, (B, n).
        target: b, (B, m).
        unit: what costs are divided by.
        iterations: proximal steps.
        inner: Sinkhorn updates in a step.

    Returns:
        T, (B, n, m), 0 where a mass is 0.
    """
    import torch
    from torch.nn.functional import pad

    (size, n, m), bits = cost.shape, cost.element_size()
    lanes = _BYTES // bits
    source, target = pad(source, (0, -n % _ROWS)), pad(target, (0, -m % lanes))
    height, width = source.shape[1], target.shape[1]
    mass = cost.new_zeros(size * n * m + lanes)  # a vector may end behind the last row
    arrays = (
        *(cost, mass, source, target, _lengths(source, _ROWS), _lengths(target, lanes)),
        *(cost.new_empty(each) for each in (height, width, width, *[height * width] * 2)),
    )
    arrays = tuple(each.contiguous() for each in arrays)
    code = _compiled(bits)  # held while it runs
    code.call(
        *(each.data_ptr() for each in arrays),
        *(size, n, m, height, width, iterations, inner - 1),
        *(-unit, torch.finfo(cost.dtype).tiny ** 0.5),
    )
    return mass[: size * n * m].view(size, n, m)


def _lengths(mass: Tensor, multiple: int) -> Tensor:
    """Places up to the last that holds mass, rounded up; (B,)."""
    import torch

    last = ((mass > 0) * torch.arange(1, mass.shape[1] + 1)).amax(1)
    return last + -last % multiple


class _Code(NamedTuple):
    call: Any
    """Takes the addresses of the arrays, the counts, what costs are divided by, and the floor."""
    engine: Any
    """Owns the machine code."""


@cache
def _compiled(bits: int) -> _Code:
    """Compile for this machine, for numbers of so many bytes."""
    engine = machine_code(assembly(bits))
    kinds = [ctypes.c_void_p] * len(_ARRAYS) + [ctypes.c_int64] * len(_COUNTS)
    kinds += [{4: ctypes.c_float, 8: ctypes.c_double}[bits]] * 2  # type: ignore[list-item]
    return _Code(ctypes.CFUNCTYPE(None, *kinds)(engine.get_function_address("scale")), engine)


def machine_code(text: str) -> Any:  # noqa: ANN401 - llvmlite has no types
    """Make machine code of assembly language; it lives as long as what is given."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    module = llvm.parse_assembly(text)
    module.verify()
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=3
    )
    engine = llvm.create_mcjit_compiler(module, machine)
    engine.finalize_object()
    return engine


def assembly(bits: int) -> str:
    """The function that `fused` calls, in LLVM's assembly language, for numbers of so many bytes."""
    code = Assembly({4: "float", 8: "double"}[bits], _BYTES // bits)
    code.loop("%items", 1, lambda number: _Item(code, number).solve())
    arrays = [f"ptr noalias %{name}" for name in _ARRAYS]
    counts = [f"i64 %{name}" for name in _COUNTS]
    numbers = [f"{code.scalar} %{name}" for name in ("divisor", "floor")]
    return code.function("scale", [*arrays, *counts, *numbers])


class _Item:
    """Writes what is done with one item of the batch."""

    def __init__(self, code: Assembly, number: str) -> None:
        self.code = code
        cells = code.integer("mul", code.integer("mul", number, "%n"), "%m")
        self.cost, self.mass = (code.address(f"%{name}", cells) for name in ("cost", "mass"))
        self.source = code.address("%source", code.integer("mul", number, "%height"))
        self.target = code.address("%target", code.integer("mul", number, "%width"))
        self.rows, self.columns = code.whole("%heights", number), code.whole("%widths", number)

    def solve(self) -> None:
        """Everything from first to last."""
        self.code.loop(self.columns, self.code.lanes, self._first_column)
        self.code.loop(self.rows, 1, self._first_row)
        self.code.loop("%iterations", 1, self._iterate)
        self.code.loop(self.code.smaller(self.rows, "%n"), 1, self._finish)

    def _first_column(self, at: str) -> None:
        """1 where there is mass."""
        test, ones = f"ogt {self.code.load(self.target, at)}, {_NONE}", self.code.spread("1.0")
        self.code.store(self.code.choose(test, ones, _NONE), "%column", at)

    def _first_row(self, at: str) -> None:
        """The plan is 1; G is 0 where there is no mass, whatever the cost."""
        code = self.code
        cost, gibbs, kernel = (self._line(name, at) for name in ("cost", "gibbs", "kernel"))
        mass, ones = code.spread(code.number(self.source, at)), code.spread("1.0")
        divisor = code.spread("%divisor")
        code.store_number("1.0", "%row", at)

        def make(place: str) -> None:
            held = code.choose(f"ogt {mass}, {_NONE}", code.load("%column", place), _NONE)
            power = code.compute("fdiv", code.load_where(held, cost, place), divisor)
            value = code.choose(f"ogt {held}, {_NONE}", code.exponential(power), _NONE)
            code.store(value, gibbs, place)
            code.store(ones, kernel, place)

        code.loop(self.columns, code.lanes, make)

    def _iterate(self, _: str) -> None:
        self._update(step=True)
        self.code.loop("%more", 1, lambda _: self._update(step=False))

    def _finish(self, at: str) -> None:
        """Make the plan of the kernel. What a vector writes behind a row is 0, and written over."""
        code, kernel, line = self.code, self._line("kernel", at), self._line("mass", at)
        scale = code.spread(code.number("%row", at))

        def finish(place: str) -> None:
            scaled = code.compute("fmul", code.load(kernel, place), scale)
            code.store(code.compute("fmul", scaled, code.load("%column", place)), line, place)

        code.loop(self.columns, code.lanes, finish)

    def _line(self, array: str, row: str) -> str:
        """Where a row begins: of what came and goes, or of the padded copies."""
        base, length = {
            "cost": (self.cost, "%m"),
            "mass": (self.mass, "%m"),
            "gibbs": ("%gibbs", "%width"),
            "kernel": ("%kernel", "%width"),
        }[array]
        return self.code.address(base, self.code.integer("mul", row, length))

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
        code = self.code
        following = [code.integer("add", at, row) for row in range(_ROWS)]
        lines = [self._line("kernel", each) for each in following]
        gibbs = [self._line("gibbs", each) for each in following]
        before = [code.spread(code.number("%row", each)) for each in following]
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
            upper, lower = code.compute("fadd", first, second), code.compute("fadd", third, fourth)
            total = code.compute(
                "fadd", code.load("%sums", place), code.compute("fadd", upper, lower)
            )
            code.store(total, "%sums", place)

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
