"""Where finance's pages are entered. The first five are tabs, the rest stands under "More"."""

from common.navigation import NavItem, register

register(
    NavItem("Cycles", "finance:cycles", "finance.read", order=10, area="finance", icon="coin"),
    NavItem("Approvals", "finance:approvals", "finance.approve", order=20, area="finance", icon="check", group="Pay"),
    NavItem(
        "Lines to look at", "finance:red_flags", "finance.read", order=33, area="finance", icon="check", group="Pay"
    ),
    NavItem("Payouts", "finance:payouts", "finance.read", order=25, area="finance", icon="users", group="Pay"),
    NavItem(
        "Reconcile", "finance:reconciliation", "finance.read", order=27, area="finance", icon="scale", group="Provider"
    ),
    NavItem("Journal", "finance:journal", "finance.read", order=30, area="finance", icon="bank", group="Books"),
    NavItem("Exceptions", "finance:exceptions", "finance.read", order=32, area="finance", icon="list", group="Pay"),
    NavItem("Balances", "finance:balances", "finance.read", order=35, area="finance", icon="scale", group="Books"),
    NavItem("Months", "finance:periods", "finance.read", order=37, area="finance", icon="lock", group="Books"),
    NavItem("Payees", "finance:payees", "finance.read", order=40, area="finance", icon="users", group="People"),
    NavItem(
        "Held payees", "finance:payee_holds", "finance.read", order=42, area="finance", icon="lock", group="People"
    ),
    NavItem("Tax forms", "finance:tax_forms", "finance.read", order=43, area="finance", icon="list", group="People"),
    NavItem("Adjustments", "finance:adjustments", "finance.read", order=45, area="finance", icon="scale", group="Pay"),
    NavItem("Reversals", "finance:reversals", "finance.read", order=47, area="finance", icon="list", group="Books"),
    NavItem("Holds", "finance:holds", "finance.read", order=50, area="finance", icon="lock", group="Pay"),
    NavItem("Unknown news", "finance:orphans", "finance.read", order=54, area="finance", icon="list", group="Provider"),
    NavItem(
        "Where money can go", "finance:routes", "finance.read", order=55, area="finance", icon="list", group="Provider"
    ),
    NavItem("Rails", "finance:rails", "finance.read", order=56, area="finance", icon="clock", group="Provider"),
    NavItem("Verify", "finance:verify", "finance.read", order=60, area="finance", icon="lock", group="Books"),
)
