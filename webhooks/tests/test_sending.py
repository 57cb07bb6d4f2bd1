"""What is due is signed and sent in order; what fails is retried, then given up."""

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from common.errors import Conflict
from doubles.receiver import Receiver
from webhooks import wire
from webhooks.models import Attempt, Delivery, Endpoint, Event
from webhooks.outbox import send_again
from webhooks.schedule import RETRIES
from webhooks.sending import endpoints_due, forget_old, send_due
from webhooks.tests.conftest import header

Make = Callable[..., Delivery]


def test_it_is_signed_over_time_and_body(
    make_event: Make, endpoint: Endpoint, receiver: Receiver
) -> None:
    delivery = make_event()

    assert send_due(endpoint.pk) == 1

    (got,) = receiver.received
    assert got.path == "/hook"
    assert json.loads(got.body) == {
        "id": str(delivery.event_id),
        "type": "webhook.test",
        "createdAt": delivery.event.payload["createdAt"],
        "message": "This is a test.",
    }
    timestamp = header(got, "X-OsmTalk-Timestamp")
    signed = timestamp.encode() + b"." + got.body
    mac = hmac.new(endpoint.secret.encode(), signed, hashlib.sha256)
    assert header(got, "X-OsmTalk-Signature") == f"sha256={mac.hexdigest()}"
    assert abs(int(timestamp) - timezone.now().timestamp()) < 300
    assert header(got, "X-OsmTalk-Event") == "webhook.test"
    assert header(got, "X-OsmTalk-Delivery") == str(delivery.pk)
    assert header(got, "Content-Type") == "application/json"


def test_what_was_delivered_is_noted_and_not_sent_again(
    make_event: Make, endpoint: Endpoint, receiver: Receiver
) -> None:
    delivery = make_event()
    send_due(endpoint.pk)

    assert send_due(endpoint.pk) == 0

    delivery.refresh_from_db()
    assert (delivery.status, delivery.next_attempt_at) == ("delivered", None)
    attempt = delivery.attempts.get()
    assert (attempt.status_code, attempt.excerpt) == (200, "Thanks.")
    assert attempt.ms >= 0
    assert len(receiver.received) == 1


def test_the_oldest_goes_first(
    make_event: Make, endpoint: Endpoint, receiver: Receiver
) -> None:
    made = [make_event() for _ in range(5)]

    assert send_due(endpoint.pk) == 5

    sent = [header(got, "X-OsmTalk-Delivery") for got in receiver.received]
    assert sent == [str(delivery.pk) for delivery in made]


@pytest.mark.parametrize("status", [301, 400, 404, 410, 500])
def test_anything_but_success_is_a_failure(
    make_event: Make, endpoint: Endpoint, receiver: Receiver, status: int
) -> None:
    receiver.status, receiver.headers = status, {"Location": receiver.url}
    delivery = make_event()

    assert send_due(endpoint.pk) == 0

    delivery.refresh_from_db()
    assert (delivery.status, delivery.failures) == ("pending", 1)
    assert delivery.attempts.get().status_code == status
    # A redirect was not followed.
    assert len(receiver.received) == 1


def test_one_that_fails_waits_and_the_others_come_next_time(
    make_event: Make, endpoint: Endpoint, receiver: Receiver
) -> None:
    first, second = make_event(), make_event()
    receiver.status = 500
    send_due(endpoint.pk)
    receiver.status = 200

    assert send_due(endpoint.pk) == 1

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == ("pending", "delivered")


def test_it_is_tried_six_times_by_the_schedule_and_then_given_up(
    make_event: Make, endpoint: Endpoint, receiver: Receiver
) -> None:
    receiver.status = 503
    delivery = make_event()

    for count, retry in enumerate(RETRIES, start=1):
        send_due(endpoint.pk)
        delivery.refresh_from_db()
        assert delivery.failures == count
        assert delivery.first_attempt_at
        assert delivery.next_attempt_at == delivery.first_attempt_at + retry
        assert send_due(endpoint.pk) == 0
        assert delivery.attempts.count() == count
        # As if that time had come.
        Delivery.objects.update(
            next_attempt_at=timezone.now(), first_attempt_at=timezone.now() - retry
        )
    send_due(endpoint.pk)

    delivery.refresh_from_db()
    assert (delivery.status, delivery.next_attempt_at) == ("dead", None)
    assert delivery.attempts.count() == len(receiver.received) == 6
    assert endpoints_due() == []


def test_by_hand_it_is_sent_again_with_all_its_retries(
    make_event: Make, endpoint: Endpoint, receiver: Receiver
) -> None:
    delivery = make_event()
    Delivery.objects.update(status="dead", next_attempt_at=None, failures=6)

    send_again(delivery)

    assert send_due(endpoint.pk) == 1
    delivery.refresh_from_db()
    assert (delivery.status, delivery.failures) == ("delivered", 0)


def test_what_is_on_its_way_is_not_sent_twice_by_hand(make_event: Make) -> None:
    with pytest.raises(Conflict):
        send_again(make_event())


def test_nothing_goes_to_an_endpoint_that_is_off(
    make_event: Make, endpoint: Endpoint, receiver: Receiver
) -> None:
    make_event()
    Endpoint.objects.update(is_active=False)

    assert (endpoints_due(), send_due(endpoint.pk)) == ([], 0)
    assert receiver.received == []


def test_a_receiver_that_hangs_costs_a_limited_time(
    make_event: Make,
    endpoint: Endpoint,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wire, "TOTAL_SECS", 0.2)
    receiver.awake.clear()
    delivery = make_event()

    send_due(endpoint.pk)

    attempt = delivery.attempts.get()
    assert attempt.status_code is None
    assert attempt.error.startswith("No answer within")


def test_nobody_there_is_a_failure_like_another(
    make_event: Make, endpoint: Endpoint, receiver: Receiver
) -> None:
    receiver.close()
    delivery = make_event()

    send_due(endpoint.pk)

    assert "connection" in delivery.attempts.get().error


def test_of_a_long_answer_the_beginning_is_kept(
    make_event: Make, endpoint: Endpoint, receiver: Receiver
) -> None:
    receiver.answer = b"x" * 5_000_000
    delivery = make_event()

    send_due(endpoint.pk)

    assert delivery.attempts.get().excerpt == "x" * wire.MOST_BYTES


def test_old_events_are_forgotten_with_all_that_hangs_on_them(
    make_event: Make, endpoint: Endpoint, settings: Settings
) -> None:
    old, young = make_event(), make_event()
    send_due(endpoint.pk)
    days = timedelta(days=settings.WEBHOOK_RETENTION_DAYS, seconds=1)
    Event.objects.filter(pk=old.event_id).update(created_at=timezone.now() - days)

    assert forget_old() == 1

    assert list(Delivery.objects.values_list("pk", flat=True)) == [young.pk]
    assert Attempt.objects.count() == 1
