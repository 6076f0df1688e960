"""Energy spectra of what a function does on lines and planes."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Of the mean square of the values: rounding of float32, squared, with room. What varies less
# than this is constant.
ROUNDING = 1e-12


@dataclass(frozen=True)
class Spectrum:
    """Energy by frequency.

    Attributes:
        frequencies: Of each component, (…)×2 on planes and (…)×1 on lines, in cycles per unit.
        energies: What each contributes to the mean square of the windowed signal, summed over
            logits and averaged over lines or planes; never that of the mean.
        cells: The length or area of frequency that each component stands for, averaged likewise.
        highest: The frequency up to which all lines or planes have components in all directions.
    """

    frequencies: Floats
    energies: Floats
    cells: Floats
    highest: float

    @property
    def radii(self) -> Floats:
        """The frequency of each component, whatever its direction."""
        radii: Floats = np.linalg.norm(self.frequencies, axis=-1)
        return radii


def line_spectrum(values: Floats, spacings: Floats) -> Spectrum:
    """The spectrum along lines (Fridovich-Keil et al., 2022: interpolation between images).

    From each logit on each line its mean and trend are removed; then a Hann window and the squared
    Fourier transform, which is the periodogram.

    Args:
        values: Logits, lines×points×classes.
        spacings: The distance from point to point on each line.
    """
    lines, points = values.shape[:2]
    window = _hann(points)
    transformed = np.fft.rfft(_detrended(values) * window[:, None], axis=1)
    # Each component but the mean and, of an even number, the last stands for two.
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
    """The spectrum on square grids, in two dimensions, likewise.

    Args:
        values: Logits, planes×rows×columns×classes, as many rows as columns.
        spacing: From point to point.
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
    """The share of the energy at frequencies up to a cut-off; 0 where there is none at all."""
    return _weighted_mean(spectrum.radii <= cut_off, spectrum.energies)


def centroid(spectrum: Spectrum) -> float:
    """The mean frequency, weighted by energy; 0 where there is none."""
    return _weighted_mean(spectrum.radii, spectrum.energies)


def anisotropy(spectrum: Spectrum) -> float:
    """How much one direction of a plane has more energy than the one across, in [0, 1].

    (λ₁ − λ₂)/(λ₁ + λ₂) of the second moments Σ E f fᵀ of each plane, the mean over planes weighted
    by its energy times squared frequency: 1 for a wave, 0 for what varies in all directions alike.
    """
    moments = np.einsum(
        "pn,pni,pnj->pij", spectrum.energies, spectrum.frequencies, spectrum.frequencies
    )
    low, high = np.linalg.eigvalsh(moments).T
    return float((high - low).sum() / (high + low).sum()) if (high + low).sum() > 0 else 0.0


def density(spectrum: Spectrum, edges: Floats) -> Floats:
    """Energy per unit of frequency (of planes, per unit squared); NaN in a bin without components.

    Args:
        spectrum: Of lines or planes.
        edges: Of the bins, rising.
    """
    energies, _ = np.histogram(spectrum.radii, edges, weights=spectrum.energies)
    cells, _ = np.histogram(spectrum.radii, edges, weights=spectrum.cells)
    nothing = np.full(len(edges) - 1, np.nan)
    found: Floats = np.divide(energies, cells, where=cells > 0, out=nothing)
    return found


def slope(spectrum: Spectrum, lowest: float, edges: Floats) -> float:
    """The exponent s of :func:`density` ∝ f^s, by least squares on logarithms above a frequency.

    White noise has 0; on lines jumps have −2 and kinks −4, and what is smoother falls faster. It is
    0 where there is no energy, and NaN where fewer than two bins are in the range.

    Args:
        spectrum: Of lines or planes.
        lowest: Where the bins that count begin; they end at half the highest frequency, above
            which aliases of what is beyond weigh in.
        edges: Of the bins.
    """
    found = density(spectrum, edges)
    middles = (edges[1:] + edges[:-1]) / 2
    used = (edges[:-1] >= lowest) & (edges[1:] <= spectrum.highest / 2) & (found > 0)
    if not spectrum.energies.any():
        return 0.0
    if used.sum() < 2:
        return float("nan")
    return float(np.polyfit(np.log(middles[used]), np.log(found[used]), 1)[0])


def by_direction(spectrum: Spectrum, directions: int, edges: Floats) -> tuple[Floats, Floats]:
    """The energy of planes in each direction, relative to a function that prefers none.

    That function would have in each ring of frequencies the same energy for each component; what
    directions the grid has few components in is thereby allowed for.

    Args:
        spectrum: Of planes.
        directions: How many; the first is along the first axis, in both senses.
        edges: Of the rings; energy outside of them is left out.

    Returns:
        The directions in degrees from the first axis, in [0, 180), and the ratios: 1 everywhere if
        no direction is preferred, and 0 where there is no energy.
    """
    width = 180 / directions
    across, up = np.moveaxis(spectrum.frequencies, -1, 0)
    sectors = ((np.degrees(np.arctan2(up, across)) + width / 2) % 180 // width).astype(int)
    rings = np.digitize(spectrum.radii, edges)
    counted = (rings > 0) & (rings < len(edges))
    sectors, rings, energies = sectors[counted], rings[counted], spectrum.energies[counted]
    means = np.bincount(rings, energies) / np.maximum(np.bincount(rings), 1)
    found = np.bincount(sectors, energies, directions)
    alike = np.bincount(sectors, means[rings], directions)
    ratios: Floats = np.divide(found, alike, where=alike > 0, out=np.zeros(directions))
    return np.arange(directions, dtype=np.float64) * width, ratios


def _weighted_mean(values: Floats | NDArray[np.bool_], weights: Floats) -> float:
    total = weights.sum()
    return float((values * weights).sum() / total) if total > 0 else 0.0


def _hann(points: int) -> Floats:
    """The periodic Hann window; that of numpy is the symmetric one."""
    window: Floats = torch.hann_window(points, dtype=torch.float64).numpy()
    return window


def _detrended(values: Floats) -> Floats:
    """Subtract from each logit on each line or plane the affine function that fits it best."""
    sections, *points, classes = values.shape
    places = np.stack(np.meshgrid(*map(np.arange, points), indexing="ij"), axis=-1)
    terms = np.insert(places.reshape(-1, len(points)), 0, 1, axis=1).astype(np.float64)
    flat = values.reshape(sections, -1, classes)
    fitted = terms @ (np.linalg.pinv(terms) @ flat)
    return (flat - fitted).reshape(values.shape)


def _unless_constant(energies: Floats, values: Floats) -> Floats:
    threshold = ROUNDING * float((values**2).sum(axis=-1).mean())
    return energies if energies.sum() > threshold else np.zeros_like(energies)
