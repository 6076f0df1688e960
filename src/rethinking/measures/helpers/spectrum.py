"""Energy spectra of functions on lines and planes."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# The rounding of float32, squared, with some room, relative to the mean square of the values.
# Values with less variation are constant.
ROUNDING = 1e-12


@dataclass(frozen=True)
class Spectrum:
    """Energy by frequency; the mean of the signal is no component."""

    frequencies: Floats  # of each component, in cycles per unit: (…)×1 on lines, (…)×2 on planes
    # The contribution of each component to the mean square of the windowed signal, summed over
    # logits and averaged over lines or planes.
    energies: Floats
    cells: Floats  # the length or area of frequency of each component, averaged in the same way
    highest: float  # the frequency up to which all lines or planes have all directions

    @property
    def radii(self) -> Floats:
        """The frequency of each component, without its direction."""
        radii: Floats = np.linalg.norm(self.frequencies, axis=-1)
        return radii


def line_spectrum(values: Floats, spacings: Floats) -> Spectrum:
    """The spectrum along lines (Fridovich-Keil et al., 2022: interpolation between images).

    Mean and trend of each logit on each line are removed. Then a Hann window and the squared
    Fourier transform give the periodogram.

    Args:
        values: Logits, lines×points×classes.
        spacings: The distance between neighbouring points on each line.
    """
    lines, points = values.shape[:2]
    window = _hann(points)
    transformed = np.fft.rfft(_detrended(values) * window[:, None], axis=1)
    # Each component, except the mean and the last one of an even number, stands for two.
    twice = np.r_[1, np.full((points - 1) // 2, 2), np.ones(1 - points % 2)]
    energies = (np.abs(transformed) ** 2).sum(axis=2) * twice / points / (window**2).sum() / lines
    frequencies = np.fft.rfftfreq(points)[None, :] / spacings[:, None]
    cells = 1 / (points * spacings) / lines
    return Spectrum(
        frequencies[:, 1:, None],
        _unless_constant(energies[:, 1:], values),
        np.broadcast_to(cells[:, None], energies[:, 1:].shape),
        float(1 / (2 * spacings.max())),
    )


def plane_spectrum(values: Floats, spacing: float) -> Spectrum:
    """The spectrum in two dimensions, on square grids, computed as that of :func:`line_spectrum`.

    The values are logits, planes×rows×columns×classes, with as many rows as columns.
    """
    planes, points = values.shape[:2]
    window = np.outer(_hann(points), _hann(points))
    transformed = np.fft.fft2(_detrended(values) * window[..., None], axes=(1, 2))
    energies = (np.abs(transformed) ** 2).sum(axis=3) / points**2 / (window**2).sum() / planes
    axis = np.fft.fftfreq(points, spacing)
    up, across = np.meshgrid(axis, axis, indexing="ij")
    frequencies = np.broadcast_to(np.stack([across, up], axis=-1), (*energies.shape, 2))
    kept = np.linalg.norm(frequencies[0], axis=-1) > 0
    return Spectrum(
        frequencies[:, kept],
        _unless_constant(energies[:, kept], values),
        np.full((planes, kept.sum()), 1 / (points * spacing) ** 2 / planes),
        1 / (2 * spacing),
    )


def energy_below(spectrum: Spectrum, cut_off: float) -> float:
    """The share of the energy at frequencies up to a cut-off; 0 without any energy."""
    return _weighted_mean(spectrum.radii <= cut_off, spectrum.energies)


def centroid(spectrum: Spectrum) -> float:
    """The mean frequency, weighted by energy; 0 without any energy."""
    return _weighted_mean(spectrum.radii, spectrum.energies)


def anisotropy(spectrum: Spectrum) -> float:
    """The excess of energy in one direction of a plane over the direction across, in [0, 1].

    It is (λ₁ − λ₂)/(λ₁ + λ₂) for the second moments Σ E f fᵀ of each plane, as a mean over planes
    weighted by energy times squared frequency: 1 for a wave, 0 for an isotropic function.
    """
    moments = np.einsum(
        "pn,pni,pnj->pij", spectrum.energies, spectrum.frequencies, spectrum.frequencies
    )
    low, high = np.linalg.eigvalsh(moments).T
    return float((high - low).sum() / (high + low).sum()) if (high + low).sum() > 0 else 0.0


def density(spectrum: Spectrum, edges: Floats) -> Floats:
    """Energy per unit of frequency (squared, for planes) between rising bin edges.

    Bins without components have NaN.
    """
    energies, _ = np.histogram(spectrum.radii, edges, weights=spectrum.energies)
    cells, _ = np.histogram(spectrum.radii, edges, weights=spectrum.cells)
    empty = np.full(len(edges) - 1, np.nan)
    densities: Floats = np.divide(energies, cells, where=cells > 0, out=empty)
    return densities


def slope(spectrum: Spectrum, lowest: float, edges: Floats) -> float:
    """The exponent s of :func:`density` ∝ f^s, by least squares on logarithms above a frequency.

    White noise has 0; on lines, jumps have −2 and kinks −4, and smoother functions fall faster. It
    is 0 without any energy, and NaN with fewer than two bins in the range. The range ends at half
    the highest frequency, above which aliases of higher frequencies have weight.
    """
    densities = density(spectrum, edges)
    middles = (edges[1:] + edges[:-1]) / 2
    used = (edges[:-1] >= lowest) & (edges[1:] <= spectrum.highest / 2) & (densities > 0)
    if not spectrum.energies.any():
        return 0.0
    if used.sum() < 2:
        return float("nan")
    return float(np.polyfit(np.log(middles[used]), np.log(densities[used]), 1)[0])


def by_direction(spectrum: Spectrum, directions: int, edges: Floats) -> tuple[Floats, Floats]:
    """The energy of planes in each direction, relative to a function without preference.

    Such a function has the same energy in all components of a ring of frequencies. This accounts
    for directions in which the grid has few components. Energy outside of the rings is left out.

    Returns:
        The directions in degrees from the first axis, in [0, 180), and the ratios: 1 everywhere
        without a preferred direction, and 0 without energy.
    """
    width = 180 / directions
    across, up = np.moveaxis(spectrum.frequencies, -1, 0)
    sectors = ((np.degrees(np.arctan2(up, across)) + width / 2) % 180 // width).astype(int)
    rings = np.digitize(spectrum.radii, edges)
    counted = (rings > 0) & (rings < len(edges))
    sectors, rings, energies = sectors[counted], rings[counted], spectrum.energies[counted]
    means = np.bincount(rings, energies) / np.maximum(np.bincount(rings), 1)
    actual = np.bincount(sectors, energies, directions)
    even = np.bincount(sectors, means[rings], directions)
    ratios: Floats = np.divide(actual, even, where=even > 0, out=np.zeros(directions))
    return np.arange(directions, dtype=np.float64) * width, ratios


def _weighted_mean(values: Floats | NDArray[np.bool_], weights: Floats) -> float:
    total = weights.sum()
    return float((values * weights).sum() / total) if total > 0 else 0.0


def _hann(points: int) -> Floats:
    """The periodic Hann window; numpy's is the symmetric one."""
    window: Floats = torch.hann_window(points, dtype=torch.float64).numpy()
    return window


def _detrended(values: Floats) -> Floats:
    """Subtract the best affine fit from each logit on each line or plane."""
    sections, *points, classes = values.shape
    grid = np.stack(np.meshgrid(*map(np.arange, points), indexing="ij"), axis=-1)
    terms = np.insert(grid.reshape(-1, len(points)), 0, 1, axis=1).astype(np.float64)
    flat = values.reshape(sections, -1, classes)
    fitted = terms @ (np.linalg.pinv(terms) @ flat)
    return (flat - fitted).reshape(values.shape)


def _unless_constant(energies: Floats, values: Floats) -> Floats:
    threshold = ROUNDING * float((values**2).sum(axis=-1).mean())
    return energies if energies.sum() > threshold else np.zeros_like(energies)
