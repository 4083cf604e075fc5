"""A few lines of LLVM's assembly language at a time: loops over vectors of numbers."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence

__all__ = ["Assembly"]

_EXPONENTIAL = {
    "float": (23, 127, 7, -87.0, (0.693359375, -2.12194440e-4)),
    "double": (52, 1023, 13, -708.0, (6.93145751953125e-1, 1.42860682030941723212e-6)),
}
"""Places of a number's fraction, bias of its exponent, terms of the series for up to half the
logarithm of 2, the power below which numbers are not full, and that logarithm in two parts (Moshier,
Cephes)."""


class Assembly:
    """The body of a function without branches but loops, as it grows.

    A value is the name of what an instruction gave. Every instruction has one meaning on every
    processor: additions are done in the order written, and no product is fused with a sum.

    Args:
        scalar: type of the numbers, `float` or `double`.
        lanes: numbers in a vector.
    """

    def __init__(self, scalar: str, lanes: int) -> None:
        self.scalar = scalar
        self.lanes = lanes
        self.vector = f"<{lanes} x {scalar}>"
        self._lines: list[str] = []
        self._block = "entry"
        self._count = 0

    def function(self, name: str, arguments: Sequence[str]) -> str:
        """The whole function."""
        body = "\n".join(self._lines)
        read = f"@llvm.masked.load.v{self.lanes}f{512 // self.lanes}.p0"
        return (
            f"declare {self.vector} {read}(ptr, i32, <{self.lanes} x i1>, {self.vector})\n"
            f"define void @{name}({', '.join(arguments)}) {{\nentry:\n{body}\nret void\n}}\n"
        )

    def value(self, instruction: str) -> str:
        """Write an instruction; gives the name of its value."""
        name = f"%value{self._number()}"
        self._lines.append(f"{name} = {instruction}")
        return name

    def integer(self, operation: str, one: str, other: str | int) -> str:
        """`add` or `mul` of whole numbers."""
        return self.value(f"{operation} i64 {one}, {other}")

    def smaller(self, one: str, other: str) -> str:
        """The smaller of two whole numbers."""
        held = self.value(f"icmp slt i64 {one}, {other}")
        return self.value(f"select i1 {held}, i64 {one}, i64 {other}")

    def compute(self, operation: str, one: str, other: str, lanes: int | None = None) -> str:
        """`fadd`, `fsub`, `fmul` or `fdiv` of vectors."""
        return self.value(f"{operation} {self._type(lanes)} {one}, {other}")

    def choose(self, test: str, yes: str, no: str, lanes: int | None = None) -> str:
        """Number by number `yes` where `test`, as "oeq a, b", holds, else `no`."""
        kind = self._type(lanes)
        comparison, operands = test.split(" ", 1)
        held = self.value(f"fcmp {comparison} {kind} {operands}")
        return self.value(f"select <{lanes or self.lanes} x i1> {held}, {kind} {yes}, {kind} {no}")

    def shuffle(self, one: str, other: str, places: Sequence[int], lanes: int) -> str:
        """A vector of what stands at `places` in two vectors, the second after the first."""
        mask = ", ".join(f"i32 {place}" for place in places)
        kind = self._type(lanes)
        return self.value(
            f"shufflevector {kind} {one}, {kind} {other}, <{len(places)} x i32> <{mask}>"
        )

    def constant(self, number: float) -> str:
        """A vector full of a number that is known now, rounded to the type."""
        if self.scalar == "float":
            (number,) = struct.unpack("f", struct.pack("f", number))
        (bits,) = struct.unpack("<Q", struct.pack("<d", number))
        return f"<{', '.join([f'{self.scalar} 0x{bits:016X}'] * self.lanes)}>"

    def exponential(self, power: str) -> str:
        """Exponentials of numbers, to the last digits; 0 where the type has no full number."""
        bits = 512 // self.lanes
        places, bias, terms, lowest, (upper, lower) = _EXPONENTIAL[self.scalar]
        whole = f"<{self.lanes} x i{bits}>"

        def spread(number: int) -> str:
            return f"<{', '.join([f'i{bits} {number}'] * self.lanes)}>"

        least = self.constant(lowest)
        power = self.choose(f"olt {power}, {least}", least, power)
        # The nearest whole number k of powers of 2 stands in the last places of a number this large.
        large = self.constant(1.5 * 2**places)
        twos = self.compute("fmul", power, self.constant(1 / math.log(2)))
        shifted = self.compute("fadd", twos, large)
        count = self.compute("fsub", shifted, large)
        rest = power
        for part in (upper, lower):  # of the logarithm of 2: k times the upper part is exact
            rest = self.compute("fsub", rest, self.compute("fmul", count, self.constant(part)))
        total = self.constant(1 / math.factorial(terms))
        for term in reversed(range(terms)):
            total = self.compute("fmul", total, rest)
            total = self.compute("fadd", total, self.constant(1 / math.factorial(term)))
        pattern = self.value(f"bitcast {self.vector} {shifted} to {whole}")
        pattern = self.value(f"shl {whole} {pattern}, {spread(places)}")
        pattern = self.value(f"add {whole} {pattern}, {spread(bias << places)}")
        scale = self.value(f"bitcast {whole} {pattern} to {self.vector}")
        found = self.compute("fmul", total, scale)
        return self.choose(f"ole {power}, {least}", "zeroinitializer", found)

    def spread(self, scalar: str, lanes: int | None = None) -> str:
        """A vector full of one number."""
        kind, lanes = self._type(lanes), lanes or self.lanes
        first = self.value(f"insertelement {kind} poison, {self.scalar} {scalar}, i64 0")
        return self.shuffle(first, "poison", [0] * lanes, lanes)

    def address(self, base: str, index: str, kind: str | None = None) -> str:
        """Where the number of that index lies."""
        return self.value(f"getelementptr {kind or self.scalar}, ptr {base}, i64 {index}")

    def load(self, base: str, index: str, lanes: int | None = None) -> str:
        """Read a vector."""
        return self._read(self._type(lanes), self.address(base, index))

    def load_where(self, held: str, base: str, index: str) -> str:
        """Read the numbers of a vector where `held` is above 0; nothing else is read, and is 0."""
        bits = 512 // self.lanes
        test = self.value(f"fcmp ogt {self.vector} {held}, zeroinitializer")
        return self.value(
            f"call {self.vector} @llvm.masked.load.v{self.lanes}f{bits}.p0("
            f"ptr {self.address(base, index)}, i32 4, <{self.lanes} x i1> {test},"
            f" {self.vector} zeroinitializer)"
        )

    def number(self, base: str, index: str) -> str:
        """Read one number."""
        return self._read(self.scalar, self.address(base, index))

    def whole(self, base: str, index: str) -> str:
        """Read one whole number."""
        return self.value(f"load i64, ptr {self.address(base, index, 'i64')}")

    def store(self, vector: str, base: str, index: str, lanes: int | None = None) -> None:
        """Write a vector."""
        place = self.address(base, index)
        self._lines.append(f"store {self._type(lanes)} {vector}, ptr {place}, align 4")

    def store_number(self, number: str, base: str, index: str) -> None:
        """Write one number."""
        place = self.address(base, index)
        self._lines.append(f"store {self.scalar} {number}, ptr {place}, align 4")

    def loop(
        self,
        stop: str,
        step: int,
        body: Callable[..., Sequence[str] | None],
        *carried: str,
    ) -> list[str]:
        """Run `body` for 0, `step`, 2 `step`, … below `stop`.

        Args:
            stop: end of the index.
            step: what it grows by.
            body: writes what is done, from the index and the vectors carried so far; gives the
                vectors that the next round gets.
            carried: what the first round gets.

        Returns:
            The vectors that the last round gave.
        """
        number, before = self._number(), self._block
        index = f"%index{number}"
        names = [f"%carried{number}.{each}" for each in range(len(carried))]
        self._begin(f"head{number}")
        head = len(self._lines)
        go = self.value(f"icmp slt i64 {index}, {stop}")
        self._lines.append(f"br i1 {go}, label %body{number}, label %end{number}")
        self._begin(f"body{number}", entered=True)
        given = body(index, *names) or ()
        following = self.integer("add", index, step)
        after = self._block
        self._lines.append(f"br label %head{number}")
        phis = [f"{index} = phi i64 [0, %{before}], [{following}, %{after}]"]
        phis += [
            f"{name} = phi {self.vector} [{first}, %{before}], [{later}, %{after}]"
            for name, first, later in zip(names, carried, given, strict=True)
        ]
        self._lines[head:head] = phis
        self._begin(f"end{number}", entered=True)
        return names

    def _begin(self, block: str, *, entered: bool = False) -> None:
        if not entered:
            self._lines.append(f"br label %{block}")
        self._lines.append(f"{block}:")
        self._block = block

    def _read(self, kind: str, place: str) -> str:
        return self.value(f"load {kind}, ptr {place}, align 4")

    def _type(self, lanes: int | None) -> str:
        return f"<{lanes} x {self.scalar}>" if lanes else self.vector

    def _number(self) -> int:
        self._count += 1
        return self._count
