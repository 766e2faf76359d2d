"""Where clients' money is entered: by finance, and by a client's own people."""

from common.navigation import NavItem, register

register(
    NavItem("Clients", "clients:list", "finance.read", order=41, area="finance", icon="users", group="Clients"),
    NavItem("Invoices", "clients:invoices", "finance.read", order=42, area="finance", icon="list", group="Clients"),
    NavItem("Billing", "clients:billing", "billing.read", order=60, area="manager", icon="coin"),
)
