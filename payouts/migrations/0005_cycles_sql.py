"""The views over cycles and payouts."""

from django.db import migrations

from payouts.cycles import sql


class Migration(migrations.Migration):
    dependencies = [("payouts", "0004_cycles_and_statements")]

    operations = [migrations.RunSQL(sql.FORWARD, sql.BACKWARD)]
