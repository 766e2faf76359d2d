"""The web application for gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

from common.database import limit_waits
from config.startup import refuse_unsafe_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.prod")

application = get_wsgi_application()
refuse_unsafe_start()
limit_waits()
