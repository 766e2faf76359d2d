"""Read-only views that outside checks rely on."""

from django.db import migrations

from marketplace.identity import sql as identity
from marketplace.timesheets import sql as timesheets
from marketplace.work import sql as work


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0004_session_epoch"), ("common", "0001_initial")]

    operations = [
        migrations.RunSQL(feature.FORWARD, feature.BACKWARD) for feature in (identity, timesheets, work)
    ]
