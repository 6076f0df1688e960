"""Spectra on lines and planes against signals whose spectrum is known."""

import math

import numpy as np
import pytest
from scipy import signal

from rethinking.measures.frequency import BINS, DIRECTIONS, SLOPE_FROM
from rethinking.measures.helpers import spectrum

POINTS = 64


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


def test_too_few_frequencies_have_no_slope():
    values, spacings = lines(lambda at: np.abs(at - 1.37), spacings=(0.5,))
    found = spectrum.line_spectrum(values, spacings)
    assert math.isnan(spectrum.slope(found, 2, np.arange(0, 2.0)))
