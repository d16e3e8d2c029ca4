"""Makes the pictures of the page and of the preview: `python docs/images/page_pictures.py`.

The edits are the sandbox's, and say so; the browser is the one that the tests drive.
"""

from __future__ import annotations

import sys
import tempfile
from io import StringIO
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "pictures")]

from browser import Browser, browser  # noqa: E402 - found by the line above
from PIL import Image  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.terminal_theme import MONOKAI  # noqa: E402
from rich.text import Text  # noqa: E402

from seedcli.pictures.page import Pair, write_page  # noqa: E402
from seedcli.pictures.view import Screen, show  # noqa: E402
from seedcli.sandbox.render import Wish, render  # noqa: E402

MODEL = "seededit-3-0-i2i-250628"
EDITS = (
    ("blue", "Make it blue", 42, None),
    ("blue-2", "Make it blue", 43, None),
    ("blue-3", "Make it blue", 44, None),
    ("mono", "A black and white photograph", 7, None),
    ("vintage", "A vintage postcard", 5, None),
    ("foggy", "In thick fog", 3, "mono"),
)
READY = """
const images = [...document.querySelectorAll('article img[src]')];
return images.length > 3 && images.every(i => i.complete && i.naturalWidth) && performance.now() > 800;
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as name, browser() as window:
        page = _page(Path(name))
        window.open(page, width=860, height=560)
        _slide(window, to=35)
        _keep(window, HERE / "page.png")
        window.open(page, width=860, height=520, dark=True)
        window.click("#sheet")
        _keep(window, HERE / "page-sheet-dark.png")
        window.open(_preview(Path(name)), width=895, height=330)
        _keep(window, HERE / "preview.png", ready="return true")


def _page(folder: Path) -> Path:
    files = {"cat": ROOT / "examples" / "cat.jpg"}
    pairs = []
    for name, prompt, seed, parent in EDITS:
        source = files[parent or "cat"]
        wish = Wish(prompt, width=1248, height=832, seed=seed, guidance=5.5, watermark=False)
        files[name] = folder / f"{name}.jpg"
        files[name].write_bytes(render(source.read_bytes(), wish))
        facts = {"model": MODEL, "guidance_scale": 5.5, "seed": seed}
        group = prompt if name.startswith("blue") else None
        pairs.append(
            Pair(name, source, files[name], prompt, facts, source.name, parent_id=parent, group=group)
        )
    page = folder / "page.html"
    with page.open("w", encoding="utf-8") as target:
        write_page(pairs, target, heading="cat.jpg in the sandbox")
    return page


def _preview(folder: Path) -> Path:
    """What a terminal with true colours shows, drawn by the browser."""
    out: list[str] = []
    screen = Screen(columns=96, rows=30, truecolor=True)
    show(ROOT / "examples" / "cat.jpg", folder / "blue.jpg", screen=screen, write=out.append)
    console = Console(record=True, width=96, file=StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.from_ansi("".join(out)), no_wrap=True)
    body = "<meta charset=utf-8><body style='margin:12px;background:#0c0c0c;color:#ddd'>"
    code = body + "<pre style='font:15px/1.2 monospace'>{code}</pre>"
    page = folder / "preview.html"
    page.write_text(
        console.export_html(theme=MONOKAI, inline_styles=True, code_format=code), encoding="utf-8"
    )
    return page


def _slide(window: Browser, *, to: int) -> None:
    script = "const i = document.querySelector('article input'); i.value = arguments[0];"
    window.run(script + "i.dispatchEvent(new Event('input', {bubbles: true}));", to)


def _keep(window: Browser, target: Path, *, ready: str = READY) -> None:
    """A screenshot in few colours, since it lies in the repository."""
    window.wait_for(ready)
    window.screenshot(target)
    with Image.open(target) as shot:
        few = shot.convert("RGB").quantize(200, method=Image.Quantize.MEDIANCUT)
    few.save(target, optimize=True)


if __name__ == "__main__":
    main()
