"""Contract years: the anniversary years that share schedules and yearly guarantees follow."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from services.savings.contract.model import Contract


@dataclass(frozen=True, slots=True)
class ContractYear:
    """The `number`-th year (from 1), local days [start, end)."""

    number: int
    start: date
    end: date

    @property
    def days(self) -> int:
        """365, or 366 where a 29 February falls within."""
        return (self.end - self.start).days


def years_after(day: date, years: int) -> date:
    """The corresponding day `years` later, or the month's end where there is none (Civil Code art. 202)."""
    year = day.year + years
    return day.replace(year=year, day=min(day.day, monthrange(year, day.month)[1]))


def contract_year(accepted_on: date, day: date) -> ContractYear:
    """The contract year of `day`, counted from the day after acceptance (Civil Code art. 201).

    A year ends with the day that corresponds to the day of acceptance. `ValueError` before the first.
    """
    if day <= accepted_on:
        raise ValueError(f"{day} is not after the acceptance on {accepted_on}")
    number = day.year - accepted_on.year
    if number == 0 or day > years_after(accepted_on, number):
        number += 1
    one = timedelta(days=1)
    return ContractYear(
        number, years_after(accepted_on, number - 1) + one, years_after(accepted_on, number) + one
    )


def term_end(contract: Contract) -> date:
    """The day after the last day whose saving counts."""
    return years_after(contract.accepted_on, contract.term_years) + timedelta(days=1)


def parts_by_year(contract: Contract, start: date, end: date) -> list[tuple[ContractYear, date, date]]:
    """Split [start, end) where a contract year begins: (year, first day, day after the last)."""
    parts: list[tuple[ContractYear, date, date]] = []
    while start < end:
        year = contract_year(contract.accepted_on, start)
        until = min(end, year.end)
        parts.append((year, start, until))
        start = until
    return parts
