"""All generated LaTeX: numbers, verdicts, tables, and the register of all links."""

import importlib
import json
import re
from collections.abc import Mapping
from pathlib import Path

from rethinking.errors import InputError
from rethinking.files import read_json, write_text
from rethinking.paper.macros import macros
from rethinking.paper.register import register
from rethinking.paper.specs import About, LatexSpec, Layout
from rethinking.paper.verdicts import claims_table, criteria_table, verdict_macros
from rethinking.step.provenance import commit_of, read_record
from rethinking.tables import read_table

NOT_HERE = "% This scale has no experiment that this table is about.\n"
# Claims and criteria that are defined, and those that the paper uses.
DEFINED = re.compile(r"\\csname verdict@([^\\#]+)\\endcsname|\\setverdict\{([^}#]+)\}")
CLAIMED = re.compile(r"\\(?:claim|because|verdict|ifverdict)\{([^}#]+)\}")
COMMENT = re.compile(r"(?<!\\)%.*")


def write_latex(
    values: Path,
    claims: Path,
    results: list[Path],
    published: list[Path],
    sources: list[Path],
    records: list[Path],
    generated: list[Path],
    spec: LatexSpec,
) -> None:
    """Write all files that the paper includes.

    Args:
        values: ``values.json``.
        claims: ``claims.json``.
        results: The tables of results that tables of the paper show.
        published: Further tables that layouts need (``SOURCES``).
        sources: The text of the paper.
        records: The records of the figures, sorted by figure.
        generated: The files to write: ``values.tex``, ``claims.tex``, ``criteria.tex``,
            ``register.tex``, and one for each table that the config declares.
        spec: The scale, and the tables and figures of the paper.

    Raises:
        InputError: The paper uses a claim that the ledger does not have.
    """
    numbers, verdicts = read_json(values), read_json(claims)
    labels = spec.about.labels
    texts = {
        "values": macros(numbers, spec.banner, spec.scale) + verdict_macros(verdicts, labels),
        "claims": claims_table(verdicts),
        "criteria": criteria_table(verdicts, labels),
    }
    shown = {f"{path.parent.name}/{path.stem}": path for path in results}
    for name, layout in spec.tables.items():
        texts[name] = NOT_HERE if layout is None else _table(layout, shown, published, spec.about)
    written = {str(path): path.read_text("utf-8") for path in sources}
    check_claims({**written, **texts})
    figures = {}
    for (figure, table), path in zip(sorted(spec.figures.items()), records, strict=True):
        record = read_record(path)
        module, commit = record["spec"]["module"], commit_of(record)
        figures[figure] = {"table": f"tables/{table}.csv", "module": module, "commit": commit}
    texts["register"] = register([*written.values(), *texts.values()], numbers, figures)
    for path in generated:
        write_text(path, texts[path.stem])


def _table(layout: Layout, results: Mapping[str, Path], published: list[Path], about: About) -> str:
    module = importlib.import_module(f"rethinking.paper.tables.{layout.layout}")
    needed = getattr(module, "SOURCES", {})
    tables = {path.stem: read_table(path) for path in published if path.stem in needed}
    for experiment in layout.experiments:
        tables[experiment] = read_table(results[f"{experiment}/{layout.table}"])
    text = module.tabulate(tables, about, **json.loads(layout.options))
    if not isinstance(text, str):
        path = f"src/rethinking/paper/tables/{layout.layout}.py"
        raise InputError(f"{path}: tabulate gave {text!r:.60}; give the LaTeX as text")
    return text


def check_claims(texts: Mapping[str, str]) -> None:
    """Raise if a text of the paper uses a claim that no text defines.

    Args:
        texts: All written and generated texts, by name.

    Raises:
        InputError: The ledger has no such claim.
    """
    known = {name for pair in DEFINED.findall("\n".join(texts.values())) for name in pair}
    for path, text in texts.items():
        for name in CLAIMED.findall(COMMENT.sub("", text)):
            if name not in known:
                raise InputError(f"{path}: there is no claim {name!r} in paper/claims.yaml")
