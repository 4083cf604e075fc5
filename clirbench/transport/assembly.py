"""A few lines of LLVM's assembly language at a time: loops over vectors of numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

__all__ = ["Assembly"]


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
        return f"define void @{name}({', '.join(arguments)}) {{\nentry:\n{body}\nret void\n}}\n"

    def value(self, instruction: str) -> str:
        """Write an instruction; gives the name of its value."""
        name = f"%value{self._number()}"
        self._lines.append(f"{name} = {instruction}")
        return name

    def integer(self, operation: str, one: str, other: str | int) -> str:
        """`add` or `mul` of whole numbers."""
        return self.value(f"{operation} i64 {one}, {other}")

    def compute(self, operation: str, one: str, other: str, lanes: int | None = None) -> str:
        """`fadd`, `fmul` or `fdiv` of vectors."""
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
