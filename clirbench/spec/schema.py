"""A JSON Schema (draft 2020-12) of suite files, made from the classes that read them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeAlias

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from clirbench.data.base import BitextSource, CollectionSource
from clirbench.data.sources import SOURCES, names
from clirbench.methods import METHODS, Distillation
from clirbench.methods.mixed import Mixed
from clirbench.methods.registry import offered
from clirbench.methods.staged import Pace, Staged
from clirbench.settings import field_docs
from clirbench.spec.sections import REQUIRED, SECTIONS, BitextHead, MethodHead, PairHead
from clirbench.transport import SOLVERS, Solver

if TYPE_CHECKING:
    from pydantic_core import core_schema

__all__ = ["suite_schema"]

Schema: TypeAlias = "dict[str, Any]"

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_PURPOSES = {
    "collection": "Documents, topics and judgments; the keys are those of the source.",
    "pair": PairHead.__doc__,
    "method": MethodHead.__doc__,
}


def suite_schema() -> Schema:
    """Describe what may stand in a suite file.

    Whatever `read_suite` takes is valid by it. Rules that tie one value to another, such as that a
    hypothesis names a method of the suite, are beyond it: `clirbench plan` checks those.
    """
    maker = _Maker()
    properties = {section: maker.section(section) for section in SECTIONS}
    used = json.dumps([properties, maker.defs])
    defs = {name: made for name, made in sorted(maker.defs.items()) if f'defs/{name}"' in used}
    return {
        "$schema": _DIALECT,
        "title": "clirbench suite",
        "description": "Language pairs, methods, seeds and measures of one comparison.",
        "type": "object",
        "properties": properties,
        "required": list(REQUIRED),
        "additionalProperties": False,
        "$defs": defs,
    }


class _Maker:
    """Makes schemas of classes; what they share stands once, in `defs`."""

    def __init__(self) -> None:
        self.defs: dict[str, Schema] = {}
        tables = [self._named("solver", solver, "name") for solver in SOLVERS.values()]
        self.defs["solver"] = {
            "title": "solver",
            "description": "The name of a solver, or a table of its name and its settings.",
            "anyOf": [{"type": "string", "enum": list(SOLVERS)}, *tables],
        }

    def section(self, name: str) -> Schema:
        """The schema of a section of the file."""
        match name:
            case "collection":
                made: Schema = {
                    "type": "object",
                    "required": ["source"],
                    "oneOf": self._collections(),
                }
            case "teacher":
                made = self._table(SECTIONS[name])
                known = {"type": "string", "enum": list(names(CollectionSource))}
                self.defs["TeacherTraining"]["properties"]["sources"] |= {
                    "minItems": 1,
                    "items": {"anyOf": [known, *self._collections()]},
                }
            case "pair":
                made = {"type": "array", "minItems": 1, "items": self._pair()}
            case "method":
                tables = [self._method(kind) for kind in METHODS.values()]
                items = {"type": "object", "oneOf": [*tables, self._foreign()]}
                made = {"type": "array", "minItems": 1, "items": items}
            case "quoted":
                made = {"type": "array", "minItems": 1, "items": self._table(SECTIONS[name])}
            case _:
                made = self._table(SECTIONS[name])
        return {**made, "title": name, **_purpose(name)}

    def _collections(self) -> list[Schema]:
        """A table for each kind of collection."""
        kinds = [SOURCES[source] for source in names(CollectionSource)]
        return [*(self._named("source", kind, "source") for kind in kinds), self._irds()]

    def _irds(self) -> Schema:
        """A collection of ir_datasets under its id alone."""
        table = self.defs["source.irds"]
        own = {key: value for key, value in table["properties"].items() if key != "id"}
        own["source"] = {
            "type": "string",
            "pattern": "^irds:.",
            "description": "irds: followed by an id of ir_datasets.",
        }
        self.defs["source.irds:"] = {**table, "properties": own, "required": ["source"]}
        return {"$ref": "#/$defs/source.irds:"}

    def _pair(self) -> Schema:
        pair = {**self._table(SECTIONS["pair"]), "title": "pair"}
        known = names(BitextSource)
        tables = [self._named("source", SOURCES[source], "source") for source in known]
        weight = self._table(BitextHead)["properties"]["weight"]
        for place, source in enumerate(known):
            name = tables[place]["$ref"].rpartition("/")[2]
            table = self.defs[name]
            own = {**table, "properties": {**table["properties"], "weight": weight}}
            if issubclass(SOURCES[source], CollectionSource):  # where there is no weight
                name = f"{name} as bitext"
                tables[place] = {"$ref": f"#/$defs/{name}"}
            self.defs[name] = own
        bitext = {"anyOf": [{"type": "string", "enum": list(known)}, *tables]}
        pair["properties"]["bitext"]["items"] = bitext
        return pair

    def _method(self, kind: type[Any]) -> Schema:
        """A method's own keys, and those that every method has."""
        common = self._table(SECTIONS["method"])["properties"]
        training = self._reference(SECTIONS["training"])
        common["training"] = {"description": common["training"]["description"], **training}
        taken = ("label", "title", *(("training",) if kind.trained else ()))
        made = self._named("method", kind, "name", **{key: common[key] for key in taken})
        if issubclass(kind, Mixed):
            self._made_of("method.mixed", "loss", self._loss())
        elif issubclass(kind, Staged):
            self._made_of("method.staged", "stages", self._stage())
        return made

    def _made_of(self, place: str, key: str, items: Schema) -> None:
        """Let a table need nothing but an array of the methods that its own is made of."""
        table = self.defs[place]
        told = {"description": "Losses that are added up, or stages that follow one another."}
        own = table["properties"][key]
        table["properties"][key] = {**told, **own, "minItems": 2, "items": items}
        table["properties"][key].pop("default", None)
        table["required"] = [key]

    def _stage(self) -> Schema:
        """A stage of a training."""
        pace = self._table(Pace)["properties"]
        for name in ("Part", "StageOfTraining"):
            self.defs.pop(name, None)
        kinds = [kind for kind in METHODS.values() if issubclass(kind, Distillation)]
        tables = [
            self._named("stage", kind, "method", **pace)
            for kind in kinds
            if not issubclass(kind, Staged)
        ]
        self._made_of("stage.mixed", "loss", self._loss())
        return {"oneOf": tables}

    def _loss(self) -> Schema:
        """A part of a sum of losses."""
        weight = self.defs.pop("Part")["properties"]["weight"]
        kinds = [kind for kind in METHODS.values() if issubclass(kind, Distillation)]
        parts = [kind for kind in kinds if not issubclass(kind, Mixed | Staged)]
        return {"oneOf": [self._named("loss", kind, "method", weight=weight) for kind in parts]}

    def _foreign(self) -> Schema:
        """A method that is not clirbench's own; its class checks its keys."""
        name: Schema = {"description": "module:object, or a method of an installed package."}
        known = sorted(offered())
        name["anyOf"] = [{"pattern": ":"}, *([{"enum": known}] if known else [])]
        properties = {"name": {"type": "string", **name}}
        return {"title": "module:object", "properties": properties, "required": ["name"]}

    def _named(self, what: str, kind: type[Any], key: str, **more: Schema) -> Schema:
        """Refer to a class that is told by its name under a key; `more` are keys besides its own."""
        place = f"{what}.{kind.name}"
        if place not in self.defs:
            table = self._table(kind)
            table["title"] = kind.name
            table["properties"] = {
                key: {"const": kind.name, "description": f"The {what}."},
                **more,
                **table.get("properties", {}),
            }
            table["required"] = [key, *table.get("required", [])]
            self.defs[place] = table
        return {"$ref": f"#/$defs/{place}"}

    def _reference(self, kind: type[Any]) -> Schema:
        self.defs[kind.__name__] = self._table(kind)
        return {"$ref": f"#/$defs/{kind.__name__}"}

    def _table(self, kind: type[Any]) -> Schema:
        table = TypeAdapter(kind).json_schema(schema_generator=_Generator)
        self.defs.update(table.pop("$defs", {}))
        for name, field in kind.__pydantic_fields__.items():
            if field.annotation is Solver:
                solver = {"$ref": "#/$defs/solver", "default": _given(field.default)}
                table["properties"][name].update(solver)
        return table


class _Generator(GenerateJsonSchema):
    """Adds each field's docstring, and knows that TOML has no null."""

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> Schema:
        return _described(super().dataclass_schema(schema), schema["cls"])

    def typed_dict_schema(self, schema: core_schema.TypedDictSchema) -> Schema:
        made = super().typed_dict_schema(schema)
        return _described(made, schema["cls"]) if "cls" in schema else made

    def nullable_schema(self, schema: core_schema.NullableSchema) -> Schema:
        """What may be None may be left out."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> Schema:
        made = super().default_schema(schema)
        if made.get("default", ...) is None:
            del made["default"]
        return made


def _described(made: Schema, kind: type) -> Schema:
    docs = field_docs(kind)
    for name, own in made.get("properties", {}).items():
        own.pop("title", None)
        if name in docs:
            own["description"] = " ".join(docs[name].split())
    return made


def _given(solver: Solver) -> str | Mapping[str, object]:
    """A solver as it may stand in a suite file, its defaults left out."""
    own = {
        field.name: getattr(solver, field.name)
        for field in fields(solver)
        if getattr(solver, field.name) != getattr(type(solver)(), field.name)
    }
    return {"name": solver.name, **own} if own else solver.name


def _purpose(section: str) -> Schema:
    return {"description": _PURPOSES[section]} if section in _PURPOSES else {}
