"""The check of year-end tax files for ``manage.py verify``."""

from common.verification import register_check
from payouts.taxyears import audit

register_check("payouts.taxyears.runs_stand", audit.find_changed_runs)
