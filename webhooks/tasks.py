"""What Celery runs: one endpoint's deliveries at once, and a look for what is due."""

import uuid

from celery import shared_task

from webhooks import sending

STALE_SECS = 60


@shared_task(name="webhooks.send", expires=STALE_SECS)
def send(endpoint_id: str) -> None:
    """Send what is due for an endpoint, and go on after those who wait meanwhile."""
    if sending.send_due(uuid.UUID(endpoint_id)) == sending.BATCH:
        send.delay(endpoint_id)


@shared_task(name="webhooks.send_due", expires=STALE_SECS)
def send_due() -> None:
    """What was not sent at once: retries, and what a crash has left."""
    for endpoint_id in sending.endpoints_due():
        send.delay(str(endpoint_id))
