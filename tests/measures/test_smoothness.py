"""All that smoothness reports, against closed forms."""

import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from rethinking.errors import InputError
from rethinking.measures.helpers.interpolants import nearest_neighbour, shepard, white_noise
from rethinking.measures.helpers.logits import centred, logit_scale, signed_margins
from rethinking.measures.helpers.metric import Subject
from rethinking.measures.smoothness import RADII, RADIUS, measure
from tests.helpers.subjects import (
    CLASSES,
    NETWORKS,
    SHAPE,
    linear_network,
    make_subject,
    network_with_statistics,
    values,
)


def test_every_measure_of_a_linear_map_in_closed_form():
    network = linear_network()
    subject = make_subject(network)
    found = values(measure(subject, images=1000))
    scale = logit_scale(network, subject.test_images)
    matrix = centred(network[1].weight.detach().T).T / scale
    spectral = float(torch.linalg.matrix_norm(matrix, ord=2))
    for name in (
        "jacobian_spectral",
        "jacobian_spectral_tail",
        "lipschitz_lower",
        "lipschitz_upper",
    ):
        assert found[name] == pytest.approx(spectral, rel=1e-5), name
    assert found["jacobian_frobenius"] == pytest.approx(float(matrix.norm()), rel=1e-5)

    logits = centred(network(subject.test_images).detach()) / scale
    first, second = logits.topk(2, dim=1).indices.T
    margins = (matrix[first] - matrix[second]).norm(dim=1)
    assert found["margin_gradient"] == pytest.approx(float(margins.mean()), rel=1e-5)
    assert found["margin_gradient_tail"] == pytest.approx(float(margins.quantile(0.95)), rel=1e-5)
    targets = nn.functional.one_hot(subject.test_labels, CLASSES)
    losses = ((logits.softmax(dim=1) - targets) @ matrix).norm(dim=1)
    assert found["loss_gradient"] == pytest.approx(float(losses.mean()), rel=1e-5)

    bias = centred(network[1].bias.detach()[None])[0] / scale
    for exponent in (1, 2):
        paths = (matrix.abs() ** exponent).sum() + (bias.abs() ** exponent).sum()
        norm = float(paths ** (1 / exponent))
        assert found[f"path_norm_{exponent}"] == pytest.approx(norm, rel=1e-5)
        ratio = found["margin"] / norm
        assert found[f"margin_over_path_norm_{exponent}"] == pytest.approx(ratio, rel=1e-5)
    fitted = centred(network(subject.train_images).detach()) / scale
    margin = float(signed_margins(fitted, subject.train_labels).quantile(0.1))
    assert found["margin"] == pytest.approx(margin, rel=1e-4)
    assert found["margin_over_lipschitz_lower"] == pytest.approx(margin / spectral, rel=1e-4)


@pytest.mark.parametrize("name", NETWORKS)
def test_scaled_shifted_and_permuted_logits_measure_the_same(name):
    network = network_with_statistics(name)
    before = measure(make_subject(network), images=10)
    last = next(
        module for module in reversed(list(network.modules())) if isinstance(module, nn.Linear)
    )
    with torch.no_grad():
        last.weight *= 5
        last.bias *= 5
        # What is added to all logits depends on the image.
        last.weight += torch.randn(last.in_features)
        last.bias += 3
        order = torch.tensor([2, 0, 1])
        last.weight.copy_(last.weight[order].clone())
        last.bias.copy_(last.bias[order].clone())
    subject = make_subject(network)
    moved = order.argsort()
    subject = replace(
        subject,
        train_labels=moved[subject.train_labels],
        test_labels=moved[subject.test_labels],
    )
    after = measure(subject, images=10)
    assert [metric.name for metric in after] == [metric.name for metric in before]
    for one, other in zip(before, after, strict=True):
        assert other.value == pytest.approx(one.value, rel=2e-3, abs=1e-6, nan_ok=True), one.name


def test_the_order_of_the_three_norms():
    found = values(measure(make_subject(network_with_statistics("resnet18")), images=20))
    assert found["jacobian_spectral"] <= found["jacobian_spectral_tail"]
    assert found["jacobian_spectral_tail"] <= found["lipschitz_lower"] <= found["lipschitz_upper"]
    assert found["jacobian_spectral"] <= found["jacobian_frobenius"]


def test_what_is_not_defined_is_in_the_table_with_its_reason():
    metrics = measure(make_subject(network_with_statistics("alexnet")), images=10)
    notes = {metric.name: metric.note for metric in metrics if math.isnan(metric.x)}
    assert notes["path_norm_1"] == "not defined through LocalResponseNorm"
    assert notes["margin_over_path_norm_2"] == "not defined through LocalResponseNorm"
    found = values(metrics)
    assert math.isnan(found["path_norm_1"])
    assert found["lipschitz_upper"] > 0

    subject = make_subject(None)
    jumps = nearest_neighbour(subject.train_images, subject.train_labels, CLASSES)
    references = [
        measure(replace(subject, function=jumps, differentiable=False), images=10),
        measure(
            replace(
                subject, function=shepard(subject.train_images, subject.train_labels, CLASSES, 5.0)
            ),
            images=10,
        ),
    ]
    names = {metric.name for metric in metrics if math.isnan(metric.x)}
    for reference in references:
        assert {metric.name for metric in reference if math.isnan(metric.x)} == names
        undefined = {metric.name for metric in reference if math.isnan(metric.value)}
        assert undefined == {metric.name for metric in reference if metric.note}
    assert {m.note for m in references[0] if m.name == "jacobian_spectral"} == {
        "not defined: it jumps"
    }
    assert not math.isnan(values(references[1])["jacobian_spectral"])
    assert math.isnan(values(references[1])["lipschitz_upper"])


def test_the_summary_is_a_point_of_the_curve():
    metrics = measure(make_subject(network_with_statistics("mlp")), images=10)
    for name in ("local_variation", "flip_rate"):
        curve = {metric.x: metric.value for metric in metrics if metric.name == name}
        assert sorted(x for x in curve if not math.isnan(x)) == list(RADII)
        assert values(metrics)[name] == curve[RADIUS]
    layers = [metric.note for metric in metrics if metric.name == "spectral_norm"]
    assert layers == ["1", "3", "5"]


def test_measuring_leaves_the_network_as_it_was():
    network = network_with_statistics("resnet18")
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    measure(make_subject(network), images=5)
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, before[name]), name
    assert all(weights.requires_grad for weights in network.parameters())


def test_each_seed_has_images_of_its_own():
    network = network_with_statistics("mlp")
    found = [values(measure(make_subject(network, seed=seed), images=5)) for seed in (0, 1, 1)]
    assert found[1] == found[2]
    for name in ("margin", "local_variation"):
        assert found[0][name] != found[1][name], name


def test_a_network_that_does_not_end_in_a_linear_layer_is_refused():
    network = nn.Sequential(nn.Flatten(), nn.Linear(128, CLASSES), nn.ReLU())
    with pytest.raises(
        InputError, match=r"ends in ReLU.*; measures need one that ends in torch\.nn\.Linear"
    ):
        measure(make_subject(network.train(False)), images=5)


def test_a_constant_function_is_perfectly_smooth():
    network = linear_network()
    nn.init.zeros_(network[1].weight)
    found = values(measure(make_subject(network), images=10))
    for name in ("jacobian_spectral", "loss_gradient", "lipschitz_lower", "local_variation"):
        assert found[name] == 0, name
    assert found["lipschitz_upper"] == pytest.approx(0, abs=1e-6)


def test_white_noise_varies_as_much_as_can_be_at_every_distance():
    subject = make_subject(white_noise(CLASSES, 0), differentiable=False)
    subject = replace(subject, test_images=torch.randn(500, *SHAPE),
                      test_labels=torch.zeros(500, dtype=torch.long))  # fmt: skip
    metrics = measure(subject, images=500)
    flips = [metric.value for metric in metrics if metric.name == "flip_rate"]
    assert flips == pytest.approx([2 / 3] * len(flips), abs=0.08)
    variations = [metric.value for metric in metrics if metric.name == "local_variation"]
    # √2 times the norm of centred normal logits over their deviation, with two degrees of freedom.
    expected = 2**0.5 * math.sqrt(math.pi / 2) / math.sqrt(2 / 3)
    assert variations == pytest.approx([expected] * len(variations), rel=0.1)


@pytest.mark.parametrize("name", ["resnet18", "white_noise"])
def test_what_is_computed_does_not_depend_on_how_images_are_cut_into_chunks(name, monkeypatch):
    def subject():
        if name == "white_noise":
            return make_subject(white_noise(CLASSES, 0), differentiable=False)
        return make_subject(network_with_statistics(name))

    whole = measure(subject(), images=20)
    monkeypatch.setattr("rethinking.measures.helpers.logits.PIXELS", 3 * 64)
    chunked = measure(subject(), images=20)
    for one, other in zip(whole, chunked, strict=True):
        assert other.value == pytest.approx(one.value, rel=1e-4, nan_ok=True), one.name


@pytest.mark.parametrize("shape", [(1, 9, 11), (3, 16, 16)])
@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_is_measured_at_any_size(name, shape):
    network = network_with_statistics(name, shape=shape)
    images, labels = torch.randn(24, *shape), torch.randint(CLASSES, (24,))
    subject = Subject(network, True, images[:14], labels[:14], images[14:], labels[14:], 0)
    metrics = measure(subject, images=10)
    found = values(metrics)
    assert 0 < found["lipschitz_lower"] <= found["lipschitz_upper"]
    assert {metric.name for metric in metrics if math.isnan(metric.value)} == {
        metric.name for metric in metrics if metric.note.startswith("not defined")
    }


class Branching(nn.Module):
    def __init__(self):
        super().__init__()
        self.last = nn.Linear(128, CLASSES)

    def forward(self, images):
        flat = images.flatten(start_dim=1)
        return self.last(flat if flat.sum() > 0 else -flat)


def test_a_network_that_cannot_be_traced_is_refused_in_one_line():
    with pytest.raises(InputError, match=r"that torch\.fx can trace") as caught:
        measure(make_subject(Branching().train(False)), images=5)
    assert "\n" not in str(caught.value)


def test_a_norm_of_zero_has_no_margin_over_it():
    network = linear_network()
    nn.init.zeros_(network[1].weight)
    nn.init.zeros_(network[1].bias)
    metrics = {metric.name: metric for metric in measure(make_subject(network), images=5)}
    assert metrics["margin_over_path_norm_1"].note == "not defined: the norm is 0"
