"""A network that fits any targets, against its formula and to the edge of float64."""

import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rethinking.constructions.relu_interpolant import (
    LEAST_GAP,
    TOLERANCE,
    ReluInterpolant,
    interpolate,
    lipschitz,
    relative_gap,
)
from rethinking.errors import InputError

seeds = st.integers(0, 2**31)


def values(network, points):
    with torch.no_grad():
        return network(torch.from_numpy(np.asarray(points))).numpy()


def projections(network, points):
    return np.asarray(points, np.float64) @ network.direction.detach().numpy()


def gaussian(n, d, seed=0):
    random = np.random.default_rng(seed)
    return random.standard_normal((n, d)), random.standard_normal(n)


def formula(network, point):
    """c(x) as the theorem writes it, without any rounding."""
    a, b, w = (
        [Fraction(number) for number in parameter.tolist()]
        for parameter in (network.direction, network.thresholds, network.weights)
    )
    z = sum(along * Fraction(float(x)) for along, x in zip(a, point, strict=True))
    return sum(weight * max(z - start, 0) for weight, start in zip(w, b, strict=True))


def assert_promise(points, targets, seed=0, depth=1):
    network = interpolate(points, targets, seed, depth)
    assert relative_gap(network, points) >= LEAST_GAP
    error = np.abs(values(network, points) - targets).max()
    assert error <= TOLERANCE * np.abs(targets).max()
    return network


# Values of three units, summed by hand: 3·1, 3·2 − 5·1, 3·4 − 5·3 + 4·2.
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_the_function_is_the_formula_in_a_case_done_by_hand(depth):
    vectors = ([2.0], [-1.0, 0.0, 1.0], [3.0, -5.0, 4.0])
    network = ReluInterpolant(*(torch.tensor(v, dtype=torch.float64) for v in vectors), depth)
    points = [[-1.0], [-0.5], [-0.25], [0.0], [0.5], [1.5]]
    assert values(network, points).tolist() == [0, 0, 1.5, 3, 1, 5]
    assert lipschitz(network) == 6  # slopes 3, −2 and 2 along a, which is 2 long


def test_three_points_on_a_line_are_joined_by_straight_lines():
    points, targets = np.array([[0.0], [4.0], [1.0]]), np.array([1.0, -5.0, 2.0])
    network = interpolate(points, targets, 0)
    assert values(network, points) == pytest.approx(targets)
    assert values(network, [[0.5], [2.0], [3.0]]) == pytest.approx([1.5, -1 / 3, -8 / 3])
    assert lipschitz(network) == pytest.approx(7 / 3)
    assert relative_gap(network, points) == pytest.approx(1 / 4)


@given(seed=seeds, depth=st.integers(1, 6))
@settings(max_examples=20, deadline=None)
def test_the_forward_pass_is_the_formula_without_its_rounding(seed, depth):
    points, targets = gaussian(6, 3, seed)
    network = interpolate(points, targets, seed, depth)
    others = np.concatenate([points, 2 * gaussian(6, 3, seed + 1)[0]])
    exact = [float(formula(network, point)) for point in others]
    steep = lipschitz(network) * np.abs(others).max()
    assert values(network, others) == pytest.approx(exact, abs=1e-14 * steep)
    assert exact[:6] == pytest.approx(targets, abs=1e-14 * steep)


@given(n=st.integers(1, 40), d=st.integers(2, 30), seed=seeds, data=st.data())
@settings(max_examples=60, deadline=None)
def test_any_targets_are_fitted_with_2n_plus_d_parameters(n, d, seed, data):
    targets = np.array(
        data.draw(st.lists(st.floats(-1e80, 1e80, width=64), min_size=n, max_size=n))
    )
    depth = data.draw(st.integers(1, n))
    network = assert_promise(gaussian(n, d, seed)[0], targets, seed, depth)
    assert sum(parameter.numel() for parameter in network.parameters()) == 2 * n + d
    assert all(parameter.dtype == torch.float64 for parameter in network.parameters())


def on_a_line(places, d, seed, offset):
    """Points whose projections keep the ratios of their distances, all far from the origin."""
    random = np.random.default_rng(seed)
    along, away = random.choice([-1.0, 1.0], d), random.uniform(-1, 1, d)
    return np.outer(places, along) + offset * away


def clusters(sizes, gap):
    """Places from 0 to 1 in groups, a gap apart in a group: left, right or evenly spread."""
    starts = np.linspace(0, 1 - gap * (sizes[-1] - 1), len(sizes))
    return np.concatenate(
        [start + gap * np.arange(size) for start, size in zip(starts, sizes, strict=True)]
    )


@given(
    sizes=st.lists(st.integers(1, 60), min_size=2, max_size=20),
    d=st.integers(1, 30),
    seed=seeds,
    offset=st.sampled_from([0.0, 1.0, 1e3, 1e6]),
    targets=st.sampled_from(["alternating", "pairs", "one", "random"]),
    deep=st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_the_promise_holds_where_gaps_are_least(sizes, d, seed, offset, targets, deep):
    # Coordinates of 1e6 are rounded to 1e-10 of the spread.
    places = clusters(sizes, LEAST_GAP * (1.5 if offset > 1 else 1.0001))
    n = len(places)
    y = {
        "alternating": np.resize([1.0, -1.0], n),
        "pairs": np.resize([1.0, 1.0, -1.0, -1.0], n),
        "one": np.eye(1, n, n // 2)[0] * 1e9 + 1,
        "random": np.random.default_rng(seed).standard_normal(n),
    }[targets]
    points = on_a_line(places, d, seed, offset)
    network = interpolate(points, y, seed, n if deep else 1)
    assert relative_gap(network, points) >= LEAST_GAP
    assert np.abs(values(network, points) - y).max() <= TOLERANCE * np.abs(y).max()


@pytest.mark.parametrize("sizes", [[1000, 1000], [1999, 1], [1, 1999], [20] * 100])
def test_the_promise_holds_for_clusters_of_2000_points(sizes):
    # The formula, added up as it stands, errs by up to 5e-4 here.
    points = on_a_line(clusters(sizes, 1.0001 * LEAST_GAP), 10, 3, 0)
    targets = np.resize([1.0, -1.0], 2000)
    for depth in (1, 40, 2000):
        network = interpolate(points, targets, 1, depth)
        assert relative_gap(network, points) >= LEAST_GAP
        assert np.abs(values(network, points) - targets).max() <= TOLERANCE


@pytest.mark.parametrize("seed", range(5))
def test_the_rounding_of_steep_slopes_does_not_add_up(seed):
    # Running sums of weights that are rounded one by one err by up to 1e-6 here.
    gaps = LEAST_GAP * np.random.default_rng(seed).uniform(1.001, 2, 2000)
    gaps[1000] = 1 - np.delete(gaps, [0, 1000]).sum()
    points, targets = np.cumsum(gaps)[:, None], np.resize([1.0, -1.0], 2000)
    network = interpolate(points, targets, seed)
    assert np.abs(values(network, points) - targets).max() <= 1e-7


@given(seed=seeds, levels=st.integers(2, 256), dtype=st.sampled_from([np.uint8, np.float32]))
@settings(max_examples=30, deadline=None)
def test_images_with_whole_pixels_are_fitted(seed, levels, dtype):
    random = np.random.default_rng(seed)
    images = random.integers(levels, size=(200, 1, 8, 8)).astype(dtype)
    images[:100, :, :, 2:] = 0  # 16 pixels, that many images may share
    flat, first = np.unique(images.reshape(200, 64), axis=0, return_index=True)
    labels = random.integers(10, size=len(flat))
    network = assert_promise(flat, labels, seed)
    fitted = values(network, images[first])  # N×C×H×W
    assert fitted.dtype == np.float64
    assert fitted == pytest.approx(labels, abs=9 * TOLERANCE)


def test_2000_points_in_3072_dimensions_are_fitted():
    points, _ = gaussian(2000, 3072)
    targets = np.random.default_rng(1).choice([-1.0, 1.0], 2000)
    network = assert_promise(points, targets, 0, 3)
    # Whatever the batch, although slopes are steep.
    assert values(network, points[7:8]) == pytest.approx(targets[7:8], abs=TOLERANCE)


@pytest.mark.parametrize("depth", [1, 3])
def test_a_point_far_from_the_origin_does_not_depend_on_its_batch(depth):
    points = on_a_line(clusters([40, 41], 1e-7), 301, 0, 1e6)
    targets = np.resize([1.0, -1.0], 81)
    network = interpolate(points, targets, 0, depth)
    together = values(network, points)
    for rows in (slice(5, 6), slice(None, None, 3), slice(None, None, -1)):
        assert values(network, points[rows].copy()) == pytest.approx(together[rows], abs=1e-9)
        assert values(network, np.asfortranarray(points[rows])) == pytest.approx(
            together[rows], abs=1e-9
        )


@given(n=st.integers(2, 300), seed=seeds, data=st.data())
@settings(max_examples=40, deadline=None)
def test_a_deep_network_is_the_same_function_with_fewer_units_in_a_layer(n, seed, data):
    depth = data.draw(st.integers(1, n))
    points, targets = gaussian(n, 5, seed)
    shallow, deep = (interpolate(points, targets, seed, k) for k in (1, depth))
    for one, other in zip(shallow.parameters(), deep.parameters(), strict=True):
        assert torch.equal(one, other)
    others = np.concatenate([points, 2 * gaussian(200, 5, seed + 1)[0]])
    expected = values(shallow, others)
    bound = 1e-12 * max(np.abs(expected).max(), np.abs(targets).max())
    assert values(deep, others) == pytest.approx(expected, abs=bound)
    assert shallow.units == n
    assert deep.units <= math.ceil(n / depth) + 5


@pytest.mark.parametrize(
    ("depth", "units"),
    [(1, 10), (2, 8), (3, 8), (4, 8), (10, 6)],  # 10; 5 + 3 | 5 + 2; 4 + 3 | 3 + 5 | 3 + 2; …
)
def test_the_units_of_the_largest_layer_are_counted(depth, units):
    assert interpolate(*gaussian(10, 2), 0, depth).units == units


def test_between_points_the_function_joins_neighbours_along_the_direction():
    points, targets = gaussian(50, 4)
    network = interpolate(points, targets, 0)
    z, others = projections(network, points), gaussian(500, 4, 1)[0]
    order, at = np.argsort(z), projections(network, others)
    inside = (at > z.min()) & (at < z.max())
    expected = np.interp(at[inside], z[order], targets[order])
    assert inside.sum() > 300
    assert values(network, others[inside]) == pytest.approx(expected, abs=1e-9)


def test_the_lipschitz_constant_is_the_steepest_slope_between_neighbours():
    points, targets = gaussian(30, 3)
    network = interpolate(points, targets, 0)
    direction = network.direction.detach().numpy()
    unit = direction / np.linalg.norm(direction)
    z = np.sort(projections(network, points)) / np.linalg.norm(direction)
    line = np.unique(np.concatenate([z, np.linspace(2 * z[0] - z[-1] - 1, z[-1] + 1, 100)]))
    quotients = np.abs(np.diff(values(network, np.outer(line, unit))) / np.diff(line))
    assert quotients.max() == pytest.approx(lipschitz(network), rel=1e-6)


@pytest.mark.parametrize("depth", [1, 4])
def test_the_gradient_at_a_point_is_the_slope_on_its_left_as_of_relu(depth):
    points, targets = gaussian(20, 3)
    network = interpolate(points, targets, 0, depth)
    inputs = torch.from_numpy(points).requires_grad_()
    network(inputs).sum().backward()
    ranks = np.argsort(np.argsort(projections(network, points)))
    slopes = network.weights.detach().cumsum(dim=0)[ranks]
    torch.testing.assert_close(inputs.grad, slopes[:, None] * network.direction.detach())


@pytest.mark.parametrize("target", [0.0, 3.0, -1e-200])
@pytest.mark.parametrize("n", [1, 2, 100])
def test_one_point_and_constant_targets_are_fitted(n, target):
    for points in (gaussian(n, 3)[0], 1e9 * np.eye(n, 3 + n)):
        network = interpolate(points, np.full(n, target), 0)
        assert values(network, points) == pytest.approx(np.full(n, target), rel=1e-12)
    assert math.isinf(relative_gap(network, points)) == (n == 1)


@pytest.mark.parametrize("point", [[[0.0, 0.0]], [[-1e90, 0.0]], [[1e17, 3.0]], [[1e-90, -0.0]]])
def test_a_single_point_may_lie_anywhere(point):
    network = interpolate(np.array(point), np.array([-7.0]), 0)
    assert values(network, point) == pytest.approx([-7.0], rel=TOLERANCE)


def test_identical_points_with_equal_targets_are_one_point():
    points, targets = gaussian(8, 3)
    points[:, 2] = 0
    doubled = np.concatenate([points, points[::2]])
    doubled[8:, 2] = -0.0
    network = assert_promise(doubled, np.concatenate([targets, targets[::2]]))
    assert network.units == len(network.thresholds) == 8
    with pytest.raises(InputError, match="depth: 9 hidden layers for 8 points"):
        interpolate(doubled, np.concatenate([targets, targets[::2]]), 0, 9)


def test_identical_points_with_different_targets_are_refused():
    points, targets = gaussian(10, 3)
    points[7] = points[2]
    points[9] = points[4]
    points[5] = points[4]
    targets[5] = targets[4]
    with pytest.raises(
        InputError, match=r"^targets: points 2 and 7 are identical .*\(and 1 more such points\)"
    ):
        interpolate(points, targets, 0)


def test_points_that_nearly_coincide_are_refused():
    points, targets = gaussian(10, 3)
    points[7] = points[2] + 1e-9
    with pytest.raises(InputError, match=r"^points: two are only .*too close to fit; remove"):
        interpolate(points, targets, 0)
    points[7] = points[2] + 1e-6
    assert_promise(points, targets)


def test_points_whose_differences_are_lost_in_rounding_are_refused():
    # They differ in their last bit only, which no projection keeps.
    points = np.tile(gaussian(1, 50)[0], (20, 1))
    points[np.arange(20), np.arange(20)] = np.nextafter(np.diagonal(points), 10)
    with pytest.raises(InputError, match="too close to fit"):
        interpolate(points, np.resize([1.0, -1.0], 20), 0)


def test_numbers_at_the_end_of_the_range_are_refused_rather_than_fitted_badly():
    points, targets = gaussian(20, 3)
    for scale, size in ((1e-320, 1.0), (1e-250, 1e90), (1.0, 5e-324)):
        with pytest.raises(
            InputError, match=r"too large or too small for float64|too close to fit"
        ):
            interpolate(scale * points, size * np.round(targets * 3), 0)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf, 1e101])
def test_numbers_that_are_not_finite_are_refused(wrong):
    points, targets = gaussian(5, 2)
    points[3, 1] = wrong
    with pytest.raises(InputError, match=r"^points: row 3 \(and 0 more\)"):
        interpolate(points, targets, 0)
    points, targets = gaussian(5, 2)
    targets[[1, 4]] = wrong
    with pytest.raises(InputError, match=r"^targets: row 1 \(and 1 more\)"):
        interpolate(points, targets, 0)


@pytest.mark.parametrize(
    ("points", "targets", "message"),
    [
        ((5,), (5,), r"points: shape \(5,\)"),
        ((5, 1, 2, 2), (5,), "points: shape"),
        ((0, 3), (0,), "points: shape"),
        ((3, 0), (3,), "points: shape"),
        ((5, 2), (4,), r"targets: shape \(4,\) for 5 points"),
        ((5, 2), (5, 1), "targets: shape"),
    ],
)
def test_other_shapes_are_refused_in_a_line(points, targets, message):
    with pytest.raises(InputError, match=message) as caught:
        interpolate(np.ones(points), np.ones(targets), 0)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("depth", [0, -1, 6])
def test_a_depth_without_a_unit_in_each_layer_is_refused(depth):
    with pytest.raises(InputError, match=f"depth: {depth} hidden layers for 5 points"):
        interpolate(*gaussian(5, 2), 0, depth)


def test_the_seed_alone_decides_the_network():
    data = gaussian(30, 4)
    torch.manual_seed(1)
    np.random.seed(1)  # noqa: NPY002 - what must not matter
    first = interpolate(*data, 3).state_dict()
    torch.manual_seed(2)
    second = interpolate(*data, 3).state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not torch.equal(first["direction"], interpolate(*data, 4).direction)


def test_the_arrays_given_are_not_written_to_or_shared():
    points, targets = gaussian(6, 2)
    before = points.copy(), targets.copy()
    network = interpolate(points, targets, 0)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
    assert (points == before[0]).all()
    assert (targets == before[1]).all()
