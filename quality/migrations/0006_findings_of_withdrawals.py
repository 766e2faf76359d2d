from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('quality', '0005_drift_alarms'),
    ]

    operations = [
        migrations.AddField(
            model_name='withdrawal',
            name='finding',
            field=models.JSONField(default=dict),
        ),
    ]
