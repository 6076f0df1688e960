"""The schema of the config, assembled from what declares each part.

Recipes, kernels and the options of plug-ins are derived from dataclasses and from signatures of
functions; each kind of experiment has a file of its own; the rest is written by hand.
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
# Of a recipe, what a scale gives each model and what experiments add.
NOT_IN_RECIPES = {"name", "learning_rate", "max_epochs", "crop", "random_crop", "flip"}
BUILTINS = {"int": int, "float": float, "str": str, "bool": bool}


def config_schema(folder: Path) -> Schema:
    """The JSON schema of the config.

    Args:
        folder: ``workflow/schemas``: ``config.schema.yaml``, and ``<kind>.schema.yaml`` of each
            kind of experiment.
    """
    schema: Schema = read_yaml(folder / "config.schema.yaml")
    top = schema["properties"]
    scale = top["scales"]["additionalProperties"]["properties"]
    for kind in kinds():
        scale[load_kind(kind).SECTION] = read_yaml(folder / f"{kind}.schema.yaml")
    recipe = dataclass_schema(Recipe, without=NOT_IN_RECIPES)
    top["recipes"]["additionalProperties"] = recipe
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
        # What is written by hand counts.
        section["properties"] = properties | section.get("properties", {})
    constructions["properties"]["kernels"]["additionalProperties"] = dataclass_schema(Kernel)
    return schema


def dataclass_schema(of: type, without: set[str] = frozenset()) -> Schema:  # type: ignore[assignment]
    """The schema of a dataclass but for some fields; other keys are refused."""
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

    An option that modules declare in different ways is left to each module.

    Args:
        package: Below ``rethinking``.
        function: Its keyword-only arguments are options; its docstring describes them.
    """
    found: dict[str, list[Schema]] = {}
    for name in plugins_of(f"rethinking.{package}", function):
        node = function_of(f"rethinking.{package}.{name}", function)
        assert node is not None, "else it would be no plug-in"
        told = arguments_in(ast.get_docstring(node) or "")
        for argument in node.args.kwonlyargs:
            entry = _plain(msgspec.json.schema(_type_of(argument.annotation)), may_be_null=False)
            described = {"description": told.get(argument.arg, "")} | entry
            found.setdefault(argument.arg, []).append(described)
    bare = {
        name: [{k: v for k, v in entry.items() if k != "description"} for entry in entries]
        for name, entries in found.items()
    }
    return {
        name: entries[0]
        for name, entries in found.items()
        if all(entry == bare[name][0] for entry in bare[name])
    }


def arguments_in(docstring: str) -> dict[str, str]:
    """The descriptions of arguments in a docstring in Google's style."""
    section = docstring.partition("Args:\n")[2].partition("\n\n")[0]
    found: dict[str, str] = {}
    name = ""
    for line in section.splitlines():
        if line.startswith("    ") and line[4:5] not in (" ", ""):
            name, _, text = line.strip().partition(": ")
            found[name] = text
        elif name:
            found[name] += f" {line.strip()}"
    return found


def _type_of(annotation: ast.expr | None) -> Any:
    """The type of an annotation; Any where it uses other names than those of options."""
    known = BUILTINS | vars(option_types)
    match annotation:
        case ast.Constant(value=None):
            return None
        case ast.Name(id=name):
            return known.get(name, Any)
        case ast.BinOp(left=left, right=right):
            return functools.reduce(operator.or_, [_type_of(left), _type_of(right)])
        case ast.Subscript(value=ast.Name(id="Literal"), slice=ast.Tuple(elts=values)):
            return option_types.Literal[tuple(ast.literal_eval(value) for value in values)]
        case ast.Subscript(value=ast.Name(id=name), slice=inner) if name in known:
            inside = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            return known[name][tuple(_type_of(one) for one in inside)]
    return Any


def _plain(entry: Schema, *, may_be_null: bool) -> Schema:
    """A schema without its default and, unless null may be written, without null."""
    entry = {key: value for key, value in entry.items() if key != "default"}
    if "anyOf" not in entry:
        return entry
    first: Schema = entry.pop("anyOf")[0]
    if may_be_null:
        first = first | {"type": [first["type"], "null"]}
    return entry | first
