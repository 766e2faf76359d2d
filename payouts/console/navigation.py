"""Where finance's pages are entered. The first five are tabs, the rest stands under "More"."""

from common.navigation import NavItem, register

register(
    NavItem("Cycles", "finance:cycles", "finance.read", order=10, area="finance", icon="coin"),
    NavItem("Approvals", "finance:approvals", "finance.approve", order=20, area="finance", icon="check"),
    NavItem("Payouts", "finance:payouts", "finance.read", order=25, area="finance", icon="users"),
    NavItem("Reconcile", "finance:reconciliation", "finance.read", order=27, area="finance", icon="scale"),
    NavItem("Journal", "finance:journal", "finance.read", order=30, area="finance", icon="bank"),
    NavItem("Exceptions", "finance:exceptions", "finance.read", order=32, area="finance", icon="list"),
    NavItem("Balances", "finance:balances", "finance.read", order=35, area="finance", icon="scale"),
    NavItem("Months", "finance:periods", "finance.read", order=37, area="finance", icon="lock"),
    NavItem("Payees", "finance:payees", "finance.read", order=40, area="finance", icon="users"),
    NavItem("Held payees", "finance:payee_holds", "finance.read", order=42, area="finance", icon="lock"),
    NavItem("Tax forms", "finance:tax_forms", "finance.read", order=43, area="finance", icon="list"),
    NavItem("Adjustments", "finance:adjustments", "finance.read", order=45, area="finance", icon="scale"),
    NavItem("Reversals", "finance:reversals", "finance.read", order=47, area="finance", icon="list"),
    NavItem("Holds", "finance:holds", "finance.read", order=50, area="finance", icon="lock"),
    NavItem("Unknown news", "finance:orphans", "finance.read", order=54, area="finance", icon="list"),
    NavItem("Where money can go", "finance:routes", "finance.read", order=55, area="finance", icon="list"),
    NavItem("Rails", "finance:rails", "finance.read", order=56, area="finance", icon="clock"),
    NavItem("Verify", "finance:verify", "finance.read", order=60, area="finance", icon="lock"),
)
