"""Every key of the config, from its schema and from the code.

python docs/config.py      writes docs/config.md anew; in the project's folder
"""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

SCHEMA = Path("workflow/schemas/config.schema.yaml")
PAGE = Path("docs/config.md")
# Where the options of a kind of file come from: heading, folder, function.
FUNCTIONS = (
    ("Networks", "models", "build"),
    ("Data sets", "data/sources", "load"),
    ("Measures", "measures", "measure"),
    ("Functions without training", "measures", "construct"),
)
HEAD = """# Every key of the config

Made by `python docs/config.py` from `workflow/schemas/config.schema.yaml`, `config.yaml` and the
code. *Default* is what `config.yaml` has; `<name>` is any name. A file that you give by
`--configfile` holds only what differs.

"""


def rows(schema: dict[str, Any], node: dict[str, Any], path: str = "") -> Iterator[list[str]]:
    """Key, values and meaning of all that a part of the schema describes, in its order."""
    for key, entry in node.get("properties", {}).items():
        name = f"{path}.{key}" if path else key
        yield [name, values(schema, entry), entry.get("description", "").strip()]
        yield from rows(schema, entry, name)
    inner = node.get("additionalProperties")
    if isinstance(inner, dict) and path:
        yield from rows(schema, inner, f"{path}.<name>")


def values(schema: dict[str, Any], entry: dict[str, Any]) -> str:
    """What may stand there."""
    if "$ref" in entry:
        entry = schema["$defs"][entry["$ref"].rpartition("/")[2]] | entry
    if "enum" in entry:
        return ", ".join(map(str, entry["enum"]))
    kind = entry.get("type", "")
    if kind == "array":
        return f"list of: {values(schema, entry['items'])}"
    text = " or ".join(kind) if isinstance(kind, list) else kind
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    bounds = [f"{sign} {entry[key]}" for key, sign in signs.items() if key in entry]
    return " ".join([{"object": "", "string": "text"}.get(text, text), ", ".join(bounds)]).strip()


def default(config: Any, path: str) -> str:
    """What the config has at a key without names of its user's; nothing where it has more."""
    for key in path.split("."):
        if not isinstance(config, dict) or key not in config:
            return ""
        config = config[key]
    if isinstance(config, dict | list):
        return ""
    text = config if isinstance(config, str) else json.dumps(config)
    return f"`{text}`"


def options(folder: str, function: str) -> Iterator[str]:
    """The options of a function, in each file of a folder that has it, from its docstring."""
    for path in sorted(Path("src/rethinking", folder).glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name == function:
                docstring = (ast.get_docstring(node) or "").replace("``", "`")
                told = arguments(docstring)
                yield f"**`{path.stem}`**: {docstring.splitlines()[0]}\n"
                pairs = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
                for argument, value in pairs:
                    given = f" ({ast.unparse(value)})" if value is not None else ""
                    yield f"- `{argument.arg}`{given}: {told.get(argument.arg, '')}"
                yield ""


def arguments(docstring: str) -> dict[str, str]:
    """What a docstring in Google's style says of each argument."""
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


def page() -> str:
    """The whole page."""
    schema = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))
    config = yaml.safe_load(Path("config.yaml").read_text(encoding="utf-8"))
    parts = [HEAD + "| key | values | default | meaning |\n|---|---|---|---|"]
    parts += [f"| `{path}` | {allowed} | {default(config, path)} | {' '.join(meaning.split())} |"
              for path, allowed, meaning in rows(schema, schema)]  # fmt: skip
    for heading, folder, function in FUNCTIONS:
        parts += [f"\n## {heading}\n\nFiles in `src/rethinking/{folder}/`.\n"]
        parts += options(folder, function)
    return "\n".join(parts).rstrip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
