"""What a run of the stand-in may choose."""

from dataclasses import dataclass
from pathlib import Path

# fmt: off
SELF_SERVE_COUNTRIES = frozenset({
    "US", "GB", "CA", "CH",
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE",
    "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
})
# fmt: on
"""Where a platform can send transfers without a contract of its own.

Source: https://docs.stripe.com/connect/cross-border-payouts (United States, United Kingdom, EEA, Canada, Switzerland)
"""


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """Delays are in seconds; 0 means at once. Real Stripe holds a recipient's first funds up to 24 h.

    With ``thin_webhooks`` events name their object instead of carrying it; those of v2 always do. ``financial_account`` is
    what outbound payments are paid from, ``funding_method`` the platform's bank account that fills it.
    """

    api_key: str = "sk_test_muster"
    seed: int = 1
    state: Path | None = None
    webhook_url: str | None = None
    webhook_secret: str = "whsec_muster"  # noqa: S105 - a test-mode value, printed by the demo
    thin_webhooks: bool = False
    public_url: str = "http://127.0.0.1:12111"
    availability_seconds: int = 0
    payout_delay_seconds: int = 0
    arrival_seconds: int = 0
    verification_seconds: int = 0
    topup_seconds: int = 0
    platform_country: str = "US"
    financial_account: str = "fa_test_muster"
    funding_method: str = "usba_test_muster"
