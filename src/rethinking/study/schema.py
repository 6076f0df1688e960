"""The schema of the config, assembled from the declarations of its parts.

Recipes, kernels and options of plug-ins come from dataclasses and signatures of functions; each
kind of experiment has its own file; the rest is written by hand.
"""

import ast
import functools
import operator
from pathlib import Path
from typing import Any

import msgspec

from rethinking.constructions.specs import Kernel
from rethinking.names import options as option_types
from rethinking.names.kinds import kinds, load_kind
from rethinking.step.code import function_of, plugins_of
from rethinking.study.read import read_yaml
from rethinking.training.recipe import Recipe

Schema = dict[str, Any]
# Fields of a recipe that come from a scale's models and from experiments.
NOT_IN_RECIPES = {"name", "learning_rate", "max_epochs", "crop", "random_crop", "flip"}
BUILTINS = {"int": int, "float": float, "str": str, "bool": bool}


def config_schema(folder: Path) -> Schema:
    """The JSON schema of the config.

    The folder has ``config.schema.yaml``, and ``<kind>.schema.yaml`` for each kind of experiment.
    """
    schema: Schema = read_yaml(folder / "config.schema.yaml")
    top = schema["properties"]
    scale = top["scales"]["additionalProperties"]["properties"]
    for kind in kinds():
        scale[load_kind(kind).SECTION] = read_yaml(folder / f"{kind}.schema.yaml")
    top["recipes"]["additionalProperties"] = dataclass_schema(Recipe, without=NOT_IN_RECIPES)
    models = options_schema("models", "build")
    constructions = scale["constructions"]["additionalProperties"]
    for section, properties in (
        (top["models"]["additionalProperties"], models),
        (scale["models"]["additionalProperties"]["properties"]["options"], models),
        (top["figures"]["properties"]["drawn"]["additionalProperties"],
         options_schema("figures", "draw")),
        (top["tables"]["additionalProperties"], options_schema("paper.tables", "tabulate")),
        (scale["datasets"]["additionalProperties"], options_schema("data.sources", "load")),
        (scale["measures"]["additionalProperties"], options_schema("measures", "measure")),
        (constructions, options_schema("constructions", "construct")),
    ):  # fmt: skip
        # Schemas that are written by hand have precedence.
        section["properties"] = properties | section.get("properties", {})
    constructions["properties"]["kernels"]["additionalProperties"] = dataclass_schema(Kernel)
    return schema


def dataclass_schema(of: type, without: set[str] = frozenset()) -> Schema:  # type: ignore[assignment]
    """The schema of a dataclass without some of its fields; it allows no other keys."""
    schema = msgspec.json.schema(of)["$defs"][of.__name__]
    required = set(schema.get("required", []))
    return {
        "type": "object",
        "additionalProperties": False,
        "required": sorted(required - without),
        "properties": {
            name: _plain(entry, may_be_null=name in required)
            for name, entry in schema["properties"].items()
            if name not in without
        },
    }


def options_schema(package: str, function: str) -> Schema:
    """The schemas of the options of a function, by name, in all modules of a package.

    Options are keyword-only arguments, with descriptions in the docstring. An option that modules
    declare in different ways fits any of their declarations.
    """
    schemas: dict[str, list[Schema]] = {}
    for name in plugins_of(f"rethinking.{package}", function):
        node = function_of(f"rethinking.{package}.{name}", function)
        assert node is not None, "else it would be no plug-in"
        descriptions = arguments_in(ast.get_docstring(node) or "")
        for argument in node.args.kwonlyargs:
            schema = _plain(msgspec.json.schema(_type_of(argument.annotation)), may_be_null=False)
            description = {"description": descriptions.get(argument.arg, "")}
            schemas.setdefault(argument.arg, []).append(description | schema)
    return {name: _merged(declared) for name, declared in schemas.items()}


def arguments_in(docstring: str) -> dict[str, str]:
    """The descriptions of the arguments in a docstring in Google's style."""
    section = docstring.partition("Args:\n")[2].partition("\n\n")[0]
    descriptions: dict[str, str] = {}
    name = ""
    for line in section.splitlines():
        if line.startswith("    ") and line[4:5] not in (" ", ""):
            name, _, text = line.strip().partition(": ")
            descriptions[name] = text
        elif name:
            descriptions[name] += f" {line.strip()}"
    return descriptions


def _type_of(annotation: ast.expr | None) -> Any:
    """The type of an annotation; Any if it uses names that are not types of options."""
    types = BUILTINS | vars(option_types)
    match annotation:
        case ast.Constant(value=None):
            return None
        case ast.Name(id=name):
            return types.get(name, Any)
        case ast.BinOp(left=left, right=right):
            return functools.reduce(operator.or_, [_type_of(left), _type_of(right)])
        case ast.Subscript(value=ast.Name(id="Literal"), slice=values):
            try:
                return option_types.Literal[ast.literal_eval(values)]
            except ValueError:  # members of an enumeration
                return Any
        case ast.Subscript(value=ast.Name(id=name), slice=inner) if name in types:
            items = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            return types[name][tuple(_type_of(item) for item in items)]
    return Any


def _merged(declared: list[Schema]) -> Schema:
    """One schema for the declarations of an option, with the first description."""
    bare = [{key: entry[key] for key in entry if key != "description"} for entry in declared]
    different = [entry for index, entry in enumerate(bare) if entry not in bare[:index]]
    described = {"description": declared[0]["description"]}
    return described | (different[0] if len(different) == 1 else {"anyOf": different})


def _plain(entry: Schema, *, may_be_null: bool) -> Schema:
    """A schema without its default and, unless null is allowed, without null."""
    entry = {key: value for key, value in entry.items() if key != "default"}
    choices: list[Schema] = entry.pop("anyOf", [])
    others = [choice for choice in choices if choice != {"type": "null"}]
    if len(others) > 1:
        return entry | {"anyOf": choices if may_be_null else others}
    for other in others:
        entry |= other | ({"type": [other["type"], "null"]} if may_be_null else {})
    return entry
