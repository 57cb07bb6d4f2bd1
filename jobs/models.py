"""How each job last went, for the Status page and for alerts."""

from django.db import models


class JobRun(models.Model):
    """The last run of a job, whoever started it."""

    name = models.CharField(max_length=40, primary_key=True)
    started_at = models.DateTimeField()
    ms = models.PositiveIntegerField()
    succeeded = models.BooleanField()
    last_success_at = models.DateTimeField(null=True)
    # When it was asked for last while it was running already.
    last_skipped_at = models.DateTimeField(null=True)
    # What the job answered; of a failure, ``error`` names its kind.
    result = models.JSONField(null=True)

    def __str__(self) -> str:
        return self.name
