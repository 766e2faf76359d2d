"""The rules of the books that no model can declare."""

from django.db import migrations

from payouts.ledger import sql


class Migration(migrations.Migration):
    dependencies = [("payouts", "0001_initial")]

    operations = [migrations.RunSQL(sql.FORWARD, sql.BACKWARD)]
