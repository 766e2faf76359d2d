"""Where a made-up person comes from and what they work in: the draw that all else about them follows. Pure."""

from dataclasses import dataclass
from random import Random

from marketplace.demo.places import Cell, Country, Specialty, draw, list_cells, list_countries, list_specialties

PEOPLE_PER_CELL = 3

ABROAD_SHARE = 0.07


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a person comes from and lives, and what they work in; `cell` where the demo asks for just this."""

    home: Country
    residence: Country
    tongue: str
    zone: str
    specialty: Specialty
    cell: Cell | None


def draw_origin(random: Random, number: int) -> Origin:
    """This will draw where person `number` (from 1) comes from; the first ones fill the demo's cells in turn."""
    countries = list_countries()
    specialties = list_specialties()
    cells = list_cells()
    if number <= PEOPLE_PER_CELL * len(cells):
        cell = cells[(number - 1) % len(cells)]
        home = next(country for country in countries if country.code == cell.country)
        top = cell.domains[0].partition("/")[0]
        specialty = next(each for each in specialties if each.domain == top)
        return Origin(home, home, cell.tag, draw(random, home.zones), specialty, cell)
    weights = [country.weight for country in countries]
    home = random.choices(countries, weights)[0]
    residence = random.choices(countries, weights)[0] if random.random() < ABROAD_SHARE else home
    specialty = random.choices(specialties, [each.weight for each in specialties])[0]
    return Origin(home, residence, draw(random, home.languages), draw(random, residence.zones), specialty, None)


def city_of(zone: str) -> str:
    """This will name the city of an IANA zone, for example "La Paz"."""
    return zone.rpartition("/")[2].replace("_", " ")
