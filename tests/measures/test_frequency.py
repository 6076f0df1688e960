"""All that frequency reports of a function, on paths and planes through images."""

import itertools
import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from rethinking.errors import InputError
from rethinking.measures.frequency import CUT_OFFS, DIRECTIONS, measure, on_paths, on_planes
from rethinking.measures.helpers import spectrum
from rethinking.measures.helpers.interpolants import (
    nearest_neighbour,
    nearest_neighbour_distance,
    white_noise,
)
from rethinking.measures.helpers.metric import Subject
from tests.helpers.subjects import make_subject, network_with_statistics, values

SIZES = {
    "path_count": 12,
    "path_points": 64,
    "plane_count": 4,
    "plane_points": 48,
    "heat_images": 4,
    "decision_points": 8,
}


def test_directions_are_those_of_waves_of_two_cycles_and_more():
    # Three images at distance √2 from each other, which is d; two waves across each other.
    images = torch.eye(3).reshape(3, 1, 1, 3)
    along = torch.tensor([-1.0, 1.0, 0.0]) / 2
    up = torch.tensor([-1.0, -1.0, 2.0]) / 12**0.5

    def waves(inputs):
        places = (inputs - images[0]).flatten(start_dim=1)
        slow, fast = 2.4 * torch.pi * places @ along, 8 * torch.pi * places @ up
        logits = 3 * slow.cos() + fast.cos()
        return torch.stack([logits, -logits], dim=1)

    labels = torch.arange(3)
    subject = Subject(waves, True, images, labels, images, labels, 0)
    metrics = measure(subject, **SIZES | {"plane_count": 1})
    # The plane is that of the picture, whose axes are known by where the images are.
    corners = {int(m.value): (m.x, m.y) for m in metrics if m.name == "decision_image"}
    step = [to - start for start, to in zip(corners[0], corners[1], strict=True)]
    across = round(math.degrees(math.atan2(step[1], step[0])) + 90) % 180
    ratios = {m.x: m.value for m in metrics if m.name == "plane_directions"}
    assert len(ratios) == DIRECTIONS
    assert ratios[across] > 0.9 * sum(ratios.values())


def test_too_few_frequencies_have_no_slope():
    subject = make_subject(network_with_statistics("mlp"))
    metrics = measure(subject, **SIZES | {"path_points": 8})
    (slope,) = [metric for metric in metrics if metric.name == "path_slope"]
    assert math.isnan(slope.value)
    assert slope.note == "not defined: too few frequencies"


def test_too_few_or_double_images_are_refused():
    subject = make_subject(network_with_statistics("mlp"))
    few = replace(subject, train_images=subject.train_images[:2])
    with pytest.raises(InputError, match="go through 3 training images, but there are 2"):
        measure(few, **SIZES)
    images = torch.cat([subject.train_images[:1].expand(9, -1, -1, -1), subject.train_images[1:4]])
    with pytest.raises(InputError, match="have a twin"):
        measure(replace(subject, train_images=images), **SIZES)


def wave_between(start, end, cycles):
    """Logits of which the first is a wave along the line from one image to another."""
    along = (end - start).flatten()

    def logits(images):
        places = (images - start).flatten(start_dim=1) @ along / along.square().sum()
        wave = torch.sin(2 * torch.pi * cycles * places)
        return torch.stack([wave, torch.zeros_like(wave)], dim=1)

    return logits


def test_a_wave_in_the_space_of_images_has_its_frequency_on_paths_and_planes():
    # Three images at distance √2 from each other, so that this is d.
    images = torch.eye(3).reshape(3, 1, 1, 3)
    subject = replace(make_subject(None), train_images=images)
    distance = nearest_neighbour_distance(images)
    assert distance == pytest.approx(2**0.5)
    for cycles in (4, 6):
        function = wave_between(images[0], images[1], cycles)
        # On the other two sides the wave is met at 60 degrees.
        found = on_paths(subject, function, distance, 30, 128)
        half = spectrum.energy_below(found, 0.75 * cycles)
        assert half == pytest.approx(2 / 3, abs=0.2)
        around = [spectrum.energy_below(found, share * cycles) for share in (0.2, 0.8, 1.4)]
        assert around[0] < 0.02
        assert around[1] - around[0] == pytest.approx(half, abs=0.02)
        assert around[2] > 0.98
        # The plane knows no side: whichever comes first, the radial frequency is that of the wave.
        found = on_planes(subject, function, distance, 5, 64)
        assert spectrum.centroid(found) == pytest.approx(cycles, abs=0.15)


def test_the_report_of_a_network():
    subject = make_subject(network_with_statistics("inception"))
    metrics = measure(subject, **SIZES)
    found = values(metrics)
    for kind in ("path", "plane"):
        shares = [found[f"{kind}_energy_below_{cut_off}"] for cut_off in CUT_OFFS]
        assert 0 < shares[0] <= shares[1] <= shares[2] <= 1
        points = [metric for metric in metrics if metric.name == f"{kind}_spectrum"]
        assert len(points) >= 5
        assert all(metric.value >= 0 for metric in points)
    assert len([m for m in metrics if m.name == "plane_directions"]) == DIRECTIONS
    heat = [m for m in metrics if m.name == "image_sensitivity" and not math.isnan(m.x)]
    assert len({(m.x, m.y) for m in heat}) == 64
    assert found["image_sensitivity"] == pytest.approx(sum(m.value for m in heat) / 64)


def test_a_constant_network_has_zero_everywhere_and_no_nan():
    network = network_with_statistics("mlp")
    nn.init.zeros_(network[-1].weight)
    metrics = measure(make_subject(network), **SIZES)
    for metric in metrics:
        if metric.name == "image_centroid":
            assert metric.note == "not defined: nothing moves it"
            continue
        assert not math.isnan(metric.value), metric
        if not metric.name.startswith("decision"):
            assert metric.value == 0, metric


def test_references_are_rougher_than_networks():
    subject = make_subject(network_with_statistics("mlp"))
    network = values(measure(subject, **SIZES))
    memoriser = nearest_neighbour(subject.train_images, subject.train_labels, 3)
    jumps = values(measure(replace(subject, function=memoriser, differentiable=False), **SIZES))
    noise = values(
        measure(replace(subject, function=white_noise(3, 0), differentiable=False), **SIZES)
    )
    for kind in ("path", "plane"):
        centroids = [found[f"{kind}_centroid"] for found in (network, jumps, noise)]
        assert centroids == sorted(centroids)
        assert noise[f"{kind}_slope"] == pytest.approx(0, abs=0.5)
        assert network[f"{kind}_slope"] < jumps[f"{kind}_slope"] < noise[f"{kind}_slope"]


def test_white_noise_is_the_same_however_images_are_cut_into_parts(monkeypatch):
    def found():
        subject = make_subject(white_noise(3, 0))
        return [metric.value for metric in measure(replace(subject, differentiable=False), **SIZES)]

    whole = found()
    monkeypatch.setattr("rethinking.measures.helpers.logits.PIXELS", 3 * 64)
    assert found() == pytest.approx(whole, rel=1e-4, abs=1e-6, nan_ok=True)


def test_each_seed_has_lines_planes_and_images_of_its_own():
    network = network_with_statistics("mlp")
    found = [values(measure(make_subject(network, seed=seed), **SIZES)) for seed in (0, 1, 1)]
    assert found[1] == found[2]
    for name in ("path_centroid", "plane_centroid", "image_sensitivity"):
        assert found[0][name] != found[1][name], name


def test_the_picture_of_a_plane_shows_what_is_decided_there():
    subject = make_subject(None)
    memoriser = nearest_neighbour(subject.train_images, subject.train_labels, 3)
    subject = replace(subject, function=memoriser, differentiable=False)
    metrics = measure(subject, **SIZES | {"decision_points": 40})
    corners = [metric for metric in metrics if metric.name == "decision_image"]
    pixels = [metric for metric in metrics if metric.name == "decision_class"]
    assert len(corners) == 3
    assert len(pixels) == 1600
    # All three images are in the picture.
    assert max(metric.x for metric in pixels) > max(abs(corner.x) for corner in corners)
    for corner in corners:
        nearest = min(pixels, key=lambda p: (p.x - corner.x) ** 2 + (p.y - corner.y) ** 2)
        assert math.dist((nearest.x, nearest.y), (corner.x, corner.y)) < 0.2
        assert nearest.value == corner.value
    distance = nearest_neighbour_distance(subject.train_images)
    sides = [math.dist((a.x, a.y), (b.x, b.y)) for a, b in itertools.pairwise(corners)]
    assert min(sides) * distance > 0.5 * distance
    # One network of each setting is drawn.
    assert not [m for m in measure(replace(subject, seed=1), **SIZES) if "decision" in m.name]
