"""Answers and scores hang on their project's last fit. Both are worked out anew from the evidence, so the tables are replaced."""

import django.db.models.deletion
from django.db import migrations, models

import common.identifiers

_ID = ('id', models.UUIDField(default=common.identifiers.uuid7, editable=False, primary_key=True, serialize=False))


class Migration(migrations.Migration):

    dependencies = [
        ('quality', '0009_comparisons'),
    ]

    operations = [
        migrations.DeleteModel(name='ItemConsensus'),
        migrations.DeleteModel(name='ItemScore'),
        migrations.CreateModel(
            name='ProjectFit',
            fields=[
                _ID,
                ('tenant', models.CharField(blank=True, max_length=64)),
                ('project', models.CharField(blank=True, max_length=64)),
                ('as_of', models.DateTimeField()),
                ('labels', models.PositiveIntegerField()),
                ('comparisons', models.PositiveIntegerField()),
                ('seconds', models.FloatField()),
                ('scope', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='quality.scope')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tenant', 'project', 'scope'), name='project_fit_once'), models.CheckConstraint(condition=models.Q(('seconds__gte', 0)), name='project_fit_takes_time')],
            },
        ),
        migrations.CreateModel(
            name='ItemConsensus',
            fields=[
                _ID,
                ('item_key', models.CharField(db_index=True, max_length=200)),
                ('answer', models.CharField(max_length=200)),
                ('share', models.FloatField()),
                ('shares', models.JSONField()),
                ('labels', models.PositiveIntegerField()),
                ('fit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='quality.projectfit')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('fit', 'item_key'), name='item_consensus_once'), models.CheckConstraint(condition=models.Q(('share__gte', 0), ('share__lte', 1)), name='item_consensus_is_a_share'), models.CheckConstraint(condition=models.Q(('labels__gte', 1)), name='item_consensus_has_labels')],
            },
        ),
        migrations.CreateModel(
            name='ItemScore',
            fields=[
                _ID,
                ('item', models.CharField(max_length=200)),
                ('score', models.FloatField()),
                ('score_se', models.FloatField()),
                ('comparisons', models.PositiveIntegerField()),
                ('fit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='scores', to='quality.projectfit')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('fit', 'item'), name='item_score_once'), models.CheckConstraint(condition=models.Q(('comparisons__gte', 1), ('score_se__gte', 0)), name='item_score_has_its_error')],
            },
        ),
    ]
