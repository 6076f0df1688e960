"""Claims, verdicts and links in a paper that was really built."""

import json
import re
from functools import partial

import jsonschema
import pytest
import yaml
from pypdf import PdfReader
from pypdf.generic import IndirectObject

from rethinking.analysis.query import select
from rethinking.networks import kind
from rethinking.tables import read_table
from tests.helpers.project import CONFIG, RESULTS, edit, rethinking, run, smoke, write_config


def claims(folder, scale="smoke"):
    return json.loads((folder / f"results/{scale}/claims.json").read_text())["claims"]


def paper(folder, scale="smoke"):
    pages = PdfReader(folder / f"results/{scale}/paper.pdf").pages
    # Lines are broken, and words with a hyphen.
    return re.sub(r"-\n", "", "\n".join(page.extract_text() for page in pages)).replace("\n", " ")


def test_all_claims_are_judged_and_the_file_is_as_its_schema_says(built):
    content = json.loads((built / RESULTS / "claims.json").read_text())
    schema = yaml.safe_load((built / "workflow/schemas/verdicts.schema.yaml").read_text())
    jsonschema.Draft202012Validator(schema).validate(content)
    ledger = yaml.safe_load((built / "paper/claims.yaml").read_text())["claims"]
    assert list(content["claims"]) == list(ledger)
    assert len(ledger) == 16
    untested = {name for name, one in content["claims"].items() if one["verdict"] == "not tested"}
    assert untested == {"Z3", "R1"}
    for name, claim in content["claims"].items():
        assert list(claim["criteria"]) == list(ledger[name]["criteria"])
        for criterion in claim["criteria"].values():
            if name in untested:
                assert (criterion["verdict"], criterion["tests"]) == ("not tested", [])
                continue
            verdicts = [test["verdict"] for test in criterion["tests"]]
            assert criterion["verdict"] in verdicts


def test_claims_for_another_scale_name_metrics_and_columns_that_there_are(built):
    ledger = yaml.safe_load((built / "paper/claims.yaml").read_text())["claims"]
    criteria = [
        criterion for name in ("Z3", "R1") for criterion in ledger[name]["criteria"].values()
    ]
    for criterion in criteria:
        name = criterion["experiment"]
        runs = read_table(built / RESULTS / f"tables/{name}/runs.csv")
        assert select(runs, name, criterion, 0.1, partial(kind.run, name))


def test_the_command_prints_them_all(built):
    code, output = rethinking(built, "claims", "--scale", "smoke")
    assert code == 0
    printed = re.findall(r"^ +([ZR]\d) ", output, re.M)
    assert printed == [f"{parent}{n}" for parent in "ZR" for n in range(1, 9)]
    for name, claim in claims(built).items():
        (line,) = [line for line in output.splitlines() if line.startswith(f"  {name} ")]
        assert claim["verdict"] in line


def test_every_link_in_the_paper_has_a_target_and_numbers_and_figures_are_links(built):
    pdf = PdfReader(built / RESULTS / "paper.pdf")
    targets, linked = set(pdf.named_destinations), []
    for page in pdf.pages:
        for annotation in page.get("/Annots", []):
            link = annotation.get_object()
            if link.get("/Subtype") == "/Link" and "/A" in link:
                action = link["/A"].get_object()
                if "/D" in action and not isinstance(action["/D"], (list, IndirectObject)):
                    linked.append(str(action["/D"]))
                low, high = link["/Rect"][0::2], link["/Rect"][1::2]
                # In tables that were made smaller too.
                assert 0 < float(high[1]) - float(high[0]) < 400
                assert 0 <= float(low[0]) < float(low[1]) <= float(page.mediabox.width)
    assert set(linked) <= targets
    for start in ("tables/randomization", "config.yaml", "claims.json", "claim.Z1", "figures/"):
        assert any(link.startswith(start) for link in linked), start
    # All that is printed of the tables of results is linked.
    table = (built / RESULTS / "paper/results_randomization.tex").read_text()
    count = len(re.findall(r"\\(?:val|est)\{", table))
    assert sum(link.startswith("tables/randomization") for link in linked) >= count > 10
    text = paper(built)
    for told in ("seeds 0–1", "figures/smoothness.py", "drawn by rule figure", "commit"):
        assert told in text, told


def test_a_flipped_verdict_changes_the_paper_and_a_claim_is_added_by_one_entry(copy):
    assert claims(copy)["Z7"]["verdict"] == "supported"
    assert "The construction keeps its promise" in paper(copy)
    edit(copy / "paper/claims.yaml", "at_most: 1.0e-6", "at_least: 1.0e-6")
    page = (copy / "docs/extending.md").read_text()
    (entry,) = re.findall(r"```yaml\n(  E1:.*?)```", page, re.DOTALL)
    with (copy / "paper/claims.yaml").open("a") as file:
        file.write(entry)
    code, output = run(copy, *CONFIG)
    assert code == 0, output
    assert claims(copy)["Z7"]["verdict"] == "refuted"
    text = paper(copy)
    assert "The construction keeps its promise" not in text
    assert "The construction does not keep its promise (Z7): the largest error" in text
    counts = [claim["verdict"] for claim in claims(copy).values()].count("refuted")
    assert f"{counts} are refuted" in text
    assert claims(copy)["E1"]["verdict"] in ("supported", "refuted", "undecided")
    assert claims(copy)["E1"]["statement"] in text
    assert "Each of 17 claims" in text


def test_another_level_of_noise_and_fewer_seeds_change_verdicts_and_paper_without_an_edit(
    copy, tmp_path
):
    before = claims(copy)["R6"]["criteria"]["smooth"]["tests"]
    assert [test["group"]["label_noise"] for test in before] == [0.5, 1.0, 1.0]
    conditions = ["true_labels", "label_noise-0.25", "label_noise-1.00", "random_pixels"]
    changes = smoke(
        experiments={"corruption": {"conditions": {"mlp3x512": conditions}}},
        models={"resnet18": {"seeds": 1}},
    )
    more = write_config(tmp_path / "more.yaml", changes)
    target = f"{RESULTS}/paper/values.tex"  # what the paper prints
    code, output = run(copy, "--configfile", more, "--", target)
    assert code == 0, output
    after = claims(copy)["R6"]["criteria"]["smooth"]["tests"]
    assert [test["group"]["label_noise"] for test in after] == [0.25, 1.0, 1.0]
    assert [test["seeds"] for test in after] == [[0, 1], [0, 1], [0]]
    assert after[2]["why"] == "one unit gives no interval"
    assert claims(copy)["R6"]["verdict"] == "undecided"
    text = (copy / target).read_text()
    assert r"\setverdict{R6}{undecided}" in text
    assert "Whether the accuracy falls smoothly is undecided" in text


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "metric: train_accuracy",
            "metric: train_acuracy",
            "paper/claims.yaml: Z1: criterion fit: runs.csv of randomization has no metric "
            "'train_acuracy'",
        ),
        (
            "experiment: randomization",
            "experiment: randomisation",
            "error: paper/claims.yaml: Z1: criterion fit: no scale has an experiment "
            "'randomisation'; did you mean 'randomization'?",
        ),
        ("source: rebuttal", "source: nobody", "'nobody' is not in paper/references.bib"),
    ],
)
def test_a_claim_that_dangles_ends_with_a_line_that_says_which(copy, old, new, said):
    edit(copy / "paper/claims.yaml", old, new)
    code, output = run(copy, *CONFIG)
    assert code != 0
    assert said in output
    assert "Traceback" not in output
