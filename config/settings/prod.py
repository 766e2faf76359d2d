"""Settings of a real installation: nothing has a default that would be unsafe, and what is unsafe ends the start."""

from config.environment import require
from config.logging import logging_settings
from config.settings import base
from config.settings.base import *  # noqa: F403

_env = base.env

IS_PRODUCTION = True
DEBUG = bool(_env.DEBUG)
SECRET_KEY = require("SECRET_KEY", _env.SECRET_KEY)
ALLOWED_HOSTS = require("ALLOWED_HOSTS", _env.ALLOWED_HOSTS)
BASE_URL = require("BASE_URL", _env.BASE_URL)
CSRF_TRUSTED_ORIGINS = [BASE_URL]
require("DATABASE_URL", _env.DATABASE_URL)
require("DATABASE_OWNER_URL", _env.DATABASE_OWNER_URL)
require("CELERY_BROKER_URL", _env.CELERY_BROKER_URL)
require("EMAIL_URL", _env.EMAIL_URL)
require("STRIPE_API_KEY", _env.STRIPE_API_KEY)
require("STRIPE_WEBHOOK_SECRET", _env.STRIPE_WEBHOOK_SECRET)

LOGGING = logging_settings(as_json=True)

SECURE_SSL_REDIRECT = True
# A load balancer asks for these by plain HTTP and by address.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
if _env.BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    AXES_IPWARE_PROXY_COUNT = 1
