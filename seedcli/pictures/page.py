"""Before and after as one HTML page that needs nothing else: no network, no files beside it.

The pictures are in it, small, as text; its script turns into pictures only those near the
window. The page is written piece by piece, so that a thousand pairs cost the memory of one.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from io import BytesIO
from pathlib import Path
from typing import TextIO

from seedcli.errors import BadInput
from seedcli.pictures.pixels import open_picture, quiet_pillow, reading, resized, to_srgb, upright
from seedcli.pictures.prepare import refuse_large
from seedcli.pictures.probe import Probe, probe

_SIDES = ((24, 1600), (100, 1024), (300, 720))
_SMALLEST_SIDE = 480
"""How large pictures are in a page of so many pairs: it stays within some 40 MB."""
_QUALITY = 80
_SAME_SHAPE = 0.05


@dataclass(frozen=True, slots=True)
class Pair:
    """One edit to show. `before` or `after` may be None or gone; the page then says so.

    `parent_id` is the entry whose result was this one's input. Pairs of the same `group` are
    variations that stand side by side in the contact sheet; without one, a pair stands alone.
    """

    entry_id: str
    before: Path | None
    after: Path | None
    prompt: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    title: str = ""
    parent_id: str | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class _Packed:
    """A picture that is in the page: the ID of its text, and its real size."""

    anchor: str
    width: int
    height: int


def write_page(
    pairs: Sequence[Pair],
    target: TextIO,
    *,
    heading: str = "Before and after",
    progress: Callable[[int, int], None] | None = None,
) -> list[str]:
    """Writes the page; gives back a line for each picture that could not be shown."""
    return _Page(pairs, target, progress).write(heading)


class _Page:
    def __init__(
        self, pairs: Sequence[Pair], target: TextIO, progress: Callable[[int, int], None] | None
    ) -> None:
        self._pairs = pairs
        self._write = target.write
        self._progress = progress
        self._by_id = {pair.entry_id: pair for pair in pairs}
        self._packed: dict[Path, _Packed | None] = {}
        self._side = next((side for count, side in _SIDES if len(pairs) <= count), _SMALLEST_SIDE)
        self._problems: list[str] = []
        self._done = 0

    def write(self, heading: str) -> list[str]:
        self._write(_head(heading))
        for name, members in self._groups().items():
            self._write_group(members, named=name is not None and len(members) > 1)
        self._write(_foot())
        return self._problems

    def _groups(self) -> dict[str | None, list[Pair]]:
        """In the order of their first pair; each pair without a group is one of its own."""
        groups: dict[str | None, list[Pair]] = {}
        for pair in self._pairs:
            groups.setdefault(pair.group or f"\0{pair.entry_id}", []).append(pair)
        return groups

    def _write_group(self, members: list[Pair], *, named: bool) -> None:
        first = members[0]
        self._write(f'<section class="group{" many" if named else ""}">')
        if named:
            self._write(f"<h2>{_text(first.title or first.prompt)}</h2>")
        self._write('<div class="cards">')
        before = self._pack(first.before)
        if before:
            self._write(
                f'<figure class="origin"><div class="pair alone" style="{_ratio(before)}">'
                f'<img class="after" data-from="{before.anchor}" alt="before"></div>'
                f"<figcaption>before · {before.width}×{before.height}</figcaption></figure>"
            )
        for pair in members:
            self._write_card(pair)
            self._done += 1
            if self._progress:
                self._progress(self._done, len(self._pairs))
        self._write("</div></section>\n")

    def _write_card(self, pair: Pair) -> None:
        before, after = self._pack(pair.before), self._pack(pair.after)
        facts = "".join(f"<li>{fact}</li>" for fact in _sizes(before, after))
        facts += "".join(
            f'<li class="{"seed" if name == "seed" else ""}">{_text(f"{name} {value}")}</li>'
            for name, value in pair.parameters.items()
        )
        self._write(
            f'<article id="{_anchor(pair.entry_id)}">{_figure(before, after)}<div class="text">'
            f'<p class="prompt">{_text(pair.prompt)}</p><p class="title">{_text(pair.title)}</p>'
            f'<ul class="facts">{facts}</ul>'
            f"{self._way(pair)}</div></article>"
        )

    def _way(self, pair: Pair) -> str:
        """The steps from the first picture to this one, each a link to its card."""
        steps: list[Pair] = []
        at: Pair | None = pair
        while at is not None and at not in steps:
            steps.insert(0, at)
            at = self._by_id.get(at.parent_id or "")
        if len(steps) < 2:
            return ""
        links = [
            f'<a href="#{_anchor(step.entry_id)}">{_text(_short(step.prompt))}</a>' for step in steps[:-1]
        ]
        return f'<p class="way">{" → ".join([*links, "<span>this</span>"])}</p>'

    def _pack(self, path: Path | None) -> _Packed | None:
        """Writes the picture's text into the page, once, however many pairs show it."""
        if path is None:
            return None
        if path not in self._packed:
            self._packed[path] = self._pack_new(path, anchor=f"p{len(self._packed)}")
        return self._packed[path]

    def _pack_new(self, path: Path, *, anchor: str) -> _Packed | None:
        try:
            found = probe(path)
            data = _thumbnail(path, found, side=self._side)
        except BadInput as error:
            self._problems.append(error.message)
            return None
        self._write(
            f'<script type="text/plain" id="{anchor}">{base64.b64encode(data).decode("ascii")}</script>'
        )
        return _Packed(anchor, *found.upright_size)


def _thumbnail(path: Path, found: Probe, *, side: int) -> bytes:
    refuse_large(found.width, found.height, name=path.name)
    scale = min(1.0, side / max(found.upright_size))
    width, height = (max(1, round(length * scale)) for length in found.upright_size)
    out = BytesIO()
    with quiet_pillow(), reading(path.name), open_picture(path, found) as image:
        if found.format == "jpeg":
            image.draft(None, (width, width) if found.orientation >= 5 else (width, height))
        small = resized(to_srgb(upright(image), background="gray"), (width, height))
        small.save(out, "WEBP", quality=_QUALITY, method=2)
    return out.getvalue()


def _figure(before: _Packed | None, after: _Packed | None) -> str:
    shown = after or before
    if shown is None:
        lost = '<p class="lost">The pictures are no longer there.</p>'
        return f'<figure class="pair alone" style="aspect-ratio:3/2">{lost}</figure>'
    if before is None or after is None:
        lost = '<span class="label of-before">no longer there: the other picture</span>'
        image = f'<img class="after" data-from="{shown.anchor}" alt="{"after" if after else "before"}">'
        return f'<figure class="pair alone" style="{_ratio(shown)}">{image}{lost}{_LARGER}</figure>'
    same = abs(before.width / before.height / (after.width / after.height) - 1) <= _SAME_SHAPE
    fill = ' class="fill"' if same else ""
    return (
        f'<figure class="pair" style="{_ratio(after)}">'
        f'<img{fill} data-from="{before.anchor}" alt="before">'
        f'<img class="after" data-from="{after.anchor}" alt="after">'
        '<span class="label of-before">before</span><span class="label of-after">after</span>'
        '<input type="range" min="0" max="100" step="1" value="50"'
        ' aria-label="how much of the picture before is shown">'
        f"{_LARGER}</figure>"
    )


_LARGER = '<button class="larger" title="larger (Enter)" aria-label="larger">⤢</button>'


def _ratio(shown: _Packed) -> str:
    return f"aspect-ratio:{shown.width}/{shown.height};--ratio:{shown.width / shown.height:.4f}"


def _sizes(before: _Packed | None, after: _Packed | None) -> list[str]:
    sizes = [f"{one.width}×{one.height}" for one in (before, after) if one]
    return [" → ".join(sizes)] if sizes else []


def _anchor(entry_id: str) -> str:
    return "e-" + "".join(char if char.isalnum() and char.isascii() else "_" for char in entry_id)


def _short(prompt: str) -> str:
    return prompt if len(prompt) <= 40 else prompt[:39] + "…"


def _text(value: object) -> str:
    """Any text as HTML, without surrogates, which a file can't hold."""
    return escape(str(value).encode("utf-8", "replace").decode("utf-8"))


def _head(heading: str) -> str:
    """Nothing but what is in the page may run or load: the policy names its one script."""
    style, script = _asset("page.css"), _asset("page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    policy = f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_text(heading)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        f'<header><h1>{_text(heading)}</h1><span id="count" role="status"></span>'
        '<input id="search" type="search" placeholder="Filter by prompt ( / )" aria-label="filter by prompt">'
        '<button id="sheet" aria-pressed="false">Contact sheet</button></header>\n'
        "<noscript>This page shows its pictures by a script, and scripts are turned off.</noscript>\n<main>\n"
    )


def _foot() -> str:
    return (
        '</main>\n<dialog id="large" aria-label="larger"><div class="stage"></div><div class="bar">'
        '<button class="previous" title="previous (p)" aria-label="previous">←</button>'
        '<button class="next" title="next (n)" aria-label="next">→</button>'
        '<p class="said"></p><button class="close" title="close (Esc)">Close</button></div></dialog>\n'
        f"<script>{_asset('page.js')}</script>\n</body>\n</html>\n"
    )


def _asset(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")
