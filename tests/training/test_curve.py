"""Learning curves."""

import math

import pytest

from rethinking.training.curve import Epoch, epoch_rows, write_curve


def test_an_epoch_has_a_row_for_each_member():
    rows = epoch_rows([4, 7], 3, [0.5, 0.25], [0.6, 0.7], [1.5, 2.5], [0.1, 0.2])
    assert rows == [Epoch(4, 3, 0.5, 0.6, 1.5, 0.1), Epoch(7, 3, 0.25, 0.7, 2.5, 0.2)]


def test_columns_of_another_length_are_refused():
    with pytest.raises(ValueError, match="shorter"):
        epoch_rows([4, 7], 1, [0.5], [0.6], [1.5], [0.1])


def test_a_curve_is_written_to_the_last_digit_and_what_is_no_number_as_an_empty_cell(tmp_path):
    path = tmp_path / "run.csv"
    write_curve(path, [Epoch(0, 1, 0.1 + 0.2, 1.0, 1e-30, 0.5), Epoch(1, 1, math.nan, 0, 2.0, 0)])
    assert path.read_text() == (
        "seed,epoch,train_loss,train_accuracy,test_loss,test_accuracy\n"
        "0,1,0.30000000000000004,1.0,1e-30,0.5\n"
        "1,1,,0,2.0,0\n"
    )
