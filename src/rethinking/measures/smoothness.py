"""Smoothness of a function: gradients, Lipschitz bounds, norms and local variation."""

import math
from collections.abc import Iterator

import torch
from torch import Tensor, fx

from rethinking.measures.helpers.gradients import gradient_norms
from rethinking.measures.helpers.interpolants import nearest_neighbour_distance
from rethinking.measures.helpers.lipschitz import lipschitz_upper_bound
from rethinking.measures.helpers.local_variation import local_variation
from rethinking.measures.helpers.logits import evaluate, signed_margins, standardised
from rethinking.measures.helpers.metric import Function, Metric, NotDefinedError, Subject
from rethinking.measures.helpers.path_norm import path_norm
from rethinking.names.options import Count
from rethinking.seeds import derive_seed

# One job per condition: on full-width networks, measuring outweighs starting a job.
JOB_FOR_EACH_CONDITION = True
# The radii ε of local variation, in distances of nearest neighbours, and that of the summary.
RADII = (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0)
RADIUS = 1 / 4
TAIL = 0.95  # quantile over images
LEAST_MARGIN = 0.1  # quantile over training images (Jiang et al., 2020)
# The norms that divide the margin.
NORMS = ("lipschitz_lower", "lipschitz_upper", "path_norm_1", "path_norm_2")


def measure(subject: Subject, *, images: Count) -> list[Metric]:
    """Smoothness of standardised logits, by the network's input (not by raw pixels).

    The unit of all logits is ``logit_scale`` over the test set, and the mean over classes is
    subtracted for each sample; d is the median distance of nearest neighbours among training
    images.

    * ``margin_gradient``, ``loss_gradient``, ``jacobian_frobenius``, ``jacobian_spectral``: mean
      norms at test images (logits, for the loss nats, per unit of the input); ``…_tail``: their
      95th percentiles. The loss is the cross-entropy of the standardised logits.
    * ``lipschitz_lower``: the largest ‖J‖₂ at these images, a lower bound of the Lipschitz
      constant (Khromov & Singh, 2024); ``lipschitz_upper``: ``lipschitz_upper_bound``.
    * ``path_norm_1``, ``path_norm_2``: ``path_norm`` with exponents 1 and 2.
    * ``margin``: the 10th percentile over training images of the signed margin of their labels;
      ``margin_over_…``: this over the norm, which no rescaling changes (Bartlett et al., 2017).
    * ``local_variation`` (logits) and ``flip_rate`` (share of predictions) at ε = d/4; the curves
      over ε, in units of d, are points of the same name.
    * ``spectral_norm``: a point for each layer; x is its number, from 1.
    * ``neighbour_distance``: d, in units of the input.

    Args:
        subject: The network or reference.
        images: The number of random test images, and of random training images for the margin; all
            images if there are no more.
    """
    generator = torch.Generator().manual_seed(derive_seed(subject.seed, "smoothness"))
    tested = torch.randperm(len(subject.test_images), generator=generator)[:images]
    fitted = torch.randperm(len(subject.train_images), generator=generator)[:images]
    inputs, labels = subject.test_images[tested], subject.test_labels[tested]
    distance = nearest_neighbour_distance(subject.train_images)
    metrics = [Metric("neighbour_distance", distance, "size")]
    function = standardised(subject.function, subject.test_images)
    logits = evaluate(function, subject.train_images[fitted])
    margins = signed_margins(logits, subject.train_labels[fitted]).double()
    margin = float(margins.quantile(LEAST_MARGIN))
    metrics.append(Metric("margin", margin, "signed"))

    norms: list[Metric] = []
    if not subject.differentiable:
        note = "not defined: it jumps"
        for name in ("margin_gradient", "loss_gradient", "jacobian_frobenius", "jacobian_spectral"):
            metrics += _undefined(note, name, f"{name}_tail")
        norms += _undefined(note, "lipschitz_lower")
    else:
        gradients = gradient_norms(function, inputs, labels)
        metrics += _mean_and_tail("margin_gradient", gradients.margin)
        metrics += _mean_and_tail("loss_gradient", gradients.loss)
        metrics += _mean_and_tail("jacobian_frobenius", gradients.frobenius)
        metrics += _mean_and_tail("jacobian_spectral", gradients.spectral)
        norms.append(Metric("lipschitz_lower", float(gradients.spectral.max()), "size"))
    if isinstance(function, fx.GraphModule):
        norms += _norms_of(function, subject.test_images[:1])
    else:
        note = "not defined: no network"
        norms += _undefined(note, "lipschitz_upper", "path_norm_1", "path_norm_2")
    metrics += norms
    for norm in norms:
        if norm.name in NORMS:
            name = f"margin_over_{norm.name}"
            if norm.value == 0:
                metrics += _undefined("not defined: the norm is 0", name, unit="signed")
            else:
                metrics.append(Metric(name, margin / norm.value, "signed", note=norm.note))
    metrics += _variations(function, inputs, distance, generator)
    return metrics


def _mean_and_tail(name: str, values: Tensor) -> Iterator[Metric]:
    yield Metric(name, float(values.double().mean()), "size")
    yield Metric(f"{name}_tail", float(values.double().quantile(TAIL)), "size")


def _undefined(note: str, *names: str, unit: str = "size") -> Iterator[Metric]:
    for name in names:
        yield Metric(name, math.nan, unit, note=note)


def _norms_of(network: fx.GraphModule, image: Tensor) -> Iterator[Metric]:
    layers: dict[str, float] = {}
    try:
        bound, layers = lipschitz_upper_bound(network, image)
        yield Metric("lipschitz_upper", bound, "size")
    except NotDefinedError as error:
        yield from _undefined(str(error), "lipschitz_upper")
    for exponent in (1, 2):
        try:
            norm = path_norm(network, image.shape[1:], exponent)
            yield Metric(f"path_norm_{exponent}", norm, "size")
        except NotDefinedError as error:
            yield from _undefined(str(error), f"path_norm_{exponent}")
    for number, (layer, norm) in enumerate(layers.items(), start=1):
        yield Metric("spectral_norm", norm, "size", x=number, note=layer)


def _variations(
    function: Function, images: Tensor, distance: float, generator: torch.Generator
) -> Iterator[Metric]:
    radii = [radius * distance for radius in RADII]
    variations, flips = local_variation(function, images, radii, generator)
    for radius, variation, flip in zip(RADII, variations, flips, strict=True):
        yield Metric("local_variation", variation, "size", x=radius)
        yield Metric("flip_rate", flip, "share", points=len(images), x=radius)
        if radius == RADIUS:
            yield Metric("local_variation", variation, "size")
            yield Metric("flip_rate", flip, "share", points=len(images))
