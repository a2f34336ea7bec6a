"""What a paid run may cost, and what it has cost."""

from __future__ import annotations

from dataclasses import dataclass

from mockserver.contracts.image_request import Order

__all__ = ["LeftOut", "Wallet", "cost_of"]


class LeftOut(Exception):
    """A request was not made, since the budget does not allow for it."""


@dataclass(slots=True)
class Wallet:
    """A budget of pictures at the smallest size.

    :ivar limit: how many may be bought; None where pictures are free.
    :ivar spent: how many were, larger ones counted by their area.
    :ivar pictures: how many pictures that was.
    """

    limit: int | None
    spent: int = 0
    pictures: int = 0

    def require(self, cost: int) -> None:
        """Let a purchase through.

        :raises LeftOut: when it would exceed the limit.
        """
        if self.limit is not None and self.spent + cost > self.limit:
            left = self.limit - self.spent
            words = f"it costs {cost} pictures of the smallest size, {max(left, 0)} are left"
            raise LeftOut(f"left out by --max-pictures {self.limit}: {words}")

    def pay(self, cost: int, pictures: int) -> None:
        self.spent += cost
        self.pictures += pictures


def cost_of(order: Order, smallest: Order) -> int:
    """Count an order in pictures of the smallest size, by area."""
    area, unit = order.width * order.height, smallest.width * smallest.height
    return order.count * max(1, -(-area // unit))
