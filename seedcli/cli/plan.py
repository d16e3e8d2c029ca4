"""What a picture will come out as, as far as the model's rules say."""

from __future__ import annotations

from seedcli.gateway.models import Model, output_tokens, planned_size
from seedcli.records import JsonObject


def plan_of(
    model: Model | None, *, size: str | None, width: int, height: int, price: float | None
) -> JsonObject:
    """`output_size` (WIDTHxHEIGHT), `aspect_change` ("+1.2%"), `tokens`, `cost`; None where unknown."""
    planned = planned_size(model, size=size, width=width, height=height)
    plan: JsonObject = {"output_size": None, "aspect_change": None, "tokens": None, "cost": price}
    if planned is not None:
        change = planned[0] / planned[1] / (width / height) - 1
        plan["output_size"] = f"{planned[0]}x{planned[1]}"
        plan["aspect_change"] = f"{change:+.1%}"
        plan["tokens"] = output_tokens(*planned)
    return plan
