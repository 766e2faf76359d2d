"""Settings of the test run; `config.testpg` starts its database and names it in DATABASE_URL."""

from config.settings.base import *  # noqa: F403

SECRET_KEY = "only-for-tests-" + "x" * 50
TAX_ID_KEY = "only-for-tests-" + "t" * 50
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DATABASE_APP_ROLE = "muster_app"
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
CELERY_BROKER_URL = "memory://"
WEBHOOK_ALLOW_LOOPBACK = True
STRIPE_CALLS_PER_SECOND = 0.0
STRIPE_API_KEY = "sk_test_local"
STRIPE_WEBHOOK_SECRETS = ["whsec_test"]
AXES_ENABLED = False
REST_FRAMEWORK = {**REST_FRAMEWORK, "TEST_REQUEST_DEFAULT_FORMAT": "json"}  # noqa: F405
