"""Measures of agreement by hand, and what they do not depend on."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from rethinking.transfers.agreement import (
    agreement,
    compared,
    confusion,
    entropy,
    forced_lipschitz,
    kappa,
    logit_correlation,
    logit_distance,
    macro_recall,
    majority_rate,
    margins,
    matched,
    standardised,
)

# Cohen's classical layout: 20 both yes, 5 and 10 apart, 15 both no.
YES_NO = np.repeat([[0, 0], [0, 1], [1, 0], [1, 1]], [20, 5, 10, 15], axis=0).T


def test_kappa_by_hand():
    # pₒ = 35/50; pₑ = (25·30 + 25·20)/50² = 0.5
    assert agreement(*YES_NO) == 0.7
    assert kappa(*YES_NO) == pytest.approx(0.4)


def test_recall_and_confusion_by_hand():
    assert macro_recall(*YES_NO) == pytest.approx((20 / 25 + 15 / 25) / 2)
    assert confusion(*YES_NO, 3).tolist() == [[20, 5, 0], [10, 15, 0], [0, 0, 0]]


def test_entropy_and_majority_by_hand():
    classes = np.array([0] * 4 + [1] * 2 + [3] * 2)
    assert entropy(classes, 5) == pytest.approx(0.5 * 1 + 2 * 0.25 * 2)
    assert entropy(np.zeros(7, dtype=int), 5) == 0
    assert majority_rate(classes) == 0.5


def test_a_one_class_teacher_shows_high_agreement_and_no_kappa():
    teacher = np.zeros(100, dtype=int)
    student = np.where(np.arange(100) < 3, 1, 0)
    assert agreement(teacher, student) == 0.97
    assert kappa(teacher, student) == 0
    assert math.isnan(kappa(teacher, teacher))
    assert math.isnan(kappa(teacher, teacher + 1))
    metrics = {one.name: one for one in compared(*[np.eye(3)[teacher]] * 2, are_logits=False)}
    assert metrics["agreement"].value == 1
    assert metrics["kappa"].note == "both are constant"


@given(st.integers(0, 10_000))
def test_permuted_answers_have_a_kappa_of_0_within_its_interval(seed):
    random = np.random.default_rng(seed)
    teacher = random.choice(4, p=[0.7, 0.1, 0.1, 0.1], size=2000)
    student = random.permutation(teacher)
    # Under independence the standard error is √(pₑ / (N (1 − pₑ))) at most (Cohen, 1960, eq. 9).
    chance = 0.52
    bound = norm.isf(1e-7) * math.sqrt(chance / (2000 * (1 - chance)))
    assert abs(kappa(teacher, student)) < bound
    assert agreement(teacher, student) > 0.4


@given(st.integers(0, 10_000))
def test_scale_shift_and_what_softmax_ignores_change_no_logit_measure(seed):
    random = np.random.default_rng(seed)
    teacher, student = random.normal(size=(2, 50, 4))
    other = 3 * student + random.normal(size=(50, 1))
    assert logit_correlation(teacher, other) == pytest.approx(logit_correlation(teacher, student))
    assert logit_distance(teacher, other) == pytest.approx(logit_distance(teacher, student))
    assert logit_distance(other, student) == pytest.approx(0, abs=1e-12)
    assert logit_correlation(other, student) == pytest.approx(1)
    assert standardised(student).var(axis=0).mean() == pytest.approx(1)


def test_constant_logits_correlate_with_nothing():
    assert math.isnan(logit_correlation(np.ones((5, 3)), np.eye(5, 3)))


def test_each_own_image_is_matched_with_the_fresh_one_of_the_nearest_margin():
    fresh = np.array([5.0, 1.0, 3.0])
    assert matched(np.array([0.0, 1.9, 2.1, 4.1, 9.0]), fresh).tolist() == [1, 1, 2, 0, 0]
    random = np.random.default_rng(0)
    own, fresh = random.normal(size=40), random.normal(size=60)
    nearest = np.abs(own[:, None] - fresh).argmin(axis=1)
    assert np.array_equal(matched(own, fresh), nearest)


def test_margins_by_hand():
    assert margins(np.array([[1.0, 4.0, 2.5], [0.0, 0.0, -1.0]])).tolist() == [1.5, 0.0]


def test_the_forced_lipschitz_bound_is_attained_by_a_linear_map():
    # Logits (x, −x): labels 0 at x > 0 and 1 at x < 0, margins 2|x|; the constant is √2.
    x = np.array([0.5, -1.5, 2.0])
    logits = np.stack([x, -x], axis=1)
    labels = np.array([0, 1, 0])
    assert forced_lipschitz(logits, labels, x[:, None]) == pytest.approx(math.sqrt(2))
    # Wrongly classified images force nothing, and neither do those of one class.
    assert math.isnan(forced_lipschitz(logits, 1 - labels, x[:, None]))
    assert math.isnan(forced_lipschitz(logits[[0, 2]], labels[[0, 2]], x[[0, 2], None]))


def test_the_forced_bound_is_below_the_constant_of_any_map_that_has_one():
    random = np.random.default_rng(1)
    images, weights = random.normal(size=(60, 2, 3)), random.normal(size=(6, 4))
    logits = images.reshape(60, 6) @ weights
    labels = logits.argmax(axis=1)
    assert forced_lipschitz(logits, labels, images) <= np.linalg.norm(weights, 2)
