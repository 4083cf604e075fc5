"""A results folder, read back."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clirbench.artifacts.record import RECORD
from clirbench.data.base import JSON
from clirbench.errors import DataError, StatisticsError
from clirbench.files import parse_json
from clirbench.results.cells import Cells, Key, Means, read_cells, topic_means
from clirbench.results.choices import Choice, read_choice
from clirbench.results.clusters import Clusters, read_clusters
from clirbench.results.environment import read_environments
from clirbench.results.events import Event, read_events
from clirbench.results.names import (
    ANALYSIS,
    BITEXT,
    CELLS,
    COMPARISONS,
    COSTS,
    NOTES,
    PLANS,
    RUN,
    SETTINGS,
    SUITE,
    TRAINING_LOG,
    TUNING,
)
from clirbench.results.reading import (
    AGAIN,
    as_text,
    changed,
    check_folder,
    read_bytes,
    read_json,
    read_object,
)
from clirbench.results.restore import restored_suite
from clirbench.results.training import TrainingStep
from clirbench.results.writing import BASIS_FORMAT, FORMAT, settings_hash
from clirbench.spec.cell import Cell, cells
from clirbench.spec.model import Suite
from clirbench.wording import newer

if TYPE_CHECKING:
    from clirbench.statistics import Comparisons

__all__ = ["Folder"]

_LARGE = frozenset({RUN, PLANS})
"""Files of a cell that are left out where a folder is committed or passed on."""


class Folder:
    """A results folder. Each part is read once, when it is first asked for.

    Every part raises DataError if its file is missing or damaged, and says which file and what to do.

    Args:
        path: the folder; no file is read yet.

    Raises:
        DataError: it is something else, or a link in it leads out of it.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        check_folder(self.path)

    @cached_property
    def resolved(self) -> dict[str, JSON]:
        """The settings as the run understood them."""
        settings = self._settings.get("resolved")
        if not isinstance(settings, dict) or not isinstance(settings.get("name"), str):
            raise DataError(f"{self.path / SETTINGS}: not the settings of a run; {AGAIN}")
        return settings

    @cached_property
    def suite(self) -> Suite:
        """The suite as the run understood it, made without the user's files: paths in it are empty."""
        resolved = self.resolved  # whose own errors name the file
        untrained = {path.parent.name for path in (self.path / CELLS).glob(f"*/*/{RECORD}")}
        try:
            return restored_suite(resolved, untrained)
        except DataError as error:
            raise DataError(f"{self.path / SETTINGS}: {error}; {AGAIN}") from error

    @property
    def name(self) -> str:
        """The suite's name."""
        return str(self.resolved["name"])

    @cached_property
    def caption(self) -> str | None:
        """What must be known of all numbers, such as that a part of the documents was searched."""
        caption = self._settings.get("caption")
        return caption if isinstance(caption, str) else None

    @cached_property
    def overrides(self) -> tuple[str, ...]:
        """What was set beside the suite file, such as `training.pairs=500`."""
        overrides = self._settings.get("overrides")
        return tuple(map(str, overrides)) if isinstance(overrides, list) else ()

    @cached_property
    def text(self) -> str:
        """The suite file, verbatim; empty where it is not there."""
        path = self.path / SUITE
        data = path.read_bytes() if path.exists() else b""
        if fault := changed(data, self._settings.get("suite")):
            raise DataError(f"{path}: {fault}; {AGAIN}")
        return data.decode(errors="replace")

    @cached_property
    def environment(self) -> Mapping[str, JSON]:
        """Versions and hardware of the latest run; empty where they were not recorded."""
        found = read_environments(self.path)
        return found[-1] if found else {}

    @cached_property
    def made_with(self) -> Sequence[Mapping[str, JSON]]:
        """Code, packages and processors that the cells which are done rest on, each once; {}: not told."""
        found: list[Mapping[str, JSON]] = []
        for record in self.records.values():
            told = record.get("made_with")
            own = [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
            found += [one for one in own or [{}] if one not in found]
        return found

    @cached_property
    def every(self) -> Cells:
        """The scores of each cell that is done, and why the others found here are not."""
        self._check_settings()
        return read_cells(self.path)

    @cached_property
    def cells(self) -> Cells:
        """Those of them whose topics and bitext are as they are: what tables and comparisons are of."""
        return self.every.plain

    @cached_property
    def lacking(self) -> Mapping[Cell, str]:
        """The cells of the suite that are not done, and why."""
        found = self.every
        wanted = (cell for cell in cells(self.suite) if cell not in found.scores)
        return {cell: found.faults.get(cell, "not run") for cell in wanted}

    @cached_property
    def records(self) -> Mapping[Cell, Mapping[str, JSON]]:
        """What the record of each finished cell says."""
        found = {cell: read_json(self.cell(cell) / RECORD) for cell in self.every.scores}
        return {cell: record for cell, record in found.items() if isinstance(record, dict)}

    @cached_property
    def measures(self) -> tuple[Comparisons, ...]:
        """The comparisons by each measure of the suite, the first one first."""
        from clirbench.statistics import from_json

        path = self.path / COMPARISONS
        self._check_settings()
        try:
            data = read_bytes(path)
            if fault := changed(data, self._analysis.get("comparisons")):
                raise DataError(f"{path}: {fault}; {AGAIN}")
            found = from_json(as_text(data, path))
        except StatisticsError as error:
            raise DataError(f"{path}: {str(error).splitlines()[0]}; {AGAIN}") from error
        if not found:
            raise DataError(f"{path}: holds no measure; {AGAIN}")
        return found

    def analysed_text(self, name: str) -> str | None:
        """The text of a file that the latest analysis made beside the comparisons; None: it made none."""
        path, recorded = self.path / name, self._analysis.get(Path(name).stem)
        if recorded is None:
            return None
        data = read_bytes(path)
        if fault := changed(data, recorded):
            raise DataError(f"{path}: {fault}; {AGAIN}")
        return as_text(data, path)

    @cached_property
    def clusters(self) -> Clusters:
        """Which topics belong together."""
        return read_clusters(self.path)

    @cached_property
    def costs(self) -> Mapping[str, Any]:
        """Time, memory and energy, as `costs.json` has them; empty where they were not recorded."""
        found = read_json(self.path / COSTS)
        return found if isinstance(found, dict) else {}

    @cached_property
    def choices(self) -> Sequence[Choice]:
        """What was tuned: a choice for each method and pair; none where nothing was."""
        return tuple(map(read_choice, sorted((self.path / TUNING).glob("*/*.json"))))

    @cached_property
    def bitext(self) -> Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]]:
        """Counts of sentence pairs: pair of languages → cap on the pairs → a table for each source."""
        found: dict[str, dict[str, Any]] = {
            path.stem: read_object(path) for path in sorted((self.path / BITEXT).glob("*.json"))
        }
        return {
            pair: {cap: own for cap, own in caps.items() if isinstance(own, list)}
            for pair, caps in found.items()
        }

    @property
    def own_bitext(self) -> Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]]:
        """Those of them that the suite's own table rests on, and not a sweep alone."""
        return {pair: caps for pair, caps in self.bitext.items() if "~" not in pair}

    @cached_property
    def notes(self) -> Sequence[str]:
        """What the cells say of their numbers, and the doubts about bitext, each once."""
        found: dict[str, None] = {}
        for path in (self.file(cell, NOTES) for cell in self.cells.scores):
            notes = read_json(path) or []
            if not isinstance(notes, list) or not all(isinstance(note, str) for note in notes):
                raise DataError(f"{path}: not as written by `clirbench run`; {AGAIN}")
            found |= dict.fromkeys(notes)
        for pair, caps in self.own_bitext.items():
            for one in (one for sources in caps.values() for one in sources):
                doubts = one.get("doubts", [])
                found |= {f"{pair}: {one.get('source')}: {doubt}": None for doubt in doubts}
        return tuple(found)

    @property
    def events(self) -> Iterator[Event]:
        """What happened; none where the folder came without its log. Read anew each time."""
        return read_events(self.path)

    def cell(self, cell: Cell) -> Path:
        """The folder of a cell."""
        return self.path / CELLS / str(cell)

    def file(self, cell: Cell, name: str) -> Path:
        """A file of a cell that is done; a run or plans may be missing, since they are too large to pass on.

        Raises:
            DataError: it is not the one that the cell's record tells of.
        """
        path, files = self.cell(cell) / name, self.records.get(cell, {}).get("files")
        known = files.get(name) if isinstance(files, dict) else None
        if not path.exists():
            if known and name not in _LARGE:
                raise DataError(f"{path}: missing, though the cell's record lists it; {AGAIN}")
            return path
        recorded = known.get("sha256") if isinstance(known, dict) else None
        if fault := changed(path.read_bytes(), recorded):
            raise DataError(f"{path}: {fault}; {AGAIN}")
        return path

    def left_out(self, name: str) -> int:
        """Count the cells whose record has a file that is not in the folder."""
        having = [
            cell
            for cell, record in self.records.items()
            if isinstance(files := record.get("files"), dict) and name in files
        ]
        return sum(not (self.cell(cell) / name).exists() for cell in having)

    def topic_means(self, measure: str) -> dict[Key, Means]:
        """Each method's topic scores on each pair, averaged over its seeds; sorted."""
        return topic_means(self.cells, measure, where=self.path)

    def training(self, cell: Cell) -> Iterator[TrainingStep]:
        """The steps of a cell's training; what is not a step is passed over."""
        try:
            data = self.file(cell, TRAINING_LOG).read_bytes()
        except OSError:
            return
        for line in data.decode(errors="replace").splitlines():
            try:
                values = parse_json(line)
                step, loss = int(values["step"]), float(values["loss"])
                norm, clipped = values.get("gradient_norm"), values.get("clipped")
            except (ValueError, TypeError, KeyError):
                continue
            if step > 0 and math.isfinite(loss):
                known = isinstance(norm, float) and math.isfinite(norm)
                clip = clipped if isinstance(clipped, bool) else None
                yield TrainingStep(step, loss, norm if known else None, clip)

    def plans(self, cell: Cell) -> Sequence[JSON]:
        """The transport plans of a cell; none where none were kept."""
        found = read_json(self.file(cell, PLANS))
        return found if isinstance(found, list) else []

    @cached_property
    def doubts(self) -> Mapping[Cell, str]:
        """The cells that the comparisons are of and whose scores are not those of then, and why."""
        compared = self._analysis.get("cells")
        names = compared if isinstance(compared, dict) else {}
        return {cell: why for cell, why in self.every.faults.items() if str(cell) in names}

    def _check_settings(self) -> None:
        """Make sure that the figures here are of the settings here.

        Raises:
            DataError: a run with other settings has begun, and has not come to its figures.
        """
        made = self._analysis.get("settings")
        if made is not None and made != settings_hash(self.resolved):
            raise DataError(
                f"{self.path}: being re-run: {SETTINGS} has the settings of a run that has made "
                "no figures yet. The figures here are from the run before. To resume, call "
                "`clirbench run` with the same suite"
            )
        listed = self._analysis.get("files")
        for name in listed if isinstance(listed, list) else ():
            if not (self.path / str(name)).exists():
                raise DataError(f"{self.path / str(name)}: missing, though it was made; {AGAIN}")

    @cached_property
    def _analysis(self) -> dict[str, JSON]:
        path = self.path / ANALYSIS
        found = read_object(path) if path.exists() else {}
        if later := newer(found.get("format"), BASIS_FORMAT):
            raise DataError(f"{path}: {later}")
        return found

    @cached_property
    def _settings(self) -> dict[str, JSON]:
        found = read_object(self.path / SETTINGS)
        if later := newer(found.get("format"), FORMAT):
            raise DataError(f"{self.path / SETTINGS}: {later}")
        return found
