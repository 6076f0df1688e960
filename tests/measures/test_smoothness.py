"""Gradients, local variation and all that smoothness reports, against closed forms."""

import math
from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.autograd.functional import jacobian
from torch.nn.functional import cross_entropy

from rethinking.errors import InputError
from rethinking.measures.helpers.gradients import gradient_norms, jacobians
from rethinking.measures.helpers.interpolants import nearest_neighbour, shepard, white_noise
from rethinking.measures.helpers.local_variation import local_variation
from rethinking.measures.helpers.logits import (
    centred,
    evaluate,
    logit_scale,
    signed_margins,
    standardised,
    standardised_network,
)
from rethinking.measures.helpers.metric import Subject
from rethinking.measures.smoothness import RADII, RADIUS, measure
from rethinking.models import mlp
from tests.measures.test_norms import NETWORKS, SHAPE, network_with_statistics

CLASSES = 3


def make_subject(function, differentiable=True, seed=0):
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(60, *SHAPE, generator=generator)
    labels = torch.randint(CLASSES, (60,), generator=generator)
    return Subject(
        function, differentiable, images[:40], labels[:40], images[40:], labels[40:], seed
    )


def linear_network():
    torch.manual_seed(3)
    network = nn.Sequential(nn.Flatten(), nn.Linear(128, CLASSES))
    nn.init.normal_(network[1].bias)
    return network


def values(metrics):
    return {metric.name: metric.value for metric in metrics if math.isnan(metric.x)}


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


def test_local_variation_of_a_linear_map_is_the_length_of_the_image_of_each_step():
    matrix = torch.randn(CLASSES, 128, generator=torch.Generator().manual_seed(1))
    images = make_subject(None).test_images
    radii = [0.1, 1.0, 10.0]
    found, _ = local_variation(
        lambda x: x.flatten(start_dim=1) @ matrix.T, images, radii, torch.Generator().manual_seed(2)
    )
    noise = torch.randn(images.shape, generator=torch.Generator().manual_seed(2)).flatten(1)
    steps = noise / noise.norm(dim=1, keepdim=True)
    expected = float((steps @ matrix.T).norm(dim=1).mean())
    assert found == pytest.approx([radius * expected for radius in radii], rel=1e-4)
    # A random direction sees ‖J‖_F/√d, not ‖J‖₂.
    assert expected == pytest.approx(float(matrix.norm()) / 128**0.5, rel=0.1)


def test_flips_are_the_share_of_predictions_that_change():
    # The class is the sign of the first pixel, which all steps of radius 0 leave.
    def sign(images):
        first = images[:, 0, 0, 0]
        return torch.stack([first, -first], dim=1)

    images = torch.zeros(400, *SHAPE)
    images[:, 0, 0, 0] = 1e-3
    _, flips = local_variation(sign, images, [0.0, 10.0], torch.Generator().manual_seed(0))
    assert flips[0] == 0
    assert flips[1] == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("name", NETWORKS)
def test_gradients_are_those_of_finite_differences(name):
    network = network_with_statistics(name).double()
    images = torch.randn(4, *SHAPE, dtype=torch.float64)
    logits, rows = jacobians(network, images)
    torch.testing.assert_close(logits, network(images).detach())
    direction = torch.randn(SHAPE, dtype=torch.float64)
    step = 1e-6
    with torch.no_grad():
        change = (network(images + step * direction) - network(images - step * direction)) / (
            2 * step
        )
    along = rows @ direction.flatten()
    torch.testing.assert_close(along, change, rtol=1e-4, atol=1e-6)


def test_norms_are_those_of_each_images_own_jacobian():
    torch.manual_seed(0)
    network = mlp.build(SHAPE, CLASSES, hidden=[9])
    images, labels = torch.randn(5, *SHAPE), torch.tensor([0, 1, 2, 0, 1])
    found = gradient_norms(network, images, labels)
    for place, (image, label) in enumerate(zip(images, labels, strict=True)):
        rows = jacobian(lambda x: network(x[None])[0], image).flatten(start_dim=1)
        first, second = network(image[None])[0].topk(2).indices
        assert float(found.margin[place]) == pytest.approx(
            float((rows[first] - rows[second]).norm())
        )
        loss = jacobian(lambda x, y=label: cross_entropy(network(x[None]), y[None]), image)
        assert float(found.loss[place]) == pytest.approx(float(loss.norm()), rel=1e-5)
        assert float(found.frobenius[place]) == pytest.approx(float(rows.norm()), rel=1e-5)
        spectral = float(torch.linalg.matrix_norm(rows, ord=2))
        assert float(found.spectral[place]) == pytest.approx(spectral, rel=1e-5)


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


def test_standardised_logits_have_mean_zero_and_one_scale():
    network = network_with_statistics("inception")
    images = torch.randn(50, *SHAPE)
    for function in (standardised(network, images), standardised_network(network, images)):
        with torch.no_grad():
            logits = function(images)
        torch.testing.assert_close(logits.mean(dim=1), torch.zeros(50), atol=1e-5, rtol=0)
        assert float(logits.var(dim=0, correction=0).mean()) == pytest.approx(1, rel=1e-4)
        # One scale for all classes leaves the predictions.
        assert (logits.argmax(dim=1) == network(images).argmax(dim=1)).all()


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


def test_signed_margins():
    logits = torch.tensor([[3.0, 1.0, 0.0], [3.0, 1.0, 0.0], [1.0, 1.0, 0.0]])
    assert signed_margins(logits, torch.tensor([0, 1, 0])).tolist() == [2, -2, 0]


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


def test_images_larger_than_a_chunk_are_taken_one_by_one(monkeypatch):
    monkeypatch.setattr("rethinking.measures.helpers.logits.PIXELS", 5)
    network = network_with_statistics("mlp")
    images = torch.randn(7, *SHAPE)
    torch.testing.assert_close(evaluate(network, images), network(images).detach())


@pytest.mark.parametrize("shape", [(1, 9, 11), (3, 16, 16)])
@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_is_measured_at_any_size(name, shape, monkeypatch):
    monkeypatch.setattr("tests.measures.test_norms.SHAPE", shape)
    network = network_with_statistics(name)
    images, labels = torch.randn(24, *shape), torch.randint(CLASSES, (24,))
    subject = Subject(network, True, images[:14], labels[:14], images[14:], labels[14:], 0)
    metrics = measure(subject, images=10)
    found = values(metrics)
    assert 0 < found["lipschitz_lower"] <= found["lipschitz_upper"]
    assert {metric.name for metric in metrics if math.isnan(metric.value)} == {
        metric.name for metric in metrics if metric.note.startswith("not defined")
    }


def test_what_a_class_has_at_all_images_is_no_variation():
    network = linear_network()
    images = make_subject(None).test_images
    before = logit_scale(network, images)
    with torch.no_grad():
        network[1].bias += torch.tensor([0.0, 50.0, -20.0])
    assert logit_scale(network, images) == pytest.approx(before, rel=1e-4)
    # But for rounding, a constant function has no scale at all.
    nn.init.zeros_(network[1].weight)
    assert logit_scale(network, images) == 1


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
