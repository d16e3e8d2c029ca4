"""The page is whole in itself, says what it must, and works by keyboard, mouse and touch."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from browser import Browser, browser, installed
from picture_files import encoded, opened, write
from PIL import Image

from seedcli.pictures.page import Pair, write_page

RED, BLUE = (220, 40, 40), (40, 40, 220)
ARROW_RIGHT, ARROW_LEFT, HOME, ENTER, ESCAPE = "\ue014", "\ue012", "\ue011", "\ue007", "\ue00c"

needs_browser = pytest.mark.skipif(installed() is None, reason="no chromium with its driver here")
MakePage = Callable[..., Path]


@pytest.fixture(scope="module")
def window() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture
def colored(tmp_path: Path) -> Callable[..., Path]:
    def make(name: str, color: tuple[int, int, int], size: tuple[int, int] = (240, 160)) -> Path:
        return write(tmp_path / name, encoded(Image.new("RGB", size, color), "JPEG", quality=95))

    return make


@pytest.fixture
def page(tmp_path: Path) -> MakePage:
    def make(*pairs: Pair, heading: str = "Pictures") -> Path:
        path = tmp_path / "page.html"
        with path.open("w", encoding="utf-8") as target:
            write_page(pairs, target, heading=heading)
        return path

    return make


@pytest.fixture
def pairs(colored: Callable[..., Path]) -> list[Pair]:
    """Three variations of one input, a chain of two on top of the first, and a square one."""
    red, blue = colored("red.jpg", RED), colored("blue.jpg", BLUE)
    green = colored("green.jpg", (40, 200, 40))
    square = colored("square.jpg", BLUE, (160, 160))
    facts = {"model": "seededit-3-0-i2i-250628", "guidance_scale": 5.5}
    return [
        Pair("one", red, blue, "make it blue", {**facts, "seed": 42}, "red.jpg", group="blue"),
        Pair("two", red, blue, "make it blue", {**facts, "seed": 43}, "red.jpg", group="blue"),
        Pair("three", red, blue, "make it blue", {**facts, "seed": 44}, "red.jpg", group="blue"),
        Pair("four", blue, green, "now Green, please", facts, "blue.jpg", parent_id="one"),
        Pair("five", green, square, "and square", facts, "green.jpg", parent_id="four"),
    ]


def _wait_for_pictures(window: Browser) -> None:
    window.wait_for(
        "const i = document.querySelectorAll('article img'); return i[1].complete && i[1].naturalWidth;"
    )


def _colors(window: Browser, target: Path, box: dict[str, float]) -> list[str]:
    """Which picture shows at a tenth, four tenths, six tenths and nine tenths of a pair."""
    window.screenshot(target)
    shot = opened(target).convert("RGB")
    names = []
    for part in (0.1, 0.4, 0.6, 0.9):
        at = (round(box["x"] + box["width"] * part), round(box["y"] + box["height"] * 0.75))
        pixel = shot.getpixel(at)
        assert isinstance(pixel, tuple)
        names.append(
            "before" if pixel[0] > 150 > pixel[2] else "after" if pixel[2] > 150 > pixel[0] else str(pixel)
        )
    return names


@needs_browser
def test_the_slider_moves_by_keyboard(
    window: Browser, page: MakePage, pairs: list[Pair], tmp_path: Path
) -> None:
    window.open(page(*pairs))
    _wait_for_pictures(window)
    box = window.box("article .pair")
    assert _colors(window, tmp_path / "a.png", box) == ["before", "before", "after", "after"]
    window.run("document.querySelector('article input').focus()")
    window.keys(ARROW_RIGHT * 20)
    assert _colors(window, tmp_path / "b.png", box) == ["before", "before", "before", "after"]
    window.keys(HOME)
    assert _colors(window, tmp_path / "c.png", box) == ["after"] * 4


@needs_browser
@pytest.mark.parametrize("touch", [False, True], ids=["mouse", "touch"])
def test_the_slider_follows_the_pointer(
    touch: bool, window: Browser, page: MakePage, pairs: list[Pair], tmp_path: Path
) -> None:
    window.open(page(*pairs), width=390 if touch else 1200, phone=touch)
    _wait_for_pictures(window)
    box = window.box("article .pair")
    y = box["y"] + box["height"] * 0.4
    x = [box["x"] + box["width"] * part for part in (0.5, 0.2, 0.75)]
    window.drag((x[0], y), (x[1], y), touch=touch)
    assert _colors(window, tmp_path / "a.png", box) == ["before", "after", "after", "after"]
    window.drag((x[1], y), (x[2], y), touch=touch)
    assert _colors(window, tmp_path / "b.png", box) == ["before", "before", "before", "after"]


@needs_browser
def test_the_filter_leaves_what_has_all_the_words(window: Browser, page: MakePage, pairs: list[Pair]) -> None:
    window.open(page(*pairs))
    shown = "return [...document.querySelectorAll('article')].filter(c => c.checkVisibility()).map(c => c.id)"
    count = "return document.getElementById('count').textContent"
    assert window.run(count) == "5 pictures"
    window.keys("/green please")
    assert window.run(shown) == ["e-four"]
    assert window.run(count) == "1 of 5 pictures"
    window.run(
        "const s = document.getElementById('search'); s.value = '43'; s.dispatchEvent(new Event('input'))"
    )
    assert window.run(shown) == ["e-two"]
    window.run(
        "const s = document.getElementById('search'); s.value = ''; s.dispatchEvent(new Event('input'))"
    )
    assert len(window.run(shown)) == 5


@needs_browser
def test_a_pair_opens_large_and_the_keyboard_walks_through(
    window: Browser, page: MakePage, pairs: list[Pair]
) -> None:
    window.open(page(*pairs))
    said = "return document.querySelector('dialog').open && document.querySelector('.said').textContent"
    window.run("document.querySelector('#e-four input').focus()")
    window.keys(ENTER)
    assert window.run(said) == "now Green, please"
    window.keys(ARROW_LEFT * 5)
    assert window.run("return document.querySelector('dialog .pair').style.getPropertyValue('--at')") == "45%"
    window.keys("n")
    assert window.run(said) == "and square"
    box = window.box("dialog .pair")
    assert box["width"] == pytest.approx(box["height"], abs=1)
    window.keys("pp")
    assert window.run(said) == "make it blue"
    window.keys(ESCAPE)
    window.wait_for(
        "return !document.querySelector('dialog').open && document.activeElement.closest('#e-three')"
    )


@needs_browser
def test_the_contact_sheet_lays_variations_beside_their_input(
    window: Browser, page: MakePage, pairs: list[Pair]
) -> None:
    window.open(page(*pairs))
    window.click("#sheet")
    tops = window.run(
        "return [...document.querySelectorAll('.many .origin, .many article')]"
        ".map(e => e.getBoundingClientRect()).map(b => [b.y, b.x, b.width])"
    )
    assert len(tops) == 4
    assert len({round(top) for top, _, _ in tops}) == 1
    assert [left for _, left, _ in tops] == sorted(left for _, left, _ in tops)
    window.click("#e-two .larger")
    assert window.run("return document.querySelector('dialog').open")


@needs_browser
@pytest.mark.parametrize("width", [320, 390, 768, 1200, 2200])
def test_it_fits_every_width_in_light_and_dark(
    width: int, window: Browser, page: MakePage, pairs: list[Pair]
) -> None:
    long = Pair("six", None, pairs[0].after, "w" * 300, {"model": "m" * 200}, "t" * 200)
    path = page(*pairs, long, heading="h" * 120)
    for dark in (False, True):
        window.open(path, width=width, dark=dark, phone=width < 500)
        assert window.run("return document.documentElement.scrollWidth") <= width
        window.run("document.getElementById('sheet').click()")
        assert window.run("return document.documentElement.scrollWidth") <= width
        window.run("document.querySelector('article .larger').click()")
        assert window.run("return document.querySelector('dialog').scrollWidth") <= width
        back, text = window.run(
            "const s = getComputedStyle(document.body);"
            "return [s.backgroundColor, s.color].map(c => +c.match(/\\d+/)[0]);"
        )
        assert (back < 60 and text > 200) if dark else (back > 200 and text < 60)


@needs_browser
def test_nothing_is_loaded_and_nothing_complains(window: Browser, page: MakePage, pairs: list[Pair]) -> None:
    window.complaints()
    window.open(page(*pairs))
    _wait_for_pictures(window)
    assert window.complaints() == []
    requests = (
        "return performance.getEntriesByType('resource').map(e => e.name).filter(n => !n.startsWith('data:'))"
    )
    assert window.run(requests) == []
    refused = (
        "const done = arguments[0];"
        "document.addEventListener('securitypolicyviolation', e => done(e.blockedURI));"
        "const i = new Image(); i.src = 'http://127.0.0.1:9/x.png'; document.body.append(i);"
    )
    assert window.run_until_done(refused).startswith("http://127.0.0.1:9")


@needs_browser
def test_a_thousand_pairs_come_up_at_once_and_load_as_they_are_reached(
    window: Browser, page: MakePage, tmp_path: Path
) -> None:
    befores = [
        write(tmp_path / f"b{n}.jpg", encoded(Image.new("RGB", (120, 80), (n, 0, 0)), "JPEG"))
        for n in range(20)
    ]
    many = []
    for n in range(1000):
        after = write(
            tmp_path / f"a{n}.jpg", encoded(Image.new("RGB", (120, 80), (0, n % 256, n // 256)), "JPEG")
        )
        many.append(
            Pair(f"id{n}", befores[n % 20], after, f"prompt number {n}", {"seed": n}, f"b{n % 20}.jpg")
        )
    window.open(page(*many))
    _wait_for_pictures(window)
    assert window.run("return document.querySelectorAll('article').length") == 1000
    assert window.run("return performance.getEntriesByType('navigation')[0].domInteractive") < 8000
    loaded = "return document.querySelectorAll('article img[src]').length"
    assert window.run(loaded) < 120
    window.run("document.getElementById('e-id990').scrollIntoView()")
    window.wait_for(
        "const i = document.querySelector('#e-id990 .after'); return i.complete && i.naturalWidth;"
    )
    assert window.run(loaded) < 240
    took = window.run(
        "const s = document.getElementById('search'), start = performance.now(); s.value = 'number 777';"
        "s.dispatchEvent(new Event('input')); document.body.offsetHeight; return performance.now() - start;"
    )
    assert took < 1500
    assert window.run("return document.getElementById('count').textContent") == "1 of 1000 pictures"


class _Outline(HTMLParser):
    """Tags and attributes of a page, and its text outside scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def _outline(path: Path) -> _Outline:
    outline = _Outline()
    outline.feed(path.read_text(encoding="utf-8"))
    return outline


def test_text_from_outside_is_text_and_nothing_else(page: MakePage, colored: Callable[..., Path]) -> None:
    evil = "</script><img src=x onerror=alert(1)>\" onload='x' \ud800"
    path = page(Pair(evil, None, colored("a.jpg", RED), evil, {evil: evil}, evil), heading=evil)
    outline = _outline(path)
    assert not [attrs for _, attrs in outline.tags if {"onerror", "onload"} & attrs.keys()]
    assert sum(tag == "img" for tag, _ in outline.tags) == 1
    assert evil.replace("\ud800", "?") in outline.texts


def test_the_one_script_is_the_one_that_the_policy_names(page: MakePage, pairs: list[Pair]) -> None:
    text = page(*pairs).read_text(encoding="utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    script = re.search(r"<script>(.*?)</script>", text, re.DOTALL)
    assert policy
    assert script
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy[1]
    assert not re.search(r"https?://", text)


def test_a_chain_tells_the_way_from_the_first_picture(page: MakePage, pairs: list[Pair]) -> None:
    text = page(*pairs).read_text(encoding="utf-8")
    ways = re.findall(r'<p class="way">(.*?)</p>', text)
    assert [re.findall(r'href="#([^"]*)"', way) for way in ways] == [["e-one"], ["e-one", "e-four"]]


def test_a_chain_that_bites_its_tail_ends(page: MakePage) -> None:
    path = page(Pair("a", None, None, "x", parent_id="b"), Pair("b", None, None, "y", parent_id="a"))
    assert path.read_text().count('class="way"') == 2


def test_a_picture_is_packed_once_however_many_pairs_show_it(page: MakePage, pairs: list[Pair]) -> None:
    packed = [attrs for tag, attrs in _outline(page(*pairs)).tags if tag == "script" and "id" in attrs]
    assert len(packed) == 4


def test_lost_pictures_are_told_and_the_others_shown(colored: Callable[..., Path], tmp_path: Path) -> None:
    after = colored("after.jpg", BLUE)
    text = write(tmp_path / "text.jpg", b"no picture")
    gone = tmp_path / "gone.jpg"
    out, seen = io.StringIO(), []
    problems = write_page(
        [Pair("a", gone, after, "x"), Pair("b", text, None, "y"), Pair("c", gone, after, "z")],
        out,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert [problem.split(": ", 1)[1] for problem in problems] == [
        "no such file or directory",
        "not a picture: its first bytes belong to no known format",
    ]
    assert "no longer there" in out.getvalue()
    assert seen == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize(("count", "side"), [(1, 1600), (30, 1024), (200, 720), (301, 480)])
def test_the_more_pairs_the_smaller_the_pictures(count: int, side: int, tmp_path: Path) -> None:
    large = write(tmp_path / "large.jpg", encoded(Image.new("RGB", (1800, 900)), "JPEG"))
    out = io.StringIO()
    write_page([Pair(str(n), None, large if n == 0 else None, "x") for n in range(count)], out)
    packed = re.search(r'<script type="text/plain" id="p0">([^<]*)<', out.getvalue())
    assert packed
    with Image.open(io.BytesIO(base64.b64decode(packed[1]))) as image:
        assert image.size == (side, side // 2)
