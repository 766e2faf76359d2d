"""Settings that hold everywhere. The environment comes through `config.environment` alone."""

from pathlib import Path

from config.environment import database_settings, mail_settings, read_environment
from config.logging import configure_structlog, logging_settings
from config.services.layout import PROJECT_DIR

env = read_environment()

IS_PRODUCTION = False
DEBUG = False
SECRET_KEY = env.SECRET_KEY or ""
ALLOWED_HOSTS = list(env.ALLOWED_HOSTS)
BASE_URL = env.BASE_URL or "http://127.0.0.1:8000"
MUSTER_HOME = env.MUSTER_HOME

INSTALLED_APPS = [
    # First: when it is ready it puts its own admin site in the place of Django's, and what is registered before is lost.
    "unfold",
    "config",
    "common",
    "marketplace",
    "quality",
    "payouts",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
    "knox",
    "pgtrigger",
    "rest_framework",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "config.middleware.RequestIdMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.middleware.RolesReadOnceMiddleware",
    "common.viewer.ViewerMiddleware",
    "common.error_pages.DomainErrorMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

_feature_folders = [PROJECT_DIR / app for app in ("marketplace", "quality", "payouts")]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [folder for app in _feature_folders for folder in sorted(app.glob("*/templates"))],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "common.context.portal",
            ]
        },
    }
]
STATICFILES_DIRS = [folder for app in _feature_folders for folder in sorted(app.glob("*/static"))]
STATIC_URL = "/static/"
STATIC_ROOT = Path(MUSTER_HOME) / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

DATABASES = {"default": database_settings(env.database_url)}
DATABASE_OWNER = database_settings(env.database_owner_url)
# One role for both would leave nothing to grant; check --deploy refuses that.
DATABASE_APP_ROLE = DATABASES["default"]["USER"] if DATABASES["default"]["USER"] != DATABASE_OWNER["USER"] else ""
ATOMIC_REQUESTS = False

AUTH_USER_MODEL = "marketplace.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_ADAPTER = "marketplace.identity.adapter.AccountAdapter"
ACCOUNT_SIGNUP_FORM_CLASS = "marketplace.identity.forms.SignUpForm"
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "optional"
# A change of password, address or second factor is mailed; that of the address to the old one, whose owner may be robbed.
ACCOUNT_EMAIL_NOTIFICATIONS = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25
AXES_USERNAME_CALLABLE = "config.logins.find_login_name"
AXES_LOCKOUT_CALLABLE = "config.logins.answer_lockout"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]

CSRF_FAILURE_VIEW = "common.error_pages.csrf_failure"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "marketplace.identity.authentication.ApiKeyAuthentication",
        "knox.auth.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["common.denial.DenyAll"],
    "DEFAULT_RENDERER_CLASSES": ["common.rendering.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "config.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "common.api.problems.exception_handler",
}
DRF_STANDARDIZED_ERRORS = {"EXCEPTION_FORMATTER_CLASS": "common.api.problems.ProblemFormatter"}
SPECTACULAR_SETTINGS = {
    "TITLE": "Muster API",
    "DESCRIPTION": "People, work, quality and pay. Times are UTC with an offset, money is in minor units.",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": r"/api/v1/",
    # Choices stay where they are used: names made up for shared lists of them change with every new one.
    "POSTPROCESSING_HOOKS": ["config.openapi.finish_document"],
    "COMPONENT_SPLIT_REQUEST": True,
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
}

SECURE_CSP = {
    "default-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
}
# The admin's theme evaluates the attributes of its own templates and sets colors in the page: without these two its
# closed dialogs lie over everything. Inline scripts stay forbidden there, and all of it on every other page.
ADMIN_CSP = {
    **SECURE_CSP,
    "script-src": ["'self'", "'unsafe-eval'"],
    "style-src": ["'self'", "'unsafe-inline'"],
}
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024

CELERY_BROKER_URL = env.broker_url
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "unacked_restore_interval": 2,
    "unacked_restore_throttle": 1,
    # A request must not wait for a broker that is down (6 s by default): the sweepers find its work.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "socket_connect_timeout": 2,
}

# What is asked of a scope that follows no row of its own, as shares: below the first a pause can be proposed to a person,
# above the second a promotion (docs/domain/quality.md).
QUALITY_BAR = 0.8
QUALITY_PROMOTE_BAR = 0.92

STRIPE_API_BASE = env.STRIPE_API_BASE
STRIPE_API_KEY = env.STRIPE_API_KEY
STRIPE_WEBHOOK_SECRETS = list(env.STRIPE_WEBHOOK_SECRET)
#: What Global Payouts pays from, the currencies it holds, and the bank account it is filled from. Without the first the rail
#: is not there.
STRIPE_FINANCIAL_ACCOUNT = env.STRIPE_FINANCIAL_ACCOUNT
STRIPE_FINANCIAL_CURRENCIES = list(env.STRIPE_FINANCIAL_CURRENCIES)
STRIPE_FUNDING_METHOD = env.STRIPE_FUNDING_METHOD
#: Who pays, as it stands on statements and tax files.
LEGAL_ENTITY = env.LEGAL_ENTITY
LEGAL_ENTITY_EIN = env.LEGAL_ENTITY_EIN
#: The zone in which a tax year of who pays begins and ends.
LEGAL_ENTITY_TIME_ZONE = env.LEGAL_ENTITY_TIME_ZONE
#: At most this share of what a line earned is taken for what its expert owes, in hundredths of a percent.
PAYOUT_RECOVERY_BPS = 2500
#: A cycle whose total is above this many whole units of its currency needs two approvals. Figures near 500,000 EUR, rounded;
#: a currency that is not named has the one under "*", so that it is strict until somebody says otherwise.
PAYOUT_SECOND_APPROVAL_OVER = {
    "*": 500_000,
    "AUD": 800_000,
    "BHD": 150_000,
    "BRL": 3_000_000,
    "CAD": 700_000,
    "CHF": 500_000,
    "EUR": 500_000,
    "GBP": 400_000,
    "INR": 50_000_000,
    "JOD": 300_000,
    "JPY": 80_000_000,
    "KES": 70_000_000,
    "KWD": 150_000,
    "MXN": 10_000_000,
    "NGN": 800_000_000,
    "OMR": 150_000,
    "PLN": 2_000_000,
    "USD": 500_000,
    **env.PAYOUT_SECOND_APPROVAL_OVER,
}
#: Hours after which an exchange rate converts nothing any more: the ECB's of the Thursday before Easter is as old on Tuesday.
FX_RATE_MAX_AGE_HOURS = 120
#: How many weeks a cycle of a currency is planned to take; it ends on a Monday, 00:00 UTC. Experts are told days by it.
PAYOUT_CYCLE_WEEKS = {"*": 1}
#: This share of what a line earned is held back, in hundredths of a percent, and paid after so many days.
PAYOUT_HOLDBACK_BPS = 0
# Nobody is paid whose tax status is one of these; MISSING, SUBMITTED and EXPIRED may stand here too, else tax is withheld.
PAYOUT_TAX_GATES = ["REJECTED"]
# Taxpayer numbers are kept as hashes under this key: another key no longer finds the second use of a number.
TAX_ID_KEY = env.TAX_ID_KEY or ""
PAYOUT_HOLDBACK_DAYS = 30
#: Requests a second that one endpoint gets from all processes together; 0 = not paced.
STRIPE_CALLS_PER_SECOND = env.STRIPE_CALLS_PER_SECOND
#: Calls in a row without an answer, or with a 5xx, after which nothing is sent for half a minute.
STRIPE_FAILURES_TO_OPEN = 5
FAULT = env.FAULT or ""
FAULT_RESUME = env.FAULT_RESUME
ALLOW_FAULTS = env.ALLOW_FAULTS
WEBHOOK_ALLOW_LOOPBACK = False

DEFAULT_FROM_EMAIL = "Muster <no-reply@localhost>"
MAILERS = {"default": mail_settings(env.EMAIL_URL or f"file:{MUSTER_HOME}/mail")}

LOGGING = logging_settings(as_json=False)
configure_structlog()
