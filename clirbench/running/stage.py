"""Stages: units of work that cells share, identified by what changes their numbers."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from clirbench.artifacts.meter import Meter
from clirbench.data.base import JSON, Download, Fetch, Source
from clirbench.data.own import checksum
from clirbench.errors import DataError, SuiteError
from clirbench.models.folder import check_weights, loaded_files
from clirbench.models.hub import Model
from clirbench.running.last import LastEncoder
from clirbench.spec.identity import canonical, digest

if TYPE_CHECKING:
    from clirbench.models.memory import MicroBatches
    from clirbench.training.loop import Checkpoint, GoingOn

__all__ = ["Context", "Data", "Pin", "Progress", "Stage", "checksums", "content_of", "data", "walk"]

Pin = Callable[[Download], Download]
"""Gives a download with its checksum, where that is known."""
Progress = Callable[[int, int, str], None]
"""Steps done, steps in all, and a short note such as the loss."""


@dataclass(frozen=True, kw_only=True)
class Data:
    """A source, with the checksums of what it will be read from."""

    source: Source
    checksums: JSON


def data(source: Source, *languages: str, pin: Pin | None = None) -> Data:
    """Describe what a source gives for some languages.

    Args:
        source: the source.
        languages: whose files are meant.
        pin: gives what a lock file knows of an unpinned file. A checksum that is not known yet is
            null, as it is in no artifact.

    Raises:
        DataError: a file of the user's is missing.
    """
    checksums: JSON = {
        language: [
            [(pin(d) if pin else d).sha256 for d in source.downloads(language)],
            source.content(language),
        ]
        for language in languages
    }
    return Data(source=source, checksums=checksums)


def checksums(name: str, key: str) -> JSON:
    """Checksum of a file, or those of a local model's files; None for a hub id.

    Raises:
        SuiteError: a model's weights are not safetensors; tells the `key` that names it.
    """
    path = Path(name)
    if path.is_file():
        return checksum(path)
    if not path.is_dir():
        return None
    try:
        check_weights(path)
    except DataError as error:
        raise SuiteError(f"{key}: {error}") from error
    return {file.relative_to(path).as_posix(): checksum(file) for file in loaded_files(path)}


def content_of(file: Path, key: str) -> JSON:
    """What a file or folder of the user's is known by.

    Raises:
        DataError: it is not there; tells the `key` that names it.
        SuiteError: as `checksums`.
    """
    if (found := checksums(str(file), key)) is None:
        raise DataError(f"{key}: no file {file}")
    return found


def _now(value: Any) -> Any:  # noqa: ANN401 - a field of any stage
    """A field by the user's files as they are now; the same object where there is none in it."""
    if isinstance(value, Data):
        found = {
            language: [pins, value.source.content(language)]
            for language, (pins, _) in cast("dict[str, list[JSON]]", value.checksums).items()
        }
        same = found == value.checksums
        return value if same else replace(value, checksums=cast("JSON", found))
    if isinstance(value, tuple):
        items = tuple(map(_now, value))
        return value if all(a is b for a, b in zip(items, value, strict=True)) else items
    return value


def _no_progress(done: int, total: int, note: str) -> None:
    del done, total, note


def _unheard(text: str) -> None:
    del text


def _never() -> bool:
    return False


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a stage may use without changing its numbers."""

    fetch: Fetch
    device: str = "cpu"
    progress: Progress = _no_progress
    """To be called after every batch; it raises KeyboardInterrupt when the process is to stop."""
    says: Callable[[str], None] = _unheard
    """For what the user should know, such as that memory ran out."""
    stopping: Callable[[], bool] = _never
    """Whether the process is asked to stop: time for a last checkpoint."""
    checkpoint_every: float = 600.0
    """Seconds of training between checkpoints."""
    tensorboard: Path | None = None
    """Folder that the steps of the stage's training are written to, for TensorBoard; None: nowhere."""
    meter: Meter = field(default_factory=Meter)
    """Measures the stage."""
    checkpoint: Checkpoint | None = None
    """Where the stage's training goes on, and is saved."""
    micro_batches: MicroBatches | None = None
    """Into how many parts batches are cut, for all stages of this process."""
    last: LastEncoder = field(default_factory=LastEncoder)
    """For stages that only read with an encoder, of this process."""

    @property
    def going_on(self) -> GoingOn:
        """How the stage's training goes on."""
        return {"checkpoint": self.checkpoint, "micro_batches": self.micro_batches}

    def counted(self, done: int, total: int) -> None:
        """Progress without a note."""
        self.progress(done, total, "")


@dataclass(frozen=True, kw_only=True)
class Stage(ABC):
    """A unit of work. Its fields are its settings; those that are stages are its inputs."""

    kind: ClassVar[str]
    version: ClassVar[int] = 1
    """To be raised when the same settings come to give other numbers."""
    transient: ClassVar[bool] = False
    """Whether the artifact is dropped once everything made from it is done."""
    optional: ClassVar[frozenset[str]] = frozenset()
    """Files of the artifact that may be taken away, such as those too large for version control."""
    neutral: ClassVar[Mapping[str, object]] = {}
    """As a method's: fields that came later than others, with the values at which they are no part of
    the identity, so that what was made before they came is still known."""
    on_device: ClassVar[bool] = True
    """Whether the work is done on the GPU where there is one."""
    keeps_last: ClassVar[bool] = False
    """Whether the encoder that the process read last may stay in memory during the work."""

    title: str = field(compare=False, default="")
    """For people; no part of the identity."""

    @abstractmethod
    def make(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        """Do the work.

        Args:
            folder: an empty folder to write to.
            inputs: the folders of the inputs, by field name.
            context: data, device and progress.
        """

    def settings(self) -> dict[str, JSON]:
        """What changes the numbers, as JSON; inputs stand there by their identity."""
        values = {name: getattr(self, name) for name in _names(type(self))}
        fields = {
            name: canonical(value)
            for name, value in values.items()
            if name != "title" and not (name in self.neutral and value == self.neutral[name])
        }
        return {"kind": self.kind, "version": self.version, **fields}

    def as_now(self) -> Self:
        """The same stage by the user's files as they are now, with the inputs that it has.

        Raises:
            DataError: a file is missing.
            SuiteError: a model's folder is not whole.
        """
        now = {name: _now(getattr(self, name)) for name in _names(type(self))}
        return replace(
            self, **{key: value for key, value in now.items() if value is not getattr(self, key)}
        )

    @property
    def models(self) -> tuple[Model, ...]:
        """The models of a hub that `make` loads."""
        return ()

    @property
    def reads(self) -> dict[tuple[int, str], Source]:
        """The sources that `make` reads, by themselves and the language."""
        found: dict[tuple[int, str], Source] = {}

        def visit(value: object) -> None:
            if isinstance(value, Data):
                languages = cast("dict[str, JSON]", value.checksums)
                found.update({(id(value.source), each): value.source for each in languages})
            elif isinstance(value, tuple):
                for item in value:
                    visit(item)

        for name in _names(type(self)):
            visit(getattr(self, name))
        return found

    @property
    def inside(self) -> tuple[Stage, ...]:
        """The stages whose work `make` does: this one, and what is made in its course and kept nowhere."""
        return (self,)

    def identity(self) -> str:
        """Hash of the settings."""
        return self._identity

    @cached_property
    def _identity(self) -> str:
        return digest(self.settings())

    @cached_property
    def inputs(self) -> Mapping[str, Stage]:
        """The stages that this one needs, by field name.

        `name.0`, `name.1` for a tuple of them; `name.over` for what that of a name is laid over.
        """
        found: dict[str, Stage] = {}
        for field_name in _names(type(self)):
            value = getattr(self, field_name)
            if isinstance(value, Stage):
                found[field_name] = value
            elif isinstance(value, tuple):
                stages = ((f"{field_name}.{i}", each) for i, each in enumerate(value))
                found |= {name: each for name, each in stages if isinstance(each, Stage)}
        for name, stage in tuple(found.items()):
            if stage.over is not None:
                found[f"{name}.over"] = stage.over
        return found

    @property
    def over(self) -> Stage | None:
        """The stage whose artifact this one's is laid over, so that it is read with it; none: it is whole."""
        return None

    def __str__(self) -> str:
        return f"{self.kind} {self.title}".rstrip()


@cache
def _names(kind: type[Stage]) -> tuple[str, ...]:
    """A plan asks for the fields of 30,000 stages of five kinds."""
    return tuple(each.name for each in dataclasses.fields(kind))


def walk(goals: Iterable[Stage]) -> Iterator[Stage]:
    """Every stage that the goals rest on, each once, inputs first."""
    seen: set[str] = set()

    def visit(stage: Stage) -> Iterator[Stage]:
        if stage.identity() not in seen:
            seen.add(stage.identity())
            for needed in stage.inputs.values():
                yield from visit(needed)
            yield stage

    for goal in goals:
        yield from visit(goal)
