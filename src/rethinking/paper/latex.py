"""All that is generated for LaTeX: numbers, verdicts, tables, and the register of all links."""

import importlib
import json
import re
from collections.abc import Mapping
from pathlib import Path

from rethinking.errors import InputError
from rethinking.files import read_json, write_text
from rethinking.paper.macros import macros
from rethinking.paper.register import register
from rethinking.paper.specs import LatexSpec, Layout
from rethinking.paper.verdicts import claims_table, criteria_table, verdict_macros
from rethinking.step.provenance import commit_of, read_record
from rethinking.tables import read_table

NOT_HERE = "% This scale has no experiment that this table is about.\n"
# Claims, and criteria of claims, that are defined and that the paper asks for.
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
        published: Tables that their layouts read beside results.
        sources: The text of the paper.
        records: The record of each figure, by name.
        generated: The files to write: ``values.tex``, ``claims.tex``, ``criteria.tex``,
            ``register.tex``, and one for each table that the config declares.
        spec: The scale, and the tables and figures of the paper.

    Raises:
        InputError: The paper speaks of a claim that the ledger does not have.
    """
    numbers, verdicts = read_json(values), read_json(claims)
    labels = spec.about.labels
    texts = {
        "values": macros(numbers, spec.banner, spec.scale) + verdict_macros(verdicts, labels),
        "claims": claims_table(verdicts),
        "criteria": criteria_table(verdicts, labels),
    }
    by_place = {"/".join([path.parent.name, path.stem]): path for path in results}
    for name, layout in spec.tables.items():
        texts[name] = NOT_HERE if layout is None else _table(layout, by_place, published, spec)
    read = {str(path): path.read_text("utf-8") for path in sources}
    check_claims({**read, **texts})
    figures = {
        figure: {"table": f"tables/{table}.csv", "commit": commit_of(read_record(record))}
        for (figure, table), record in zip(sorted(spec.figures.items()), records, strict=True)
    }
    texts["register"] = register([*read.values(), *texts.values()], numbers, figures)
    for path in generated:
        write_text(path, texts[path.stem])


def _table(
    layout: Layout, results: Mapping[str, Path], published: list[Path], spec: LatexSpec
) -> str:
    module = importlib.import_module(f"rethinking.paper.tables.{layout.layout}")
    tables = {path.stem: read_table(path) for path in published}
    wanted = getattr(module, "SOURCES", {})
    beside = {name: tables[name] for name in wanted}
    shown = {one: read_table(results[f"{one}/{layout.table}"]) for one in layout.experiments}
    text = module.tabulate(beside | shown, spec.about, **json.loads(layout.options))
    if not isinstance(text, str):
        path = f"src/rethinking/paper/tables/{layout.layout}.py"
        raise InputError(f"{path}: tabulate gave {text!r:.60}; give the LaTeX as text")
    return text


def check_claims(texts: Mapping[str, str]) -> None:
    """Refuse a paper that speaks of a claim that the ledger does not have.

    Args:
        texts: By name, the text of the paper and all that is generated for it.

    Raises:
        InputError: The first such claim.
    """
    known = {name for pair in DEFINED.findall("\n".join(texts.values())) for name in pair}
    for path, text in texts.items():
        for name in CLAIMED.findall(COMMENT.sub("", text)):
            if name not in known:
                raise InputError(f"{path}: there is no claim {name!r} in paper/claims.yaml")
