"""What Celery runs: the deliveries of one endpoint, one after the other."""

import uuid

from celery import shared_task

from webhooks import sending

STALE_SECS = 60


@shared_task(name="webhooks.send", expires=STALE_SECS)
def send(endpoint_id: str) -> None:
    """Send what is due for an endpoint, and go on after those who wait meanwhile."""
    if sending.send_due(uuid.UUID(endpoint_id)) == sending.BATCH:
        send.delay(endpoint_id)


def queue_due() -> int:
    """Have what was not sent at once sent: retries, and what a crash has left. Answers
    to how many endpoints."""
    due = sending.endpoints_due()
    for endpoint_id in due:
        send.delay(str(endpoint_id))
    return len(due)
