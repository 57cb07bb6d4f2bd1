"""What Celery runs; beat's schedule names it."""

from celery import shared_task

from health import history


@shared_task(name="health.note", expires=60)
def note() -> None:
    """Keep what the checks find now, for the Status page."""
    history.note()
