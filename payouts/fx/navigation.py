"""Where exchange rates are entered."""

from common.navigation import NavItem, register

register(
    NavItem("Exchange rates", "fx:rates", "finance.read", order=57, area="finance", icon="scale", group="Provider")
)
