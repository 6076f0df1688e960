"""Spectra against signals whose spectrum is known."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import signal
from torch import nn

from rethinking.errors import InputError
from rethinking.measures.frequency import (
    BINS,
    CUT_OFFS,
    DIRECTIONS,
    SLOPE_FROM,
    _of_spectrum,
    measure,
    on_paths,
    on_planes,
)
from rethinking.measures.helpers import spectrum
from rethinking.measures.helpers.image_frequency import fourier_sensitivity, fourier_waves
from rethinking.measures.helpers.interpolants import (
    nearest_neighbour,
    nearest_neighbour_distance,
    white_noise,
)
from rethinking.measures.helpers.sections import draw_places, paths, plane_axes, planes, spans_plane
from tests.measures.test_norms import SHAPE, network_with_statistics
from tests.measures.test_smoothness import make_subject, values

POINTS = 64
SIZES = {
    "path_count": 12,
    "path_points": 64,
    "plane_count": 4,
    "plane_points": 48,
    "heat_images": 4,
    "decision_points": 8,
}


def lines(signal, spacings=(0.05, 0.08)):
    """A signal of position, sampled on lines with different distances between their points."""
    positions = [spacing * np.arange(POINTS) for spacing in spacings]
    return np.stack([signal(at) for at in positions])[..., None], np.array(spacings)


def grid(signal, points=32, side=2.0):
    axis = (np.arange(points) - (points - 1) / 2) * side / points
    across, up = np.meshgrid(axis, axis)
    return np.broadcast_to(signal(across, up), (points, points))[None, ..., None], side / points


def test_a_wave_on_lines_has_its_energy_at_its_frequency():
    found = spectrum.line_spectrum(*lines(lambda at: np.sin(2 * np.pi * 4 * at)))
    # The resolutions are 1/(64·0.05) and 1/(64·0.08), and a Hann window reaches two of them.
    assert spectrum.centroid(found) == pytest.approx(4, abs=0.05)
    assert spectrum.energy_below(found, 3.3) < 0.01
    assert spectrum.energy_below(found, 4.7) > 0.99
    assert found.energies.sum() == pytest.approx(0.5, rel=0.05)
    assert found.highest == pytest.approx(1 / (2 * 0.08))
    edges = np.arange(0, 7.0)
    densities = spectrum.density(found, edges)
    assert densities.sum() == pytest.approx(found.energies.sum(), rel=0.2)
    assert densities[3:5].sum() > 0.99 * densities.sum()


@pytest.mark.parametrize("points", [64, 63])
def test_the_spectrum_of_lines_is_the_periodogram(points):
    values = np.random.default_rng(0).standard_normal((3, points, 2)).cumsum(axis=1)
    found = spectrum.line_spectrum(values, np.full(3, 0.5))
    level = signal.detrend(values, axis=1)
    steps, density = signal.periodogram(level, fs=2, window="hann", detrend=False, axis=1)
    assert found.radii[0] == pytest.approx(steps[1:])
    expected = density[:, 1:].sum(axis=2) / 3 * (2 / points)
    assert found.energies == pytest.approx(expected)


@pytest.mark.parametrize("degrees", [0, 30, 45, 90, 135, 165])
def test_a_wave_on_a_plane_has_its_energy_at_its_frequency_and_direction(degrees):
    along = np.radians(degrees)

    def wave(across, up):
        return np.cos(2 * np.pi * 4 * (across * np.cos(along) + up * np.sin(along)))

    found = spectrum.plane_spectrum(*grid(wave))
    assert spectrum.centroid(found) == pytest.approx(4, abs=0.1)
    assert found.energies.sum() == pytest.approx(0.5, rel=0.05)
    assert spectrum.anisotropy(found) > 0.95
    directions, ratios = spectrum.by_direction(found, DIRECTIONS, np.arange(2, 8, 0.5))
    assert directions[ratios.argmax()] == degrees
    assert ratios.max() > 0.8 * ratios.sum()


def test_directions_are_those_of_waves_of_two_cycles_and_more():
    def waves(across, up):
        return 3 * np.cos(2 * np.pi * 1.2 * across) + np.cos(2 * np.pi * 4 * up)

    found = spectrum.plane_spectrum(*grid(waves, points=48, side=3.0))
    ratios = {m.x: m.value for m in _of_spectrum("plane", found) if m.name == "plane_directions"}
    assert len(ratios) == DIRECTIONS
    assert ratios[90] > 0.9 * sum(ratios.values())


@pytest.mark.parametrize("classes", [1, 3])
def test_white_noise_is_flat(classes):
    generator = np.random.default_rng(0)
    on_lines = spectrum.line_spectrum(
        generator.standard_normal((3000, POINTS, classes)), np.full(3000, 0.05)
    )
    assert spectrum.slope(on_lines, 1, np.arange(0, 10.5, 0.5)) == pytest.approx(0, abs=0.05)
    # Half of the frequencies hold half of the energy, but for what the trend takes.
    assert spectrum.energy_below(on_lines, 5) == pytest.approx(0.5, abs=0.03)
    assert on_lines.energies.sum() == pytest.approx(classes, rel=0.1)
    on_planes = spectrum.plane_spectrum(generator.standard_normal((200, 32, 32, classes)), 2 / 32)
    assert spectrum.slope(on_planes, 1, np.arange(0, 8, 0.5)) == pytest.approx(0, abs=0.1)
    assert spectrum.anisotropy(on_planes) < 0.1
    ratios = spectrum.by_direction(on_planes, DIRECTIONS, np.arange(2, 8, 0.5))[1]
    assert ratios == pytest.approx(np.ones(DIRECTIONS), abs=0.1)
    assert spectrum.energy_below(on_planes, 4) == pytest.approx(math.pi / 16, abs=0.02)


@pytest.mark.parametrize(
    ("signal", "exponent"),
    [(lambda at: (at > 1.37).astype(float), -2), (lambda at: np.abs(at - 1.37), -4)],
)
def test_jumps_and_kinks_have_their_slopes(signal, exponent):
    values, spacings = lines(signal, spacings=(0.04, 0.041))
    found = spectrum.line_spectrum(values, spacings)
    assert spectrum.slope(found, 1, np.arange(0, 12.5, 0.5)) == pytest.approx(exponent, abs=0.4)


@pytest.mark.parametrize("values", [np.zeros, np.ones, lambda shape: np.full(shape, 1e6)])
def test_what_is_constant_has_no_energy_and_zero_everywhere(values):
    rounded = values((3, POINTS, 2)).astype(np.float32).astype(np.float64)
    on_lines = spectrum.line_spectrum(rounded, np.ones(3))
    on_planes = spectrum.plane_spectrum(values((2, 8, 8, 2)), 1.0)
    edges = np.arange(0, 0.5, 0.125)
    for found in (on_lines, on_planes):
        assert found.energies.sum() == 0
        assert spectrum.energy_below(found, 0.2) == 0
        assert spectrum.centroid(found) == 0
        assert spectrum.slope(found, 0, edges) == 0
        assert np.nansum(spectrum.density(found, edges)) == 0
    assert spectrum.anisotropy(on_planes) == 0
    assert (spectrum.by_direction(on_planes, DIRECTIONS, edges)[1] == 0).all()


def test_mean_and_trend_are_no_energy():
    wave, spacings = lines(lambda at: np.sin(2 * np.pi * 4 * at))
    tilted, _ = lines(lambda at: np.sin(2 * np.pi * 4 * at) + 30 * at - 7)
    plain = spectrum.line_spectrum(wave, spacings)
    assert spectrum.line_spectrum(tilted, spacings).energies == pytest.approx(plain.energies)
    only_trend, spacing = grid(lambda across, up: 3 + across - 2 * up)
    assert spectrum.plane_spectrum(only_trend, spacing).energies.sum() == 0


def test_all_logits_count():
    wave, spacings = lines(lambda at: np.sin(2 * np.pi * 4 * at))
    quiet = np.zeros_like(wave)
    both = spectrum.line_spectrum(np.concatenate([quiet, wave], axis=2), spacings)
    assert spectrum.centroid(both) == pytest.approx(4, abs=0.05)


def test_paths_go_from_image_to_image_in_equal_steps():
    pairs = torch.randn(5, 2, *SHAPE)
    points, spacings = paths(pairs, 9)
    torch.testing.assert_close(points[:, 0], pairs[:, 0])
    torch.testing.assert_close(points[:, -1], pairs[:, 1])
    steps = (points[:, 1:] - points[:, :-1]).flatten(start_dim=2).norm(dim=2)
    torch.testing.assert_close(steps, spacings[:, None].expand(5, 8), rtol=1e-4, atol=1e-5)


def test_axes_are_orthonormal_and_hold_the_images():
    triples = torch.randn(6, 3, *SHAPE, dtype=torch.float64)
    centres, axes, corners = plane_axes(triples)
    flat = axes.flatten(start_dim=2)
    torch.testing.assert_close(flat @ flat.mT, torch.eye(2, dtype=torch.float64).expand(6, 2, 2))
    back = centres[:, None] + torch.einsum("pka,pachw->pkchw", corners, axes)
    torch.testing.assert_close(back, triples)
    # The line through the first two is along the first axis, the third image above it.
    torch.testing.assert_close(corners[:, 0, 1], corners[:, 1, 1])
    assert (corners[:, 1, 0] > corners[:, 0, 0]).all()
    assert (corners[:, 2, 1] > corners[:, 0, 1]).all()


def test_planes_are_square_grids_about_their_centre():
    centres, axes, _ = plane_axes(torch.randn(2, 3, *SHAPE))
    grids = planes(centres, axes, side=3.0, points=6)
    torch.testing.assert_close(grids.flatten(1, 2).mean(dim=1), centres, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(grids[:, 2, 3] - grids[:, 2, 2], 0.5 * axes[:, 0], atol=1e-5, rtol=0)
    torch.testing.assert_close(grids[:, 3, 2] - grids[:, 2, 2], 0.5 * axes[:, 1], atol=1e-5, rtol=0)


def test_too_few_frequencies_have_no_slope():
    values, spacings = lines(lambda at: np.abs(at - 1.37), spacings=(0.5,))
    found = spectrum.line_spectrum(values, spacings)
    assert math.isnan(spectrum.slope(found, 2, np.arange(0, 2.0)))
    subject = make_subject(network_with_statistics("mlp"))
    metrics = measure(subject, **SIZES | {"path_points": 8})
    (slope,) = [metric for metric in metrics if metric.name == "path_slope"]
    assert slope.note == "not defined: too few frequencies"


@pytest.mark.parametrize(
    ("signal", "exponent"),
    [(lambda at, edge: (at > edge).astype(float), -2), (lambda at, edge: np.abs(at - edge), -4)],
)
@pytest.mark.parametrize(("shortest", "longest", "points"), [(1.2, 1.9, 64), (1.9, 3.6, 128)])
def test_slopes_on_paths_as_long_as_those_of_data(signal, exponent, shortest, longest, points):
    # Of CIFAR-10 and of digits, in distances between nearest neighbours.
    generator = np.random.default_rng(0)
    lengths = generator.uniform(shortest, longest, 200)
    values = [
        signal(np.linspace(0, length, points), generator.uniform(0.1, 0.9) * length)
        for length in lengths
    ]
    found = spectrum.line_spectrum(np.stack(values)[..., None], lengths / (points - 1))
    edges = np.arange(0, found.highest, BINS["path"])
    # On short lines the window leaks into what counts.
    assert spectrum.slope(found, SLOPE_FROM, edges) == pytest.approx(exponent, abs=0.5)


def test_images_in_a_line_and_twins_span_no_plane():
    one, other = torch.randn(2, *SHAPE)
    triples = torch.stack(
        [
            torch.stack([one, other, torch.randn(SHAPE)]),
            torch.stack([one, other, 0.3 * one + 0.7 * other]),
            torch.stack([one, one, other]),
            torch.stack([one, other, other]),
        ]
    )
    assert spans_plane(triples).tolist() == [True, False, False, False]


def test_too_few_or_double_images_are_refused():
    subject = make_subject(network_with_statistics("mlp"))
    few = replace(subject, train_images=subject.train_images[:2])
    with pytest.raises(InputError, match="go through 3 training images, but there are 2"):
        measure(few, **SIZES)
    images = torch.cat([subject.train_images[:1].expand(9, -1, -1, -1), subject.train_images[1:4]])
    with pytest.raises(InputError, match="have a twin"):
        measure(replace(subject, train_images=images), **SIZES)


def test_no_image_is_twice_in_a_group():
    drawn = draw_places(5, 200, 3, torch.Generator().manual_seed(0))
    assert all(len(set(group.tolist())) == 3 for group in drawn)
    assert set(drawn.flatten().tolist()) == set(range(5))


@pytest.mark.parametrize(("height", "width"), [(8, 8), (5, 6)])
def test_waves_are_orthonormal_and_have_one_frequency(height, width):
    device = torch.device("cpu")
    basis = torch.cat([fourier_waves(up, height, width, device) for up in range(height)])
    flat = basis.flatten(start_dim=1)
    torch.testing.assert_close(flat @ flat.T, torch.eye(height * width), atol=1e-5, rtol=0)
    for place, transformed in enumerate(torch.fft.fft2(basis).abs()):
        up, across = divmod(place, width)
        there = transformed[up, across] ** 2 + transformed[-up % height, -across % width] ** 2
        own = there / (2 if (up, across) == (-up % height, -across % width) else 1)
        assert float(own / transformed.square().sum()) == pytest.approx(1, abs=1e-5)


def test_a_filter_is_sensitive_to_the_frequencies_that_it_lets_through():
    # The "logits" are what remains of an image after a filter, so the map is its transfer function.
    gain = torch.rand(8, 8, generator=torch.Generator().manual_seed(0))
    gain = (gain + gain.roll((-1, -1), (0, 1)).flip(0, 1).roll((2, 2), (0, 1))) / 2
    gain = (gain + torch.roll(torch.flip(gain, (0, 1)), (1, 1), (0, 1))) / 2

    def filtered(images):
        return torch.fft.ifft2(torch.fft.fft2(images) * gain).real.flatten(start_dim=1)

    images = torch.randn(3, 2, 8, 8)
    found = fourier_sensitivity(filtered, images, 0.7, torch.Generator().manual_seed(0))
    torch.testing.assert_close(found, 0.7 * gain, rtol=1e-4, atol=1e-5)


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
