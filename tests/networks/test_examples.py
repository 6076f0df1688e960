import csv
import io
from dataclasses import replace

from rethinking.data.dataset import save
from rethinking.networks.examples import COLUMNS, EXAMPLES, write_examples
from rethinking.tables import read_table
from tests.conftest import make_dataset


def test_examples_are_the_first_images_under_each_condition(tmp_path):
    base = make_dataset(shape=(2, 4, 3))
    other = replace(
        base,
        train_images=base.train_images.astype("float32") - 300.5,
        train_labels=(base.train_labels + 1) % base.classes,
    )
    save(base, tmp_path / "base")
    save(base, tmp_path / "same", base)
    save(other, tmp_path / "other", base)
    spec = {"conditions": ["true_labels", "gaussian"]}
    corrupted = [tmp_path / "same", tmp_path / "other"]
    write_examples(tmp_path / "base", corrupted, tmp_path / "table.csv", spec)
    with (tmp_path / "table.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == 2 * EXAMPLES * 2 * 4 * 3
    for row in rows:
        data = base if row["condition"] == "true_labels" else other
        image, *place = (int(row[key]) for key in ("image", "channel", "row", "column"))
        assert float(row["value"]) == data.train_images[image][tuple(place)]
        assert row["label"] == data.class_names[data.train_labels[image]]
        assert row["true_label"] == base.class_names[base.train_labels[image]]


def test_names_of_classes_are_written_alike_whatever_the_users_encoding(tmp_path, monkeypatch):
    monkeypatch.setattr(io, "text_encoding", lambda encoding, *_: encoding or "latin-1")
    named = replace(make_dataset(classes=4), class_names=("Äpfel", "Öl", "Übel", "ß"))
    save(named, tmp_path / "data")
    spec = {"conditions": ["true_labels"]}
    write_examples(tmp_path / "data", [tmp_path / "data"], tmp_path / "table.csv", spec)
    assert set(read_table(tmp_path / "table.csv")["label"]) <= set(named.class_names)
