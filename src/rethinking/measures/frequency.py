"""Variation of a function between images, and its sensitivity to image frequencies."""

import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from rethinking.errors import InputError
from rethinking.measures.helpers import spectrum
from rethinking.measures.helpers.image_frequency import fourier_sensitivity
from rethinking.measures.helpers.interpolants import nearest_neighbour_distance
from rethinking.measures.helpers.logits import evaluate, standardised
from rethinking.measures.helpers.metric import Function, Metric, Subject
from rethinking.measures.helpers.sections import draw_places, paths, plane_axes, planes, spans_plane
from rethinking.measures.helpers.spectrum import Spectrum
from rethinking.names.options import Count, PicturePoints, SpectrumPoints
from rethinking.seeds import derive_seed

# One job per condition: on full-width networks, measuring outweighs starting a job.
JOB_FOR_EACH_CONDITION = True
# Cycles per d, fixed before any network was measured.
CUT_OFFS = (1, 2, 4)
# The widths of the bins of a spectrum, and the lowest frequency of the fit of its slope.
BINS = {"path": 1.0, "plane": 0.5}
SLOPE_FROM = 2
# Below this frequency a grid has few directions.
DIRECTIONS_FROM = 2
DIRECTIONS = 12
# The side of the planes, in d.
SIDE = 3
# The side of the picture, relative to the smallest one with its three images.
ROOM = 1.3
# The least number of triples that are drawn, because some may span no plane.
TRIES = 20
# The norm of the waves, in d.
STRENGTH = 1 / 4


def measure(
    subject: Subject,
    *,
    path_count: Count,
    path_points: SpectrumPoints,
    plane_count: Count,
    plane_points: SpectrumPoints,
    heat_images: Count,
    decision_points: PicturePoints,
) -> list[Metric]:
    """Spectra of standardised logits along paths and on planes through training images.

    The unit of length is d, the median distance of nearest neighbours among training images. The
    unit of frequency is cycles per d, and that of logits is ``logit_scale`` over the test set.

    * ``path_energy_below_<c>``, ``plane_energy_below_<c>``: the share of energy up to c cycles per
      d, on lines from image to image and on squares 3 d wide through three images, without mean
      and trend.
    * ``path_centroid``, ``plane_centroid`` (cycles per d); ``path_slope``, ``plane_slope``: the
      exponent of the energy density above two cycles per d; ``plane_anisotropy``, in [0, 1].
    * ``path_spectrum``, ``plane_spectrum``: energy density by frequency (squared logits per cycle
      per d, on planes per square of it); ``plane_directions``: the energy by direction, in degrees
      from the line through the first two images, over that of a function that prefers none.
    * ``image_sensitivity``: the sensitivity of the output (logits) to waves of norm d/4 in the
      image, as a mean over all waves, and as points by horizontal and vertical frequency, in cycles
      per pixel. ``image_centroid``: the mean of these frequencies, weighted by sensitivity.
    * For seed 0 and a picture of the first plane, by position along its axes in d:
      ``decision_class``, ``decision_margin`` (top logit minus runner-up), and ``decision_image``,
      the labels of the three images.

    Args:
        subject: The network or reference.
        path_count: The number of lines.
        path_points: The number of points on each line.
        plane_count: The number of squares.
        plane_points: The number of points on each side of a square.
        heat_images: The number of test images for each wave.
        decision_points: The number of points on each side of the picture.
    """
    distance = nearest_neighbour_distance(subject.train_images)
    function = standardised(subject.function, subject.test_images)
    return [
        *_of_spectrum("path", on_paths(subject, function, distance, path_count, path_points)),
        *_of_spectrum("plane", on_planes(subject, function, distance, plane_count, plane_points)),
        *_of_images(subject, function, distance, heat_images),
        *(_decisions(subject, function, distance, decision_points) if subject.seed == 0 else ()),
    ]


def on_paths(
    subject: Subject, function: Function, distance: float, count: int, points: int
) -> Spectrum:
    """The spectrum on straight lines between random training images, in units of ``distance``."""
    generator = torch.Generator().manual_seed(derive_seed(subject.seed, "paths"))
    logits, spacings = [], []
    for pair in draw_places(len(subject.train_images), count, 2, generator):
        inputs, spacing = paths(subject.train_images[pair][None], points)
        if spacing > 0:  # equal images have no path
            logits.append(evaluate(function, inputs[0]))
            spacings.append(float(spacing) / distance)
    if not logits:
        raise InputError("all training images that were drawn are twins; remove double images")
    return spectrum.line_spectrum(torch.stack(logits).double().cpu().numpy(), np.array(spacings))


def on_planes(
    subject: Subject, function: Function, distance: float, count: int, points: int
) -> Spectrum:
    """The spectrum on squares in planes through random training images, in the same units."""
    centres, axes, _ = plane_axes(subject.train_images[_triples(subject, count)])
    logits = [
        evaluate(function, planes(centre[None], pair[None], SIDE * distance, points).flatten(0, 2))
        for centre, pair in zip(centres, axes, strict=True)
    ]
    values = torch.stack(logits).unflatten(1, (points, points))
    return spectrum.plane_spectrum(values.double().cpu().numpy(), SIDE / points)


def _triples(subject: Subject, count: int) -> Tensor:
    """The indices of ``count`` random triples of training images that span a plane."""
    generator = torch.Generator().manual_seed(derive_seed(subject.seed, "planes"))
    drawn = draw_places(len(subject.train_images), max(count, TRIES), 3, generator)
    triples = [triple for triple in drawn if spans_plane(subject.train_images[triple][None])]
    if not triples:
        raise InputError(
            "no three of the training images that were drawn span a plane; remove double images"
        )
    return torch.stack(triples[:count])


def _decisions(
    subject: Subject, function: Function, distance: float, points: int
) -> Iterator[Metric]:
    triple = _triples(subject, 1)
    centres, axes, corners = plane_axes(subject.train_images[triple])
    side = ROOM * 2 * float(corners.abs().max())
    grid = planes(centres, axes, side, points).flatten(end_dim=2)
    top = evaluate(function, grid).topk(2, dim=1)
    margins = (top.values[:, 0] - top.values[:, 1]).tolist()
    offsets = ((np.arange(points) - (points - 1) / 2) * side / points / distance).tolist()
    where = [(x, y) for y in offsets for x in offsets]
    for (x, y), chosen, margin in zip(where, top.indices[:, 0].tolist(), margins, strict=True):
        yield Metric("decision_class", chosen, x=x, y=y)
        yield Metric("decision_margin", margin, x=x, y=y)
    labels = subject.train_labels[triple[0]].tolist()
    for (x, y), label in zip((corners[0] / distance).tolist(), labels, strict=True):
        yield Metric("decision_image", label, x=x, y=y)


def _of_spectrum(kind: str, energy: Spectrum) -> Iterator[Metric]:
    for cut_off in CUT_OFFS:
        share = spectrum.energy_below(energy, cut_off)
        yield Metric(f"{kind}_energy_below_{cut_off}", share, "share")
    yield Metric(f"{kind}_centroid", spectrum.centroid(energy), "size")
    edges = np.arange(0, energy.highest, BINS[kind])
    slope = spectrum.slope(energy, SLOPE_FROM, edges)
    note = "not defined: too few frequencies" if np.isnan(slope) else ""
    yield Metric(f"{kind}_slope", slope, "signed", note=note)
    middles = (edges[1:] + edges[:-1]) / 2
    for middle, density in zip(middles, spectrum.density(energy, edges), strict=True):
        if not np.isnan(density):
            yield Metric(f"{kind}_spectrum", float(density), "size", x=float(middle))
    if kind == "plane":
        yield Metric("plane_anisotropy", spectrum.anisotropy(energy), "share")
        rings = edges[edges >= DIRECTIONS_FROM]
        ratios = spectrum.by_direction(energy, DIRECTIONS, rings)
        for degrees, ratio in zip(*ratios, strict=True):
            yield Metric("plane_directions", float(ratio), x=float(degrees))


def _of_images(
    subject: Subject, function: Function, distance: float, count: int
) -> Iterator[Metric]:
    generator = torch.Generator().manual_seed(derive_seed(subject.seed, "waves"))
    chosen = torch.randperm(len(subject.test_images), generator=generator)[:count]
    shown = subject.test_images[chosen]
    heat = fourier_sensitivity(function, shown, STRENGTH * distance, generator).double().cpu()
    up = torch.fft.fftfreq(heat.shape[0], dtype=torch.float64)[:, None].expand_as(heat)
    across = torch.fft.fftfreq(heat.shape[1], dtype=torch.float64)[None, :].expand_as(heat)
    yield Metric("image_sensitivity", float(heat.mean()), "size")
    radii = torch.hypot(up, across)
    total = float(heat.sum())
    if total > 0:
        yield Metric("image_centroid", float((radii * heat).sum()) / total, "size")
    else:
        yield Metric("image_centroid", math.nan, "size", note="not defined: nothing moves it")
    for x, y, value in zip(across.ravel(), up.ravel(), heat.ravel(), strict=True):
        yield Metric("image_sensitivity", float(value), "size", x=float(x), y=float(y))
