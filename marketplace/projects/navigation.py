"""Where finance says what clients are billed."""

from common.navigation import NavItem, register

register(
    NavItem(
        "Bill rates", "projects:bill_rates", "finance.read", order=42, area="finance", icon="scale", group="Clients"
    )
)
