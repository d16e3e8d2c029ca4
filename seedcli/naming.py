"""What a result is called: names made from inputs, links and templates. Pure."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from seedcli.errors import BadOutput
from seedcli.records import OutputPlan, Placement, Source, SourceKind
from seedcli.text import clean

NAME_LIMIT = 255  # bytes, on nearly every file system
FIELDS = ("stem", "name", "ext", "dir", "seed", "model", "n", "id")
MARK = "-edited"
_UNSET = {"seed": "random", "model": "default"}
_PICTURE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"}
    | {".avif", ".heic", ".heif"}
)
_RESERVED = r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?"
_UNPORTABLE = r'[<>:"|?*\\]'
_WIDTH = r"0?[1-9]?d?"


def destination(
    plan: OutputPlan,
    *,
    source: Source,
    suffix: str,
    fields: Mapping[str, object] | None = None,
    limit: int = NAME_LIMIT,
) -> tuple[Path, bool]:
    """The path that `plan` means for the result of `source`, and whether it is exactly that one.

    One that is not exact is the first of its `candidates`. `suffix` is that of the bytes, with its
    dot; `fields` are what a template may name beside what follows from `source`. Raises
    `BadOutput` for a template that makes no sense; standard output has no path (`ValueError`).
    """
    if plan.kind is Placement.FILE:
        return Path(_value(plan)), True
    if plan.kind is Placement.TEMPLATE:
        known = _fields_of(source, plan, suffix=suffix) | dict(fields or {})
        path = _with_suffix(expand_template(_whole_template(plan), fields=known), suffix)
    else:
        path = _folder(plan, source=source) / f"{_marked_stem(plan, source=source)}{suffix}"
    return next(candidates(path, limit=limit)), False


def candidates(path: Path, *, limit: int = NAME_LIMIT) -> Iterator[Path]:
    """`path`, then the same with -2, -3, …; each name cut to `limit` bytes, at whole characters."""
    stem, suffix = path.stem, path.suffix
    if len(os.fsencode(suffix)) > limit // 2:  # what follows the dot is no suffix
        stem, suffix = path.name, ""
    base, mark = (stem[: -len(MARK)], MARK) if stem.endswith(MARK) else (stem, "")
    for number in itertools.count(1):
        tail = f"{mark}-{number}{suffix}" if number > 1 else f"{mark}{suffix}"
        yield path.with_name(cut(base, limit - len(os.fsencode(tail))) + tail)


def cut(name: str, limit: int) -> str:
    """The longest start of `name` of at most `limit` bytes that breaks no character."""
    if len(os.fsencode(name)) <= limit:
        return name
    sizes = itertools.accumulate(len(os.fsencode(char)) for char in name)
    return name[: sum(size <= limit for size in sizes)].rstrip(" .")


def link_stem(url: str) -> str:
    """A name for what a link leads to: its last part without suffix, else its host."""
    try:
        parts = urlsplit(url)
        last, host = unquote(PurePosixPath(parts.path).name), parts.hostname or ""
    except ValueError:
        last, host = "", ""
    stem, dot, suffix = last.rpartition(".")
    if dot and f".{suffix.lower()}" in _PICTURE_SUFFIXES:
        last = stem
    return portable(last) or portable(host) or "image"


def portable(name: str) -> str:
    """`name` as one that any system takes, or nothing when nothing is left of it."""
    safe = re.sub(_UNPORTABLE, "_", _plain(name)).strip(" .-\N{REPLACEMENT CHARACTER}")
    return f"_{safe}" if re.fullmatch(_RESERVED, safe, re.IGNORECASE) else safe


def expand_template(template: str, *, fields: Mapping[str, object]) -> Path:
    """The path that `template` makes of `fields`; `{{` and `}}` stand for braces.

    What a field brings never makes a folder, except `dir`, which begins the path anew when it is
    absolute. Raises `BadOutput`, naming an unknown field and the nearest known one.
    """
    path = Path()
    *folders, last = Path(template).parts or ("",)
    for part in folders:
        literal = part == Path(template).anchor
        path /= part if literal else cut(_expand(part, template=template, fields=fields), NAME_LIMIT)
    path /= _expand(last, template=template, fields=fields)
    if path.name in ("", ".."):
        hint = "End it in a name, such as {stem}-new.{ext}"
        raise BadOutput(f"-o {clean(template)} names no file", hint=hint)
    return path


def check_template(template: str) -> None:
    """Raises `BadOutput` when `template` could never be expanded."""
    expand_template(template, fields=dict.fromkeys(FIELDS, "x") | {"dir": ".", "n": 1})


def _expand(part: str, *, template: str, fields: Mapping[str, object]) -> str:
    try:
        from string import Formatter  # here: 1 ms that only templates need

        pieces = list(Formatter().parse(part))
    except ValueError as fault:
        hint = "A field is {stem}; a brace of its own is written twice: {{"
        raise BadOutput(f"-o {clean(template)}: {clean(str(fault))}", hint=hint) from fault
    return "".join(
        literal + (_filled(name, spec or "", conversion, fields=fields) if name is not None else "")
        for literal, name, spec, conversion in pieces
    )


def _filled(name: str, spec: str, conversion: str | None, *, fields: Mapping[str, object]) -> str:
    if name not in fields or conversion:
        from difflib import get_close_matches  # here: 1 ms that only a mistake needs

        near = get_close_matches(name, FIELDS, n=1)
        hint = f"Did you mean {{{near[0]}}}?" if near else "There are " + " ".join(f"{{{f}}}" for f in FIELDS)
        raise BadOutput(f"-o: there is no field {{{clean(name)}}}", hint=hint)
    value = fields[name]
    if name == "dir":
        return str(value)
    if isinstance(value, int) and re.fullmatch(_WIDTH, spec):
        return format(value, spec)
    if spec:
        raise BadOutput(f"-o: {{{name}:{clean(spec)}}} is no format", hint="A width is written {n:03}")
    return _component(str(_UNSET.get(name, "none") if value is None else value))


def _fields_of(source: Source, plan: OutputPlan, *, suffix: str) -> dict[str, object]:
    stem, file = _stem(plan, source=source), _file(source)
    name = file.name if file is not None else f"{stem}{suffix}"
    return {"stem": stem, "name": name, "ext": suffix.lstrip("."), "dir": _folder_of(source, plan)}


def _whole_template(plan: OutputPlan) -> str:
    """One that ends as a folder does holds results under their usual names."""
    template = _value(plan)
    return template + "{stem}" + MARK if template.endswith(("/", os.sep)) else template


def _with_suffix(path: Path, suffix: str) -> Path:
    """A template that names no kind of picture gets that of the bytes."""
    if path.suffix.lower() in _PICTURE_SUFFIXES:
        return path
    return path.with_name(path.name + suffix)


def _folder(plan: OutputPlan, *, source: Source) -> Path:
    if plan.kind is Placement.FOLDER:
        return Path(_value(plan))
    if plan.kind is Placement.BESIDE:
        return _folder_of(source, plan)
    raise ValueError(f"{plan.kind} has no folder")


def _folder_of(source: Source, plan: OutputPlan) -> Path:
    file = _file(source)
    return file.parent if file is not None else Path(plan.folder or ".")


def _file(source: Source) -> Path | None:
    """The user's own file; what came through standard input has none, wherever it is kept."""
    return source.path if source.kind is SourceKind.FILE else None


def _marked_stem(plan: OutputPlan, *, source: Source) -> str:
    stem = _stem(plan, source=source)
    return stem if _file(source) is None and plan.suggested else stem + MARK


def _stem(plan: OutputPlan, *, source: Source) -> str:
    file = _file(source)
    if file is not None:
        return file.stem
    if plan.suggested:
        return _component(plan.suggested)
    return "stdin" if source.kind is SourceKind.STDIN else link_stem(source.text)


def _component(name: str) -> str:
    """`name` as a part of a path, kept as it is wherever it can be."""
    safe = _plain(name)
    return safe if safe.strip(".") else "_" * max(1, len(safe))


def _plain(name: str) -> str:
    unwanted = {"/", os.sep}
    return "".join("_" if char in unwanted or ord(char) < 32 or ord(char) == 127 else char for char in name)


def _value(plan: OutputPlan) -> str:
    if plan.value is None:
        raise ValueError(f"{plan.kind} without a path")
    return plan.value
