"""What Celery runs; beat's schedule names these tasks."""

from celery import shared_task

from jobs import work

# A run that was missed is made up for by the next one.
STALE_SECS = 300


@shared_task(name="jobs.sweep_stale_calls", expires=STALE_SECS)
def sweep_stale_calls() -> None:
    work.sweep_stale_calls()


@shared_task(name="jobs.reconcile_capacity", expires=STALE_SECS)
def reconcile_capacity() -> None:
    work.reconcile_capacity()


@shared_task(name="jobs.end_lost_calls", expires=30)
def end_lost_calls() -> None:
    work.end_lost_calls()


@shared_task(name="jobs.end_idle_chats", expires=STALE_SECS)
def end_idle_chats() -> None:
    work.end_idle_chats()


@shared_task(name="jobs.send_webhooks", expires=60)
def send_webhooks() -> None:
    work.send_webhooks()


@shared_task(name="jobs.forget_webhooks", expires=STALE_SECS)
def forget_webhooks() -> None:
    work.forget_webhooks()


@shared_task(name="jobs.inspect_recordings", expires=STALE_SECS)
def inspect_recordings() -> None:
    work.inspect_recordings()


@shared_task(name="jobs.record_peaks", expires=60)
def record_peaks() -> None:
    work.record_peaks()


@shared_task(name="jobs.expire_recordings", expires=STALE_SECS)
def expire_recordings() -> None:
    work.expire_recordings()


@shared_task(name="jobs.remove_orphaned_recordings", expires=STALE_SECS)
def remove_orphaned_recordings() -> None:
    work.remove_orphaned_recordings()


@shared_task(name="jobs.forget_answers", expires=STALE_SECS)
def forget_answers() -> None:
    work.forget_answers()
