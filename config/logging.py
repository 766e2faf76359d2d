"""Log lines: a static event name with fields, as JSON where machines read them and as text where people do."""

from typing import Any

import structlog
from structlog.processors import ExceptionRenderer
from structlog.tracebacks import ExceptionDictTransformer

_SHARED = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def logging_settings(*, as_json: bool, level: str = "INFO") -> dict[str, Any]:
    """Return Django's LOGGING: one line an event on standard error, from our loggers and everybody else's."""
    # The values of local variables stay out of the log: passwords and keys are among them.
    if as_json:
        exceptions: list[Any] = [ExceptionRenderer(ExceptionDictTransformer(show_locals=False))]
        renderer: Any = structlog.processors.JSONRenderer()
    else:
        exceptions = []
        renderer = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": list(_SHARED),
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *exceptions,
                    renderer,
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "propagate": True},
            # Each refusal of the API is logged by Django as a warning already told to the client.
            "django.request": {"level": "ERROR"},
            "axes": {"level": "WARNING"},
            # The library logs each request twice; our attempts keep what was sent.
            "stripe": {"level": "WARNING"},
            "django.server": {"handlers": [], "propagate": True},
        },
    }


def configure_structlog() -> None:
    """Let `structlog.get_logger()` end in the same handlers as the standard library's loggers."""
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
