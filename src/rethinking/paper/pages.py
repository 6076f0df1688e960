"""Pages of the HTML report: verdicts, networks and summaries."""

from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from rethinking.files import read_json, write_text
from rethinking.names.columns import SEED
from rethinking.names.columns import SETTING as SETTING_COLUMNS
from rethinking.paper.plain import groups, overview
from rethinking.paper.specs import PagesSpec
from rethinking.tables import read_table

# A page with more rows scrolls slowly; the CSV has all rows.
MOST_ROWS = 2000
# The columns of the page of networks.
OF_A_NETWORK = ("interpolated", "epochs", "train_accuracy", "test_accuracy")
SETTING = [*SETTING_COLUMNS, SEED]
HTML = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>{title}</title>
<style>
body {{ font: 14px/1.45 sans-serif; margin: 1.5em; color: #1a1a1a; background: #fff; }}
table {{ border-collapse: collapse; margin: 0.8em 0 2em; }}
th, td {{ text-align: left; vertical-align: top; padding: 0.25em 0.8em 0.25em 0; }}
thead th {{ border-bottom: 1px solid #1a1a1a; position: sticky; top: 0; background: #fff; }}
tbody tr:nth-child(even) {{ background: #f3f4f6; }}
td {{ font-variant-numeric: tabular-nums; max-width: 32em; }}
</style>
<h1>{title}</h1>
{sections}
</html>
"""


def page(title: str, sections: Iterable[tuple[str, str, str]]) -> str:
    """A page of sections (heading, introduction, HTML), with a link to each at its head."""
    links, parts = [], []
    for index, (heading, about, html) in enumerate(sections):
        links.append(f'<a href="#{index}">{escape(heading)}</a>')
        parts.append(f'<h2 id="{index}">{escape(heading)}</h2>\n<p>{escape(about)}</p>\n{html}')
    body = "\n".join([f"<p>{' · '.join(links)}</p>", *parts])
    return HTML.format(title=escape(title), sections=body)


def table_of(rows: pd.DataFrame) -> str:
    """A table in HTML, with at most :data:`MOST_ROWS` rows."""
    table = rows.head(MOST_ROWS).to_html(
        index=False, border=0, na_rep="", float_format="{:.4g}".format
    )
    if len(rows) > MOST_ROWS:
        table += f"\n<p>The first {MOST_ROWS} of {len(rows)} rows.</p>"
    return table


def claims_page(content: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    """All claims of ``claims.json`` with their verdicts, then the groups of runs of each claim."""
    claims = content["claims"]
    about = "A row for each claim, with the estimate that its verdict rests on most."
    sections = [("all", about, table_of(overview(claims, labels)))]
    for name, claim in claims.items():
        text = f"{claim['statement']} {claim['verdict'].capitalize()}."
        sections.append((name, f"{text} {claim['why'] or ''}", table_of(groups(claim, labels))))
    return page(f"Claims at scale {content['scale']}", sections)


def networks(runs: pd.DataFrame) -> pd.DataFrame:
    """A row for each network of an experiment: the end of its training, and its folder.

    Args:
        runs: A table of ``rethinking.networks.tables.runs_table``.
    """
    shown = runs[runs["metric"].isin(OF_A_NETWORK) & runs["seed"].notna()]
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for run in shown.to_dict("records"):
        setting = tuple(run[key] for key in SETTING)
        row = rows.setdefault(setting, dict(zip(SETTING, setting, strict=True)))
        row |= {run["metric"]: run["value"], "files": "/".join(["runs", *map(str, setting[:-1])])}
    columns = [*SETTING, *OF_A_NETWORK, "files"]
    return pd.DataFrame(rows.values(), columns=columns).dropna(axis=1, how="all")


def write_pages(
    claims: Path,
    runs: list[Path],
    summaries: list[Path],
    claims_html: Path,
    networks_html: Path,
    summaries_html: Path,
    spec: PagesSpec,
) -> None:
    """Write the pages of the report: of ``claims.json``, of tables of runs, and of summaries."""
    content = read_json(claims)
    write_text(claims_html, claims_page(content, spec.labels))
    about = "A row for each network: how training ended, its accuracies then, and its folder."
    sections = [(path.parent.name, about, table_of(networks(read_table(path)))) for path in runs]
    write_text(networks_html, page(f"Networks at scale {content['scale']}", sections))
    about = "Means over seeds with 95 % intervals."
    sections = [(path.parent.name, about, table_of(read_table(path))) for path in summaries]
    write_text(summaries_html, page(f"Results at scale {content['scale']}", sections))
