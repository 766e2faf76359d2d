"""The bell of the top bar."""

from common.context import register_notices, register_page
from marketplace.notifications.queries import count_unread

register_page("notices", "notices:list")
register_notices(count_unread)
