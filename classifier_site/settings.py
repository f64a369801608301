"""Every setting of the site, read from the environment once, at start-up.

The values here are right for production: HTTPS, no debugging, and no secret or server assumed.
`manage.py` puts what a laptop needs instead into the environment (one_machine/environment.py), so
that it cannot leak into a deployment. The settings are documented in docs/settings.md.
"""

import re
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from classifier_site import __version__, logs
from classifier_site.cores import available_cores
from classifier_site.environment import (
    boolean,
    bucket,
    clamd_url,
    database,
    env,
    folder,
    integer,
    limit,
    log_colours,
    log_format,
    number,
    one_of,
    one_or_more,
    origin,
    port,
    rate,
    rates,
    required,
    server,
)
from foundation import redis_server

BASE_DIR = Path(__file__).resolve().parent.parent

DATA_DIR: Path = env.path("CLASSIFIER_DATA", BASE_DIR / "var")
DEBUG: bool = boolean("DEBUG", False)
# Set only by manage.py, if the database is the embedded one.
EMBEDDED_DATABASE: bool = boolean("CLASSIFIER_EMBEDDED_DATABASE", False)

# --- Secrets, hosts, HTTPS -------------------------------------------------------------------

SECRET_KEY = required(
    "SECRET_KEY",
    "Set it to 50 random characters "
    "(python -c 'import secrets; print(secrets.token_urlsafe(50))') and keep it secret, "
    "or run everything on this machine with `make run`, which makes its own.",
)
# RFC 7518, section 3.2: an HS256 key has at least 256 bits.
if len(SECRET_KEY) < 32 and not DEBUG:
    raise ImproperlyConfigured("SECRET_KEY is too short: it signs tokens, so give it 32 or more.")

ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
if "*" in ALLOWED_HOSTS and not DEBUG:
    raise ImproperlyConfigured("ALLOWED_HOSTS must name this site's hosts; '*' admits forged ones.")
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])
CSRF_FAILURE_VIEW = "foundation.web.errors.csrf_failure"

HTTPS: bool = boolean("HTTPS", True)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
# Probes and Prometheus inside a cluster speak plain HTTP to the process itself.
SECURE_REDIRECT_EXEMPT = [r"^(health(/live)?|metrics)/?$"]
# Number of our reverse proxies in front. With none, forwarding headers cannot be trusted.
NUM_PROXIES: int = integer("NUM_PROXIES", 0)
if NUM_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# The site's address in mails. Without it, the address of the request that caused the mail.
SITE_URL = origin("SITE_URL")
if HTTPS and SITE_URL.startswith("http:"):
    raise ImproperlyConfigured("SITE_URL must begin with https://, or set HTTPS=0.")
SESSION_ENGINE = "accounts.sessions"
# Browsers accept such cookies only over HTTPS and from this very host: no neighbour can plant one.
COOKIE_PREFIX = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrftoken"
LANGUAGE_COOKIE_NAME = f"{COOKIE_PREFIX}django_language"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Nothing inline and nothing from elsewhere; `blob:` are previews of pictures not yet sent.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "blob:", "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- Metrics ---------------------------------------------------------------------------------

# The bearer token for /metrics. Without it, only this machine can read them.
METRICS_TOKEN: str = env.str("METRICS_TOKEN", "")
if METRICS_TOKEN and not re.fullmatch(r"[!-~]{32,}", METRICS_TOKEN):
    raise ImproperlyConfigured(
        "METRICS_TOKEN must have at least 32 printable ASCII characters, without spaces."
    )
# The port on which a worker serves Prometheus, if any.
METRICS_PORT: int | None = port("METRICS_PORT")
# Where all processes of this machine write what they count, see foundation/observability.
METRICS_FOLDER = folder("PROMETHEUS_MULTIPROC_DIR")

# --- Traces ----------------------------------------------------------------------------------

# Where spans are sent by OTLP over HTTP, if anywhere; OpenTelemetry reads its other variables.
OTEL_EXPORTER_OTLP_ENDPOINT = server("OTEL_EXPORTER_OTLP_ENDPOINT")
if OTEL_EXPORTER_OTLP_ENDPOINT and not find_spec("opentelemetry"):
    raise ImproperlyConfigured(
        "OTEL_EXPORTER_OTLP_ENDPOINT is set, but OpenTelemetry is not installed. Run: "
        "pip install -r requirements-tracing.txt -c requirements.lock"
    )

# --- Application -----------------------------------------------------------------------------

INSTALLED_APPS = [
    "classifier_site",
    "classifier_site.operations.backups",
    "classifier_site.operations.maintenance",
    "classifier_site.operations.overview",
    "accounts",
    "predictions",
    "predictions.bulk",
    "predictions.comparisons",
    "predictions.mlflow",
    "predictions.similar",
    "predictions.webhooks",
    "feedback",
    "review",
    "learning",
    "learning.data_sets",
    "classifier_site.admin_site.Config",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
    "django_rq",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "foundation.web.request_log.RequestLogMiddleware",
    "classifier_site.operations.metrics.CountingMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "foundation.web.middleware.PolicyMiddleware",
    "foundation.web.middleware.QueuePagesPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "foundation.web.middleware.TrailingSlashMiddleware",
    "foundation.web.middleware.BodySizeMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "classifier_site.operations.maintenance.middleware.MaintenanceMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "foundation.web.middleware.LanguageMiddleware",
    "foundation.web.middleware.PrivatePagesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "accounts.staff_factor.StaffFactorMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "foundation.web.middleware.NulMiddleware",
]
if OTEL_EXPORTER_OTLP_ENDPOINT:
    MIDDLEWARE.insert(1, "foundation.web.traced.TracedMiddleware")

ROOT_URLCONF = "classifier_site.urls"
WSGI_APPLICATION = "classifier_site.wsgi.application"
APPEND_SLASH = False  # a redirect loses the body of a POST; TrailingSlashMiddleware does without

TEMPLATE_LOADERS = [
    "django.template.loaders.filesystem.Loader",
    "django.template.loaders.app_directories.Loader",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            # Read once; with DEBUG each time, so that a change is seen at once.
            "loaders": TEMPLATE_LOADERS
            if DEBUG
            else [("django.template.loaders.cached.Loader", TEMPLATE_LOADERS)],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "classifier_site.operations.maintenance.middleware.banner",
                "accounts.signup.offered",
            ],
        },
    }
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

# gunicorn.conf.py reads both as well; here a wrong value is refused before anything is started.
WEB_WORKERS = one_or_more("WEB_WORKERS", 1)  # processes
WEB_THREADS = one_or_more("WEB_THREADS", 32)  # of a process

STATIC_URL = "/static/"
STATIC_ROOT: Path = env.path("STATIC_ROOT", DATA_DIR / "static")
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT: Path = env.path("MEDIA_ROOT", DATA_DIR / "media")
# Where pictures are instead of in a folder. It is not Django's setting MEDIA_URL, which we do not
# have: uploads are private, a view hands them to their owner.
MEDIA_BUCKET = bucket("MEDIA_URL")
# Seconds for which S3 shows a picture to whoever has its address; None: the site hands them out.
MEDIA_SIGNED_URLS = limit("MEDIA_SIGNED_URLS")
if MEDIA_SIGNED_URLS:
    if not MEDIA_BUCKET or not (MEDIA_BUCKET.region or MEDIA_BUCKET.endpoint):
        raise ImproperlyConfigured(
            "MEDIA_SIGNED_URLS needs a MEDIA_URL with region or endpoint, at which pages may load "
            "pictures."
        )
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["img-src"].append(MEDIA_BUCKET.origin)
STORAGES = {
    "default": {
        "BACKEND": "foundation.storage.s3.Objects",
        "OPTIONS": {"bucket": MEDIA_BUCKET, "connections": WEB_THREADS},
    }
    if MEDIA_BUCKET
    else {
        "BACKEND": "foundation.storage.disk.WholeFiles",
        "OPTIONS": {"file_permissions_mode": 0o600},
    },
    # Named by their content, so that browsers keep them for ever; compressed once.
    "staticfiles": {"BACKEND": "foundation.web.static.StaticFiles"},
}

# Public keys of age, for whose holders backups are encrypted; see operations/backups/sealing.py.
BACKUP_RECIPIENTS: list[str] = env.list("BACKUP_RECIPIENTS", [])

# --- Database and queue ----------------------------------------------------------------------

required("DATABASE_URL", "Set it to postgres://USER:PASSWORD@HOST/NAME, or use `make run`.")
DATABASES = {"default": database("DATABASE_URL")}
# Past a pooler, for what needs a session of its own; see foundation/postgresql/pooling.py.
DATABASE_DIRECT = database("DATABASE_DIRECT_URL") if env.str("DATABASE_DIRECT_URL", "") else None
# A streaming replica, for reads that may be a moment old; see foundation/postgresql/replica.
if env.str("DATABASE_REPLICA_URL", ""):
    DATABASES["replica"] = replica = database("DATABASE_REPLICA_URL")
    replica["ENGINE"] = "foundation.postgresql.replica"
    # The primary answers instead, so sooner than the primary itself is given up.
    replica["OPTIONS"] |= {
        "connect_timeout": 2,  # libpq's least
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 2,
        "tcp_user_timeout": 9_000,
    }
    DATABASE_ROUTERS = ["foundation.postgresql.replica.router.Router"]
    after = MIDDLEWARE.index("django.contrib.auth.middleware.AuthenticationMiddleware") + 1
    MIDDLEWARE.insert(after, "foundation.postgresql.replica.reading.OwnWritesMiddleware")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

PREDICT_TIMEOUT: int = integer("PREDICT_TIMEOUT", 30)  # seconds a request waits for its answer
REDIS_URL = redis_server.checked(
    required("REDIS_URL", "Set it to redis://HOST:6379/0, or use `make run`.")
)
CACHES = {
    # Hashes of pictures that this process has seen recently, see predictions/recording.py: 2 MB.
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "TIMEOUT": None,
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    },
}
RQ_QUEUES = {
    # Workers process the first before the second: people who wait before bulk work. The third has
    # workers of its own, see learning/worker.py.
    name: {
        **redis_server.rq_connection(REDIS_URL),
        "DEFAULT_TIMEOUT": 60,
        "SERIALIZER": "rq.serializers.JSONSerializer",
    }
    for name in ("predictions", "bulk", "training")
}
RQ_EXCEPTION_HANDLERS = ["predictions.queueing.jobs.record_failure"]
RQ = {
    "WORKER_CLASS": "predictions.queueing.worker.PredictionWorker",
    "COMMIT_MODE": "auto",  # services.py and recovery.py enqueue after their commits
}

# --- People ----------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "accounts.backends.EmailBackend",
    "django.contrib.auth.backends.ModelBackend",  # sessions name it; it authenticates nobody
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "classify"
LOGOUT_REDIRECT_URL = "login"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.BCryptSHA256PasswordHasher",  # cost 12
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# Who may sign up; see accounts/signup.py.
SIGNUP = one_of("SIGNUP", "open", "invite", "closed")

# Attempts at the password of one account, from all addresses; see accounts/guesses.py.
THROTTLE_ACCOUNT = rates("THROTTLE_ACCOUNT", "5/min,20/hour,50/day")

# Staff without a second factor are redirected to set one up, and have no permissions until then.
REQUIRE_TWO_FACTOR_FOR_STAFF: bool = boolean("REQUIRE_TWO_FACTOR_FOR_STAFF", False)

SIMPLE_JWT = {
    "ALGORITHM": "HS256",
    "USER_ID_FIELD": "email",
    "USER_ID_CLAIM": "sub",
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=integer("ACCESS_TOKEN_MINUTES", 30)),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=integer("REFRESH_TOKEN_DAYS", 14)),
    "CHECK_REVOKE_TOKEN": True,  # a changed password ends every token given out before
}

# Sent by accounts/outbox.py. Without a mail server, mails are written to the web process's log.
EMAIL_HOST: str = env.str("EMAIL_HOST", "")
EMAIL_PORT: int = integer("EMAIL_PORT", 587)
EMAIL_HOST_USER: str = env.str("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD: str = env.str("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS: bool = boolean("EMAIL_USE_TLS", True)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL: str = env.str("DEFAULT_FROM_EMAIL", "classifier@localhost")
EMAIL_BACKEND = "django.core.mail.backends.{}.EmailBackend".format(
    "smtp" if EMAIL_HOST else "console"
)

# --- Predictions -----------------------------------------------------------------------------

CLASSIFIER_MODEL: str = env.str("CLASSIFIER_MODEL", "auto") or "auto"
CLASSIFIER_ENGINE = one_of("CLASSIFIER_ENGINE", "openvino", "tensorflow")
CLASSIFIER_PRECISION = one_of("CLASSIFIER_PRECISION", "f32", "bf16", "int8", "auto")
WORKERS = one_or_more("WORKERS", 1)  # that `manage.py up` starts
# Cores that one worker can use for decoding and inference: its share of this machine.
CLASSIFIER_THREADS = one_or_more("CLASSIFIER_THREADS", max(1, available_cores() // WORKERS))
CLASSIFIER_BATCH_SIZE = one_or_more("CLASSIFIER_BATCH_SIZE", 16)
RESNET50_WEIGHTS: Path | None = env.path("RESNET50_WEIGHTS", None)
MODEL_STORE = DATA_DIR / "models"
# Where files of gigabytes are written before they are stored: where they are stored, and so only
# renamed; else where the models are, for /tmp may be memory.
WORKSHOP: Path = MODEL_STORE if MEDIA_BUCKET else MEDIA_ROOT
# Versions and their roles are told to this MLflow, if any; see predictions/mlflow.
MLFLOW_TRACKING_URI = server("MLFLOW_TRACKING_URI")
QUEUE_LIMIT: int = integer("QUEUE_LIMIT", 5000)  # pictures that can wait in each queue
QUEUE_LIMIT_PER_PERSON: int = integer("QUEUE_LIMIT_PER_PERSON", 1000)  # of these, one person's
# Pictures and bytes that are kept for one person, unless staff gave them a quota of their own.
QUOTA_PICTURES = limit("QUOTA_PICTURES")
QUOTA_BYTES = limit("QUOTA_BYTES")
# After so many days pictures are deleted, and their answers kept; see pictures/retention.py.
RETENTION_DAYS = limit("RETENTION_DAYS")
MAX_FILE_BYTES = 10 * 1024 * 1024
MAX_PIXELS: int = integer("MAX_PIXELS", 50_000_000)
MAX_FILES = 1000  # in one bulk request
# Whether people are asked at upload if their pictures may improve the service, or whether that is
# given by other means, such as a contract.
DATA_SET_CONSENT = one_of("DATA_SET_CONSENT", "ask", "given")
# Probability below which pages say that the model is not sure.
UNSURE_BELOW: float = number("UNSURE_BELOW", 0.5)
CLASSIFIERS_PER_PERSON: int = integer("CLASSIFIERS_PER_PERSON", 20)  # of their own
# Webhooks may also go to this network and this machine, and over HTTP.
WEBHOOKS_TO_PRIVATE_ADDRESSES: bool = boolean("WEBHOOKS_TO_PRIVATE_ADDRESSES", False)
# Uploads pass through this clamd first; see predictions/pictures/virus_scan.py.
CLAMD_URL = clamd_url("CLAMD_URL")
CLAMD_UNREACHABLE = one_of("CLAMD_UNREACHABLE", "refuse", "accept")

FILE_UPLOAD_HANDLERS = [
    "learning.uploads.ArchiveUploadHandler",
    "predictions.pictures.uploads.PictureUploadHandler",
]
DATA_UPLOAD_MAX_NUMBER_FILES = MAX_FILES
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2 * MAX_FILES  # so many pictures can be deleted at once
# Bodies that carry no file (JSON, forms), and bodies that do.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
MAX_BODY_BYTES: int = integer("MAX_BODY_BYTES", 1024 * 1024 * 1024)

# --- Learning --------------------------------------------------------------------------------

# Cores that a training can use. It runs only when nothing else wants them.
TRAINING_THREADS = one_or_more("TRAINING_THREADS", max(1, available_cores() // 2))
EXAMPLES_PER_PERSON: int = integer("EXAMPLES_PER_PERSON", 20_000)
TRAINING_MINUTES_PER_DAY: int = integer("TRAINING_MINUTES_PER_DAY", 120)  # of one person

# --- API -------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "accounts.permissions.ApiTokenScopes",
    ],
    "DEFAULT_PARSER_CLASSES": [
        "foundation.web.parsers.JSONParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "foundation.web.negotiation.AcceptIgnored",
    "DEFAULT_THROTTLE_CLASSES": ["foundation.web.throttles.ReadThrottle"],
    "DEFAULT_THROTTLE_RATES": {
        "login": rate("THROTTLE_LOGIN", "20/min"),
        "signup": rate("THROTTLE_SIGNUP", "10/min"),
        "read": rate("THROTTLE_READ", "1200/min"),
        "feedback": rate("THROTTLE_FEEDBACK", "120/min"),
        "export": rate("THROTTLE_EXPORT", "10/min"),
        "predict": rate("THROTTLE_PREDICT", "600/min"),
        "pictures": rate("THROTTLE_PICTURES", "6000/min"),
        "megapixels": rate("THROTTLE_MEGAPIXELS", "10000/min"),
    },
    # The API has no versions: drf-spectacular would copy any requested one into a header.
    "ALLOWED_VERSIONS": [None],
    "NUM_PROXIES": NUM_PROXIES,
    "EXCEPTION_HANDLER": "foundation.web.errors.api_exception_handler",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Image classification",
    "DESCRIPTION": "Send a picture, get its class. Sign in at `POST /login`, then send the access "
    "token as `Authorization: Bearer …`. Programs that run longer should use an API token, created "
    "on the account page.",
    "VERSION": __version__,
    "SERVE_INCLUDE_SCHEMA": True,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {
        "displayRequestDuration": True,
        "persistAuthorization": True,  # over a reload
    },
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "accounts.schema.describe_deletion",
        "classifier_site.docs.describe_what_all_share",
        "classifier_site.docs.put_in_order",
        "classifier_site.code_samples.show_code_samples",
    ],
    "PATH_CONVERTER_OVERRIDES": {"id": {"type": "string", "format": "uuid"}},
    "ENUM_NAME_OVERRIDES": {
        "InferenceStatus": "predictions.models.Inference.Status",
        "Role": "predictions.classifiers.ModelVersion.Role",
        "WorkStatus": "learning.background.BackgroundWork.Status",
        "EntryStatus": "predictions.api.serializers.ENTRY_STATUSES",
    },
    "TAGS": [
        {"name": "predictions", "description": "Pictures in, predictions out"},
        {"name": "feedback", "description": "What people say about predictions"},
        {"name": "models", "description": "Classifiers, their versions and their classes"},
        {"name": "teaching", "description": "Teaching a classifier classes of one's own"},
        {"name": "data sets", "description": "Verified pictures as files, for staff"},
        {"name": "webhooks", "description": "Being told that a bulk request is done"},
        {"name": "tokens", "description": "Signing in and out"},
        {"name": "users", "description": "People"},
        {"name": "service", "description": "State of the service"},
        {"name": "deprecated", "description": "Older addresses of /users, which stay"},
    ],
}

# --- Admin and log ---------------------------------------------------------------------------

RQ_SHOW_ADMIN_LINK = False  # predictions/queue_admin.py shows it to those with permission

LOG_LEVEL = one_of("LOG_LEVEL", "INFO", "DEBUG", "WARNING", "ERROR", "CRITICAL")
LOGGING = logs.configuration(log_format(), LOG_LEVEL, colours=log_colours())
