"""The figures as a picture: each a bar, as long as its share of the most that it may be.

Plain SVG, so that nothing has to be installed; its colours follow the reader's light or dark page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.table import machine, shown_limit, shown_value

_WIDTH, _LEFT, _BAR, _RIGHT = 960, 330, 320, 290
_ROW, _HEAD, _TOP, _BOTTOM = 27, 40, 62, 44
_LONGEST = 1.25
"""A bar that is longer than this share of its limit is cut, and says so."""

_STYLE = """
  .page { fill: #ffffff } .bar { fill: #2f7d5b } .over { fill: #c2571a } .track { fill: #eef1f0 }
  .limit { stroke: #5d6b66; stroke-width: 1.5; stroke-dasharray: 3 3 }
  text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: #1f2926 }
  .title { font-size: 17px; font-weight: 600 } .group { font-weight: 600 }
  .quiet { fill: #5d6b66; font-size: 12px } .end { text-anchor: end } .middle { text-anchor: middle }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117 } .bar { fill: #4fb286 } .over { fill: #f08a4b } .track { fill: #1b2230 }
    .limit { stroke: #98a5a0 } text { fill: #e2e9e6 } .quiet { fill: #98a5a0 }
  }
"""


def write_chart(figures: Sequence[Figure], path: Path, *, day: str) -> None:
    """Of the figures that have a limit; the rest are in the table alone."""
    judged = [figure for figure in figures if figure.at_most is not None]
    path.write_text("\n".join(_svg(judged, day=day)) + "\n", encoding="utf-8")


def _svg(figures: Sequence[Figure], *, day: str) -> Iterator[str]:
    groups = list(dict.fromkeys(figure.group for figure in figures))
    height = _TOP + len(groups) * _HEAD + len(figures) * _ROW + _BOTTOM
    label = "Each of seedcli's figures as a share of the most that it may be"
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'width="{_WIDTH}" height="{height}" role="img" aria-label="{label}">'
    )
    yield f"<style>{_STYLE}</style>"
    yield f'<rect class="page" width="{_WIDTH}" height="{height}" rx="8"/>'
    yield _text(20, 32, "Fast and light: shorter is better", "title")
    yield _text(_LEFT + _BAR, _TOP - 4, "at most", "quiet middle")
    at = _TOP
    for group in groups:
        yield _text(20, at + 27, group, "group")
        at += _HEAD
        for figure in (figure for figure in figures if figure.group == group):
            yield from _bar(figure, at)
            at += _ROW
    limit = _LEFT + _BAR
    yield f'<line class="limit" x1="{limit}" x2="{limit}" y1="{_TOP + 4}" y2="{at}"/>'
    yield _text(20, at + 26, f"{day}, {machine()}. x: times the reference in the same run.", "quiet")
    yield "</svg>"


def _bar(figure: Figure, top: int) -> Iterator[str]:
    share = max(0.0, figure.value / (figure.at_most or 1))
    length = max(3.0, min(share, _LONGEST) * _BAR)
    yield _text(_LEFT - 14, top + 15, figure.what, "end")
    yield f'<rect class="track" x="{_LEFT}" y="{top + 3}" width="{_BAR}" height="16" rx="3"/>'
    kind = "bar" if figure.met else "over"
    yield f'<rect class="{kind}" x="{_LEFT}" y="{top + 3}" width="{length:.0f}" height="16" rx="3"/>'
    found = shown_value(figure.value, figure.unit)
    where = _LEFT + _BAR * max(1.0, min(share, _LONGEST)) + 14
    yield _text(where, top + 15, f"{found} ({figure.ours})", "")
    yield _text(_WIDTH - 20, top + 15, f"of {shown_limit(figure)}", "quiet end")


def _text(x: float, y: float, text: str, kind: str) -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.0f}" y="{y}"{named}>{escape(text)}</text>'
