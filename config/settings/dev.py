"""Settings of one's own machine: embedded servers, a local Stripe stand-in, mail as files."""

from config.settings import base
from config.settings.base import *  # noqa: F403

DEBUG = base.env.DEBUG is not False
SECRET_KEY = base.env.SECRET_KEY or base.env.local_secret_key()
ALLOWED_HOSTS = base.env.ALLOWED_HOSTS or ["127.0.0.1", "localhost"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WEBHOOK_ALLOW_LOOPBACK = True
