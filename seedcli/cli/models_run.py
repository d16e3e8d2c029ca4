"""What the commands of `seedcli models` do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from seedcli.cli.plan import plan_of
from seedcli.cli.result_json import dump
from seedcli.cli.session import Session, open_session
from seedcli.errors import UsageError
from seedcli.gateway.models import MODELS, Model, check, model_id, resolve
from seedcli.pictures.prepare import plan_for
from seedcli.pictures.probe import probe
from seedcli.records import JsonObject, Parameters


def run_list(given: Mapping[str, Any]) -> int:
    session = open_session(given)
    for model in MODELS:
        if session.reporter.json:
            session.reporter.put(dump(_object(model)))
        else:
            session.reporter.put(f"{model.name:<10}{model.id:<28}{model.title:<14}{model.sizes_help}")
    return 0


def run_show(given: Mapping[str, Any], name: str, picture: str | None) -> int:
    session = open_session(given)
    model = resolve(model_id(name))
    if model is None:
        raise UsageError(f"the rules of {name} are not known", hint="Those of seededit and seedream are.")
    answer = _object(model)
    if picture is not None:
        answer["for"] = _plan(session, model, picture)
    if session.reporter.json:
        session.reporter.put(dump(answer))
        return 0
    for key, value in _rows(model):
        session.reporter.put(f"{key:<16}{value}")
    for key, value in (answer.get("for") or {}).items():
        session.reporter.put(f"{key:<16}{_shown(key, value)}")
    return 0


def _plan(session: Session, model: Model, picture: str) -> JsonObject:
    """What the picture at `picture` would be sent as, and come out as."""
    path = Path(picture)
    found = probe(path)
    plan = plan_for(
        found, name=picture, size=path.stat().st_size, limits=model.limits, options=session.prepare_options
    )
    parameters = check(Parameters(model=model.id, size=session.settings.get("size").value), unchecked=False)
    wide, high = found.upright_size
    price = session.settings.get("price_per_image").value
    return {
        "input": picture,
        "input_size": f"{wide}x{high}",
        "prepared": plan.changes,
        **plan_of(model, size=parameters.size, width=wide, height=high, price=price),
    }


def _rows(model: Model) -> Iterator[tuple[str, str]]:
    yield "name", model.name
    yield "id", model.id
    yield "title", model.title
    yield "size", model.sizes_help
    yield "seed", "yes" if model.takes_seed else "not taken"
    guidance = f"1 to 10, {model.default_guidance:g} when absent" if model.default_guidance else "not taken"
    yield "guidance_scale", guidance
    yield "watermark", "on when absent" if model.default_watermark else "off when absent"
    yield "input formats", ", ".join(model.input_formats)
    yield "input aspect", f"{_ratio(model.min_aspect)} to {_ratio(model.max_aspect)}"
    size = f"{model.max_bytes / 1e6:g} MB, {model.max_pixels / 1e6:g} million pixels"
    yield "input limits", f"{size}, sides from {model.min_side_px} px"


def _object(model: Model) -> JsonObject:
    return {
        "schema": "seedcli.model/1",
        "name": model.name,
        "id": model.id,
        "title": model.title,
        "sizes": list(model.sizes),
        "default_size": model.default_size,
        "takes_seed": model.takes_seed,
        "takes_guidance": model.takes_guidance,
        "default_guidance": model.default_guidance,
        "default_watermark": model.default_watermark,
        "input_formats": list(model.input_formats),
        "input_aspect": [model.min_aspect, model.max_aspect],
        "max_bytes": model.max_bytes,
        "max_pixels": model.max_pixels,
        "min_side": model.min_side_px,
    }


def _ratio(value: float) -> str:
    return f"{value:g}:1" if value >= 1 else f"1:{1 / value:g}"


def _shown(key: str, value: Any) -> str:
    if key == "cost":
        return f"{value:g}" if value is not None else "no price is set (config set price_per_image)"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "as it is"
    return "the model decides" if value is None else str(value)
