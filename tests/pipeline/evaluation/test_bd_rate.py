"""Bjontegaard deltas, per picture then averaged."""

import warnings

import numpy as np
import pytest

from latentcodec.evaluation.bd_rate import Curve, bd_quality, bd_rate

RATE = np.array([[0.2, 0.3], [0.4, 0.6], [0.8, 1.2], [1.6, 2.4]])
QUALITY = np.array([[0.5, 0.4], [0.7, 0.6], [0.8, 0.7], [0.9, 0.8]])


def test_half_the_rate_at_every_quality_is_minus_fifty_per_cent():
    assert bd_rate(Curve(RATE, QUALITY), Curve(RATE / 2, QUALITY)).value == pytest.approx(-50)
    assert bd_rate(Curve(RATE, QUALITY), Curve(RATE, QUALITY)).value == pytest.approx(0)


def test_a_constant_gain_at_every_rate_is_that_gain():
    assert bd_quality(Curve(RATE, QUALITY), Curve(RATE, QUALITY + 0.05)).value == pytest.approx(0.05)


def test_the_mean_is_over_pictures():
    test = Curve(RATE * np.array([0.5, 1.0]), QUALITY)
    assert bd_rate(Curve(RATE, QUALITY), test).value == pytest.approx(-25)


def test_curves_may_have_different_numbers_of_points_in_any_order():
    shuffled = Curve(RATE[[2, 0, 3, 1]], QUALITY[[2, 0, 3, 1]])
    fewer = Curve(RATE[1:] / 2, QUALITY[1:])
    assert bd_rate(shuffled, Curve(RATE / 2, QUALITY)).value == pytest.approx(-50)
    assert bd_rate(shuffled, fewer).value == pytest.approx(-50, abs=1)  # the slope at a curve's end is estimated


def test_one_picture_without_overlap_leaves_no_value_and_says_so():
    better = Curve(RATE, QUALITY + np.array([0.0, 0.6]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        delta = bd_rate(Curve(RATE, QUALITY), better)
    assert delta.value is None
    assert delta.note == "1 of 2 pictures: the curves do not overlap"


def test_points_that_cost_more_than_a_better_one_are_left_out():
    with_worse = Curve(np.vstack([RATE, [[1.0, 1.5]]]), np.vstack([QUALITY, [[0.6, 0.5]]]))
    rates, qualities = with_worse.of_picture(0)
    assert rates.tolist() == [0.2, 0.4, 0.8, 1.6]
    assert qualities.tolist() == [0.5, 0.7, 0.8, 0.9]
    assert bd_rate(Curve(RATE, QUALITY), with_worse).value == pytest.approx(0)


def test_a_curve_of_one_point_has_no_delta():
    assert bd_rate(Curve(RATE, QUALITY), Curve(RATE[:1], QUALITY[:1])).value is None
