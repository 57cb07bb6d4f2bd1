from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # for the index, while calls go on

    dependencies = [
        ("agents", "0003_fallback_voice"),
        ("calls", "0006_phone"),
        ("orgs", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="call",
            name="without_redis",
            field=models.BooleanField(default=False, db_default=False, editable=False),
        ),
        AddIndexConcurrently(
            model_name="call",
            index=models.Index(
                condition=models.Q(("without_redis", True)),
                fields=["started_at"],
                name="calls_without_redis",
            ),
        ),
    ]
