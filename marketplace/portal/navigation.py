"""What the top bar leads to."""

from common.context import register_page

register_page("home", "portal:start")
register_page("account", "portal:account")
register_page("login", "account_login")
