"""Settings of one's own machine: embedded servers, a local Stripe stand-in, mail as files."""

from config.settings import base
from config.settings.base import *  # noqa: F403

# Off unless asked for, so that people see the pages that a real installation shows.
DEBUG = bool(base.env.DEBUG)
SECRET_KEY = base.env.SECRET_KEY or base.env.local_secret_key()
TAX_ID_KEY = base.env.TAX_ID_KEY or SECRET_KEY
ALLOWED_HOSTS = base.env.ALLOWED_HOSTS or ["127.0.0.1", "localhost"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WEBHOOK_ALLOW_LOOPBACK = True
# gunicorn serves the files as they stand in the tree: there is no collectstatic in between.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True

if not base.env.STRIPE_API_KEY and not base.env.STRIPE_API_BASE:
    # Without a key of one's own the stand-in plays Stripe, at this checkout's own port.
    STRIPE_API_BASE = f"http://127.0.0.1:{base.env.layout.stand_in_port}"
    STRIPE_API_KEY = "sk_test_muster"
    STRIPE_WEBHOOK_SECRETS = ["whsec_muster"]
    STRIPE_FINANCIAL_ACCOUNT = "fa_test_muster"
    STRIPE_FUNDING_METHOD = "usba_test_muster"
