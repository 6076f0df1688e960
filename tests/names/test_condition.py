"""Names of data conditions, and what follows from them."""

import pytest

from rethinking.names.condition import (
    KINDS,
    SYNTHETIC,
    WALKS,
    Condition,
    corruption_module,
    data_condition,
    parse_condition,
)

REAL_IMAGES = [
    "true_labels",
    "label_noise-0.50",
    "label_noise-1.00",
    "shuffled_pixels",
    "random_pixels",
    "gaussian",
]


@pytest.mark.parametrize("text", [*REAL_IMAGES, *SYNTHETIC])
def test_condition_names_read_back(text):
    assert str(parse_condition(text)) == text


def test_a_name_is_a_corruption_and_its_level():
    assert parse_condition("label_noise-0.25") == Condition("label_noise", 0.25)
    assert parse_condition("random_pixels") == Condition("random_pixels", None)


def test_label_noise_of_a_condition():
    noise = [parse_condition(text).label_noise for text in REAL_IMAGES]
    assert noise == [0.0, 0.5, 1.0, None, None, None]
    assert {parse_condition(text).label_noise for text in SYNTHETIC} == {None}


def test_synthetic_images_share_a_module_and_other_corruptions_have_their_own():
    assert {corruption_module(one) for one in SYNTHETIC} == {"synthetic"}
    assert corruption_module("gaussian") == "gaussian"
    assert corruption_module("label_noise") == "label_noise"


def test_every_walk_has_a_control():
    assert {f"{walk}_marginals" for walk in WALKS} < set(SYNTHETIC)
    assert len(SYNTHETIC) == 2 + 2 * len(WALKS)
    assert set(KINDS) == {"true_labels", *SYNTHETIC}


def test_untrained_networks_are_measured_on_the_data_as_they_are():
    assert data_condition("untrained") == "true_labels"
    assert data_condition("label_noise-0.50") == "label_noise-0.50"
