"""What a paid run may cost, and what it has cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mockserver.contracts import Contract
from mockserver.contracts.samples import image_area, plain_request
from mockserver.strict_json import JSON


class BudgetExceeded(Exception):
    """A request was not sent, since the budget does not allow for it."""


@dataclass(slots=True)
class Budget:
    """A budget, by default counted in images of the smallest size.

    :ivar limit: how many may be bought; None where images are free.
    :ivar spent: how many were bought, in the unit.
    :ivar images: how many images that was.
    :ivar unit: what is counted; larger images may count by their area.
    """

    limit: int | None
    spent: int = 0
    images: int = 0
    unit: str = "images of the smallest size"

    @property
    def is_paid(self) -> bool:
        """Whether images cost money."""
        return self.limit is not None

    def require(self, cost: int) -> None:
        """Check that a cost is within the budget.

        :raises BudgetExceeded: when it would exceed the limit.
        """
        if self.limit is not None and self.spent + cost > self.limit:
            left = max(self.limit - self.spent, 0)
            reason = f"it costs {cost} {self.unit}, {left} are left"
            raise BudgetExceeded(f"left out by --max-images {self.limit}: {reason}")

    def charge(self, cost: int, images: int) -> None:
        """Add a cost to what was spent; one below zero is given back."""
        self.spent += cost
        self.images += images


def count_images(contract: Contract, body: JSON) -> int:
    """Return the number of images that a request may have to be paid for.

    One that cannot be valid, since it lacks a prompt that its model needs, costs nothing.

    :param body: the request's body, parsed.
    """
    needs_prompt = "prompt" in contract.request_schema.get("required", ())
    if not isinstance(body, dict) or (needs_prompt and "prompt" not in body):
        return 0
    return max(1, contract.image_request(body).count)


def cost_of(contract: Contract, fields: Mapping[str, JSON]) -> int:
    """Return the cost of a request in images of the smallest size, by area."""
    area, unit = image_area(contract, fields), image_area(contract, plain_request(contract))
    return contract.image_request(fields).count * max(1, -(-area // unit))
