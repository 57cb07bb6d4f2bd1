"""Erlang B against its closed form, reckoned exactly, and against published figures."""

import math
from fractions import Fraction

import pytest

from console.erlang import blocking, channels_for, load_for


def closed_form(load: Fraction, channels: int) -> Fraction:
    """The formula as Erlang wrote it: A^N/N! over the sum of A^k/k!."""
    terms = [load**k / math.factorial(k) for k in range(channels + 1)]
    return terms[-1] / sum(terms)


@pytest.mark.parametrize("channels", [1, 2, 5, 15, 43, 45, 120])
@pytest.mark.parametrize(
    "load", [Fraction(1, 10), Fraction(5, 2), Fraction(10), Fraction(3166, 100)]
)
def test_it_is_the_closed_form(load: Fraction, channels: int) -> None:
    exact = float(closed_form(load, channels))

    assert blocking(float(load), channels) == pytest.approx(exact, rel=1e-9, abs=1e-15)


# Blocking, channels, and the erlangs that tables of the formula give for them.
@pytest.mark.parametrize(
    ("target", "channels", "erlangs"),
    [
        (0.01, 1, 0.0101),
        (0.01, 5, 1.36),
        (0.01, 10, 4.46),
        (0.01, 15, 8.108),
        (0.01, 20, 12.03),
        (0.01, 30, 20.34),
        (0.01, 43, 31.66),
        (0.01, 45, 33.43),
        (0.05, 10, 6.22),
        (0.001, 20, 9.41),
    ],
)
def test_tables_give_the_same_load(
    target: float, channels: int, erlangs: float
) -> None:
    assert load_for(channels, target) == pytest.approx(erlangs, rel=1e-3)
    assert channels_for(erlangs * 0.998, target) == channels


def test_ten_erlangs_on_fifteen_channels_are_the_known_figure() -> None:
    assert round(blocking(10, 15), 4) == 0.0365


def test_without_load_nothing_is_refused_and_without_channels_everything() -> None:
    assert blocking(0, 43) == 0
    assert blocking(0, 0) == 1
    assert blocking(7, 0) == 1
    assert channels_for(0, 0.01) == 1


def test_large_figures_stay_within_bounds() -> None:
    assert 0 < blocking(10_000, 10_000) < 0.01
    assert blocking(1e-9, 10_000) == 0
    assert blocking(1e9, 10) == pytest.approx(1, abs=1e-7)
    assert load_for(10_000, 0.01) < 10_200
