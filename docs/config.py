"""Every key of the config, from its schema and from the code.

python docs/config.py      writes docs/config.md anew; in the project's folder
"""

import ast
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from rethinking.step.code import function_of, options_of, plugins_of
from rethinking.study.schema import arguments_in, config_schema, options_schema

SCHEMAS = Path("workflow/schemas")
PAGE = Path("docs/config.md")
# The plug-ins with options: heading, package, function, and what a change of an option costs.
FUNCTIONS = (
    ("Networks", "models", "build", "A change retrains the model."),
    ("Data sets", "data.sources", "load", "A change makes all again that is trained on them."),
    ("Measures", "measures", "measure", "A change measures again and trains nothing."),
    (
        "Functions without training",
        "constructions",
        "construct",
        "A change makes the functions again.",
    ),
    ("Figures", "figures", "draw", "A change draws the figure again."),
    (
        "Tables of the paper",
        "paper.tables",
        "tabulate",
        "A change writes all that is generated for LaTeX again.",
    ),
)
# The sections of the config that hold options, and the heading of these.
SECTIONS = {
    "models.<name>": "Networks",
    "figures.drawn.<name>": "Figures",
    "tables.<name>": "Tables of the paper",
    "scales.<name>.datasets.<name>": "Data sets",
    "scales.<name>.models.<name>.options": "Networks",
    "scales.<name>.measures.<name>": "Measures",
    "scales.<name>.constructions.<name>": "Functions without training",
}
HEAD = """# Every key of the config

Made by `python docs/config.py` from `workflow/schemas/`, `config.yaml` and the code. *Default* is
what `config.yaml` has; `<name>` is any name. A file that you give by `--configfile` holds only what
differs.

"""


def rows(schema: dict[str, Any], node: dict[str, Any], path: str = "") -> Iterator[list[str]]:
    """Key, values and meaning of all keys in a part of the schema; options of plug-ins last."""
    entries = node.get("properties", {}).items()
    for key, entry in sorted(entries, key=lambda pair: option_of(path, *pair) != ""):
        name = f"{path}.{key}" if path else key
        meaning = option_of(path, key, entry) or " ".join(entry.get("description", "").split())
        yield [name, values(schema, entry), meaning]
        yield from rows(schema, entry, name)
    inner = node.get("additionalProperties")
    if isinstance(inner, dict) and path:
        yield from rows(schema, inner, f"{path}.<name>")


def option_of(path: str, key: str, entry: Mapping[str, Any]) -> str:
    """The plug-ins that have a key of a section as an option; empty if it is no option."""
    for heading, package, function, _ in FUNCTIONS:
        if SECTIONS.get(path) == heading and entry == options_schema(package, function).get(key):
            having = [
                f"`{module}`"
                for module in plugins_of(f"rethinking.{package}", function)
                if key in options_of(f"rethinking.{package}.{module}", function)[0]
            ]
            anchor = heading.lower().replace(" ", "-")
            return f"Option of {', '.join(having)}: see [{heading}](#{anchor})."
    return ""


def values(schema: dict[str, Any], entry: dict[str, Any]) -> str:
    """The values that a key may have."""
    if "$ref" in entry:
        entry = schema["$defs"][entry["$ref"].rpartition("/")[2]] | entry
    if "enum" in entry:
        return ", ".join(map(str, entry["enum"]))
    if "anyOf" in entry:
        return "; or ".join(values(schema, choice) for choice in entry["anyOf"])
    kind = entry.get("type", "")
    if kind == "array":
        return f"list of: {values(schema, entry['items'])}"
    if kind == "object":
        inner = entry.get("additionalProperties", False)
        simple = (
            isinstance(inner, dict) and "properties" not in inner and "description" not in inner
        )
        text = values(schema, inner) if simple else ""
        return f"by name: {text}" if text else ""
    text = " or ".join(kind) if isinstance(kind, list) else kind
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    bounds = [f"{sign} {entry[key]}" for key, sign in signs.items() if key in entry]
    return " ".join([{"string": "text"}.get(text, text), ", ".join(bounds)]).strip()


def default(config: Any, path: str) -> str:
    """The value in the config of a key without a user's names; empty for a section."""
    for key in path.split("."):
        if not isinstance(config, dict) or key not in config:
            return ""
        config = config[key]
    if isinstance(config, dict | list):
        return ""
    text = config if isinstance(config, str) else json.dumps(config)
    return f"`{text}`"


def options(package: str, function: str) -> Iterator[str]:
    """The options of a function in each module of a package, from its docstring."""
    for module in plugins_of(f"rethinking.{package}", function):
        node = function_of(f"rethinking.{package}.{module}", function)
        docstring = ast.get_docstring(node).replace("``", "`")
        described = arguments_in(docstring)
        yield f"**`{module}`**: {docstring.splitlines()[0]}\n"
        for argument, value in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
            given = "" if value is None else f" ({ast.unparse(value)})".replace("(())", "(none)")
            yield f"- `{argument.arg}`{given}: {described.get(argument.arg, '')}"
        yield ""


def page() -> str:
    """The whole page."""
    schema = config_schema(SCHEMAS)
    config = yaml.safe_load(Path("config.yaml").read_text(encoding="utf-8"))
    parts = [HEAD + "| key | values | default | meaning |\n|---|---|---|---|"]
    parts += [f"| `{path}` | {allowed} | {default(config, path)} | {text} |"
              for path, allowed, text in rows(schema, schema)]  # fmt: skip
    for heading, package, function, cost in FUNCTIONS:
        folder = f"src/rethinking/{package.replace('.', '/')}/"
        parts += [f"\n## {heading}\n\nFiles in `{folder}`, with their options. {cost}\n"]
        parts += options(package, function)
    return "\n".join(parts).rstrip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
