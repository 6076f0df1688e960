"""Names of classes and networks are drawn as they stand, whatever they look like."""

from dataclasses import replace
from xml.etree import ElementTree as ET

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from rethinking.data.corrupt import write_corrupted
from rethinking.data.dataset import save
from rethinking.data.specs import CorruptSpec
from rethinking.figures.helpers import figure
from rethinking.names.specs import DatasetSpec
from rethinking.networks.examples import EXAMPLES, write_examples
from rethinking.networks.specs import EXAMPLE_SEED, ExamplesSpec
from tests.conftest import make_dataset
from tests.helpers.figures import figure_spec


@pytest.fixture
def drawn(tmp_path, monkeypatch):
    """A function that draws a figure of a table, and gives its texts as a reader sees them."""

    def save_as_svg(made, pdf, _png):
        with mpl.rc_context({"svg.fonttype": "none"}):
            made.savefig(pdf, format="svg")

    def texts(name, table, labels):
        monkeypatch.setattr(figure, "save", save_as_svg)
        spec = figure_spec(name, labels)
        figure.write_figure(table, tmp_path / "f.svg", tmp_path / "f.png", spec)
        found = ET.parse(tmp_path / "f.svg").iter("{http://www.w3.org/2000/svg}text")
        return ["".join(one.itertext()) for one in found]

    return texts


# As many as images are shown.
@pytest.mark.parametrize(
    "names",
    [
        ("NA", "EU", "nan"),
        ("null", "None", "01"),
        ("1e3", "$0_$10", "$10_$20"),
        ("$0-$10", "$1", r"a\$b$"),
    ],
)
def test_names_of_classes_are_drawn_as_they_stand(names, drawn, tmp_path):
    dataset = replace(
        make_dataset(n=EXAMPLES, classes=EXAMPLES),
        train_labels=np.arange(EXAMPLES),
        class_names=names,
    )
    base, block = tmp_path / "base.safetensors", tmp_path / "block-0.safetensors"
    save(dataset, base)
    write_corrupted(
        base, block, CorruptSpec(DatasetSpec("d", "d", {}), "true_labels", [EXAMPLE_SEED])
    )
    write_examples(base, [block], tmp_path / "t.csv", ExamplesSpec(["true_labels"]))
    assert set(names) <= set(drawn("examples", tmp_path / "t.csv", {}))


def test_labels_of_networks_are_drawn_as_they_stand(drawn, tmp_path):
    labels = {"null": "$0_$10", "nan": "$0-$10", "m": r"a\$b$"}
    keys = {"condition": "true_labels", "seed": 0, "train_loss": 0.5}
    rows = [keys | {"model": model, "epoch": epoch} for model in labels for epoch in (1, 2)]
    pd.DataFrame(rows).to_csv(tmp_path / "t.csv", index=False)
    assert set(labels.values()) <= set(drawn("learning_curves", tmp_path / "t.csv", labels))
