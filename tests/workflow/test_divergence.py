"""Networks that diverge are results."""

import json

from pypdf import PdfReader

from rethinking.tables import read_table
from tests.helpers.project import RESULTS, rethinking, smoke, write_config

RECIPES = ("one_cycle", "constant", "fixed_length")
REGULARIZATION = {
    "conditions": {"mlp3x512": ["true_labels"]},
    "regularizers": {"mlp3x512": ["none", "weight_decay"]},
}


def test_a_network_that_diverges_is_counted_and_the_paper_goes_on(copy, tmp_path):
    conditions = {"mlp3x512": ["true_labels"], "resnet18": ["true_labels", "label_noise-1.00"]}
    diverging = smoke(
        models={"mlp3x512": {"recipes": {name: {"learning_rate": 1e12} for name in RECIPES}}},
        experiments={
            name: {"conditions": conditions}
            for name in ("randomization", "corruption", "smoothness", "frequency")
        }
        | {"regularization": REGULARIZATION},
    )
    config = write_config(tmp_path / "diverging.yaml", diverging)
    code, output = rethinking(copy, "run", "--cores", "2", "--configfile", config)
    assert code == 0, output
    summary = read_table(copy / RESULTS / "tables/randomization/summary.csv")
    diverged = summary[summary["model"] == "mlp3x512"].set_index("metric")
    assert diverged.loc["test_accuracy", ["n", "excluded"]].tolist() == [0, 2]
    assert diverged.loc["interpolated", ["n", "mean"]].tolist() == [2, 0]
    others = summary[summary["model"] == "resnet18"]
    assert (others["excluded"] == 0).all()
    summary = read_table(copy / RESULTS / "tables/regularization/summary.csv")
    counts = summary.set_index("metric").loc["best_test_accuracy", ["n", "excluded"]]
    assert counts.to_numpy().tolist() == [[0, 2]] * 2
    summary = read_table(copy / RESULTS / "tables/smoothness/summary.csv")
    of_model = summary[summary["model"] == "mlp3x512"].set_index(["condition", "metric"])
    assert of_model.loc[("true_labels", "lipschitz_upper"), ["n", "excluded"]].tolist() == [0, 2]
    assert of_model.loc[("untrained", "lipschitz_upper"), ["n", "excluded"]].tolist() == [2, 0]
    block = copy / RESULTS / "runs/digits/true_labels/mlp3x512/one_cycle/block-0"
    members = json.loads((block / "run.json").read_text())["members"]
    assert [member["status"] for member in members] == ["diverged"] * 2
    pdf = PdfReader(copy / RESULTS / "paper.pdf")
    text = "\n".join(page.extract_text() for page in pdf.pages)
    assert "nan" not in text.lower().split()
