"""Example images of each condition, pixel by pixel."""

import csv
import io
from dataclasses import replace

from rethinking.data.corrupt import corrupt, write_corrupted
from rethinking.data.dataset import save
from rethinking.data.specs import CorruptSpec
from rethinking.names.condition import parse_condition
from rethinking.networks.examples import COLUMNS, EXAMPLES, write_examples
from rethinking.networks.specs import ExamplesSpec
from rethinking.tables import read_table
from tests.conftest import make_dataset
from tests.helpers.training import SPEC


def written(folder, base, conditions):
    """Write examples of some conditions; the path of their table."""
    dataset, table = folder / "base.safetensors", folder / "table.csv"
    save(base, dataset)
    blocks = [folder / f"{condition}.safetensors" for condition in conditions]
    for condition, block in zip(conditions, blocks, strict=True):
        write_corrupted(dataset, block, CorruptSpec(SPEC.dataset, condition, [1, 0]))
    write_examples(dataset, blocks[::-1], table, ExamplesSpec(conditions))
    return table


def test_examples_are_the_first_images_under_each_condition(tmp_path):
    base = make_dataset(shape=(2, 4, 3))
    # Pixels below 0 and above 255, and other labels.
    conditions = ["true_labels", "gaussian", "label_noise-1.00"]
    with written(tmp_path, base, conditions).open() as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == len(conditions) * EXAMPLES * 2 * 4 * 3
    assert list(dict.fromkeys(row["condition"] for row in rows)) == conditions
    for row in rows:
        data = corrupt(base, parse_condition(row["condition"]), 0)
        image, *place = (int(row[key]) for key in ("image", "channel", "row", "column"))
        assert float(row["value"]) == data.train_images[image][tuple(place)]
        assert row["label"] == data.class_names[data.train_labels[image]]
        assert row["true_label"] == base.class_names[base.train_labels[image]]
    differ = {row["condition"] for row in rows if row["label"] != row["true_label"]}
    assert differ == {"label_noise-1.00"}


def test_names_of_classes_are_written_alike_whatever_the_users_encoding(tmp_path, monkeypatch):
    monkeypatch.setattr(io, "text_encoding", lambda encoding, *_: encoding or "latin-1")
    named = replace(make_dataset(classes=4), class_names=("Äpfel", "Öl", "Übel", "ß"))
    table = written(tmp_path, named, ["true_labels"])
    assert set(read_table(table)["label"]) <= set(named.class_names)
