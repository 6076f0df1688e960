"""The pages of the HTML report."""

import pandas as pd

from rethinking.files import write_json
from rethinking.paper import pages
from rethinking.paper.specs import PagesSpec
from rethinking.tables import write_table
from tests.helpers.verdicts import judged


def test_a_page_has_all_sections_escaped_and_says_what_it_leaves_out(monkeypatch):
    monkeypatch.setattr(pages, "MOST_ROWS", 2)
    long = pd.DataFrame({"x": [1.0, 0.123456, 3.0]})
    text = pages.page(
        "T", [("a < b", "About.", pages.table_of(long)), ("c", "More.", "<table></table>")]
    )
    assert text.count("<table") == 2
    assert '<h2 id="0">a &lt; b</h2>' in text
    assert "The first 2 of 3 rows." in text
    assert "<td>0.1235</td>" in text
    assert "<td>3</td>" not in text


def test_a_network_has_a_row_with_its_folder():
    key = {"dataset": "digits", "condition": "true_labels", "model": "m", "recipe": "r"}
    values = {"train_accuracy": 1.0, "epochs": 7.0, "test_loss": 0.3}
    rows = [
        key | {"seed": seed, "metric": metric, "value": value + seed}
        for seed in (0, 1)
        for metric, value in values.items()
    ]
    found = pages.networks(pd.DataFrame(rows))
    assert list(found["seed"]) == [0, 1]
    assert list(found["epochs"]) == [7, 8]
    assert set(found["files"]) == {"runs/digits/true_labels/m/r"}
    assert "test_loss" not in found


def test_a_network_that_diverged_has_a_row_too():
    key = {"dataset": "digits", "condition": "true_labels", "model": "m", "recipe": "r", "seed": 0}
    rows = [key | {"metric": metric, "value": None} for metric in ("epochs", "train_accuracy")]
    found = pages.networks(pd.DataFrame(rows))
    assert list(found["files"]) == ["runs/digits/true_labels/m/r"]


def test_pages_are_written_of_verdicts_networks_and_summaries(tmp_path):
    key = {"dataset": "d", "condition": "true_labels", "model": "m", "recipe": "r", "seed": 0}
    runs, summary = tmp_path / "e/runs.csv", tmp_path / "e/summary.csv"
    write_table(pd.DataFrame([key | {"metric": "test_accuracy", "value": 0.9}]), runs)
    write_table(pd.DataFrame([{"model": "m", "metric": "test_accuracy", "mean": 0.875}]), summary)
    write_json(tmp_path / "claims.json", judged(0.9, 0.91, 0.92))
    made = [tmp_path / f"{name}.html" for name in ("claims", "networks", "summaries")]
    spec = PagesSpec({"m": "Net & co"})
    pages.write_pages(tmp_path / "claims.json", [runs], [summary], *made, spec)
    claims, networks, summaries = (path.read_text() for path in made)
    assert "It is 90 % high. Supported." in claims
    assert "<td>Net &amp; co</td>" in claims
    assert "<td>runs/d/true_labels/m/r</td>" in networks
    assert "<td>0.875</td>" in summaries
    assert all('<h2 id="0">e</h2>' in text for text in (networks, summaries))
    assert all("at scale s" in text for text in (claims, networks, summaries))
