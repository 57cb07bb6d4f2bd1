"""The gate's promises, each against real processes and real faults. ``make prove``
runs the same with more trials."""

import pytest

from prove import faults, machine, starts
from prove.tests.conftest import holds
from prove.world import World


def test_i1_of_a_thousand_starts_at_once_as_many_are_admitted_as_there_are_slots(
    own_world: World,
) -> None:
    holds(starts.one_thousand_at_once(own_world))


def test_i2_the_slot_of_a_finished_call_is_free_at_once(own_world: World) -> None:
    holds(starts.a_finished_call_makes_room(own_world))


@pytest.mark.slow
def test_i2_i4_only_the_slots_of_a_dead_bot_come_back(own_world: World) -> None:
    holds(starts.a_dead_bots_slots_come_back(own_world))


def test_i3_i4_calls_end_once_in_any_order_and_only_if_they_are_to(
    own_world: World,
) -> None:
    holds(machine.any_order(own_world, examples=6, steps=20, repeat=True))


def test_i5_reconcile_removes_no_acquire_in_flight(own_world: World) -> None:
    holds(faults.reconciling(own_world, secs=4))


def test_i6_the_three_answers_are_never_one_for_another(own_world: World) -> None:
    holds(starts.three_answers(own_world))


@pytest.mark.parametrize("fault", faults.FAULTS)
def test_i7_the_limit_holds_through_a_fault_under_load(
    own_world: World, fault: str
) -> None:
    holds(faults.under_load(own_world, fault, times=1))
