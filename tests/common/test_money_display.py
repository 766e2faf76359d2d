"""How amounts read."""

import pytest

from common.money import Money
from common.templatetags import muster


@pytest.mark.parametrize(
    ("money", "locale", "shown"),
    [
        (Money(14700, "USD"), "en", "$147.00"),
        (Money(-14700, "USD"), "en", "−$147.00"),
        (Money(18118200, "JPY"), "en", "¥18,118,200"),
        (Money(123456, "KWD"), "en", "KWD\N{NO-BREAK SPACE}123.456"),
        (Money(-500050, "RSD"), "en", "−RSD\N{NO-BREAK SPACE}5,000.50"),
        (Money(100000, "ISK"), "en", "ISK\N{NO-BREAK SPACE}1,000.00"),
        (Money(2418300000, "KES"), "en", "KES\N{NO-BREAK SPACE}24,183,000.00"),
        (Money(191487000, "BRL"), "pt-BR", "R$\N{NO-BREAK SPACE}1.914.870,00"),
    ],
)
def test_an_amount_shows_every_decimal_of_its_currency(money: Money, locale: str, shown: str) -> None:
    assert money.format(locale) == shown


def test_a_difference_carries_its_sign_inside_the_isolated_text() -> None:
    assert muster.money(Money(6050945, "USD"), "+") == "<bdi>+$60,509.45</bdi>"
    assert muster.money(Money(-5, "JPY"), "+") == "<bdi>−¥5</bdi>"
    assert muster.money(Money(0, "USD"), "+") == "<bdi>$0.00</bdi>"


def test_no_money_shows_nothing_rather_than_zero() -> None:
    assert muster.money(None) == ""
