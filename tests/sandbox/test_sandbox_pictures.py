"""What the sandbox draws: sizes by the table, effects by the prompt."""

from __future__ import annotations

import io
import random
import re
from fractions import Fraction

import pytest
from PIL import Image, ImageChops, ImageFilter, ImageStat
from sandbox_caller import picture

from seedcli.sandbox.looks import COLOURS, look_of
from seedcli.sandbox.render import NotAPicture, Wish, read_header, render, stand_in
from seedcli.sandbox.sizes import ADAPTIVE_SIZES, MAX_PIXELS, MIN_PIXELS, adaptive_size, output_size

SCENE = stand_in("https://example.com/scene.png")


def drawn(prompt: str, *, seed: int = 1, guidance: float = 5.5, mark: bool = False) -> Image.Image:
    wish = Wish(prompt, width=624, height=416, seed=seed, guidance=guidance, watermark=mark)
    return Image.open(io.BytesIO(render(SCENE, wish))).convert("RGB")


def means(image: Image.Image) -> list[float]:
    return ImageStat.Stat(image).mean


def difference(one: Image.Image, other: Image.Image) -> float:
    return sum(means(ImageChops.difference(one, other)))


PLAIN = drawn("a frobnicated one", guidance=1)


def test_the_adaptive_table_has_its_53_rows_and_each_chooses_itself() -> None:
    assert len(ADAPTIVE_SIZES) == 53
    assert all(adaptive_size(*row) == row for row in ADAPTIVE_SIZES)


def test_no_row_is_nearer_than_the_chosen_one() -> None:
    chance = random.Random(5)
    for _ in range(300):
        width, height = chance.randrange(15, 6000), chance.randrange(15, 6000)
        chosen = Fraction(*adaptive_size(width, height))
        wanted = Fraction(width, height)
        assert all(abs(chosen - wanted) <= abs(Fraction(*row) - wanted) for row in ADAPTIVE_SIZES)


@pytest.mark.parametrize("size", ["2K", "4K"])
def test_the_free_sizes_keep_the_aspect_and_stay_within_the_limits(size: str) -> None:
    for width, height in [(100, 100), (160, 90), (90, 160), (1600, 100), (100, 1600), (333, 222)]:
        across, down = output_size(size, width, height)
        assert MIN_PIXELS <= across * down <= MAX_PIXELS
        assert across / down == pytest.approx(width / height, rel=0.04)


@pytest.mark.parametrize("word", sorted(COLOURS))
def test_a_colour_word_draws_the_picture_toward_that_colour(word: str) -> None:
    tinted = means(drawn(f"Make the cat eye {word}", guidance=10))
    before = means(PLAIN)
    wanted = COLOURS[word]
    # Compared as hues: each channel against the mean of the three.
    moved = [
        (tinted[i] - sum(tinted) / 3 - before[i] + sum(before) / 3)
        * (wanted[i] - sum(wanted) / 3 - before[i] + sum(before) / 3)
        for i in range(3)
    ]
    assert sum(moved) > 0


def test_the_effect_grows_with_guidance() -> None:
    for prompt in ("make it red", "black and white", "golden hour", "pencil sketch", "blur", "a hat"):
        steps = [difference(drawn(prompt, guidance=value), drawn(prompt, guidance=1)) for value in (3, 6, 10)]
        assert steps == sorted(steps)
        assert steps[0] > 1


def test_black_and_white_takes_out_the_colour() -> None:
    colour = ImageStat.Stat(drawn("in black and white", guidance=10).convert("HSV")).mean[1]
    assert colour < 8 < ImageStat.Stat(PLAIN.convert("HSV")).mean[1]


def test_words_do_what_they_say() -> None:
    light = sum(means(PLAIN))
    assert sum(means(drawn("brighter"))) > light + 30
    assert sum(means(drawn("darker"))) < light - 60
    red, _, blue = means(drawn("a warm sunset"))
    assert red - blue > means(PLAIN)[0] - means(PLAIN)[2] + 20
    red, _, blue = means(drawn("cold"))
    assert red - blue < means(PLAIN)[0] - means(PLAIN)[2] - 20
    assert edges(drawn("blur it")) < edges(PLAIN) < edges(drawn("sharpen it"))
    assert difference(drawn("upside down").transpose(Image.Transpose.ROTATE_180), PLAIN) < 60


def edges(image: Image.Image) -> float:
    return sum(ImageStat.Stat(image.filter(ImageFilter.FIND_EDGES)).var)


@pytest.mark.parametrize(
    ("prompt", "effects"),
    [
        ("Turn it BLACK & WHITE", ("mono",)),
        ("black and white at night", ("mono", "dark")),
        ("make it winter", ("cold", "snow")),
        ("in the style of a comic book", ("cartoon",)),
        ("remove the brownie", ()),
        ("a blue-ray disc", ()),
        ("a bluish tone", ()),
    ],
)
def test_prompts_are_read_by_whole_words(prompt: str, effects: tuple[str, ...]) -> None:
    assert look_of(prompt).effects == effects


def test_two_colours_share_the_picture_and_unknown_words_have_a_grade_of_their_own() -> None:
    assert look_of("red hat, blue coat, green tie").colours == (COLOURS["red"], COLOURS["blue"])
    left = drawn("red and blue", guidance=10).crop((0, 0, 200, 380))
    assert means(left)[0] > means(left)[2]
    assert look_of("add a hat").grade != look_of("add a dog").grade
    assert look_of("add a hat") == look_of("Add  a hat")
    assert difference(drawn("add a hat"), drawn("add a dog")) > 10


@pytest.mark.parametrize(
    "prompt",
    [
        "upside down",
        "mirror",
        "cartoon",
        "oil painting",
        "sketch",
        "statue",
        "invert",
        "grayscale",
        "sepia",
        "vintage",
        "vivid",
        "pastel",
        "dramatic",
        "neon",
        "warm",
        "cold",
        "bright",
        "dark",
        "sharp",
        "blur",
        "fog",
        "snow",
        "rain",
        "pixel",
        "vignette",
        "framed",
    ],
)
def test_every_effect_is_plain_to_see(prompt: str) -> None:
    assert difference(drawn(prompt.strip()), PLAIN) > 8


def test_seeds_differ_and_repeat() -> None:
    assert difference(drawn("a hat", seed=1), drawn("a hat", seed=1)) == 0
    assert difference(drawn("a hat", seed=1), drawn("a hat", seed=2)) > 2


def test_the_watermark_is_at_the_bottom_right_and_the_sandbox_mark_always() -> None:
    marked, bare = drawn("sepia", mark=True), drawn("sepia", mark=False)
    changed = ImageChops.difference(marked, bare).point(lambda value: 255 if value > 60 else 0).getbbox()
    assert changed is not None
    assert changed[0] > 624 * 0.6
    assert changed[1] > 416 * 0.85
    corner = bare.convert("L").crop((4, 390, 70, 412))
    assert corner.getextrema()[1] > 200  # type: ignore[operator]
    assert corner.getextrema()[0] < 110  # type: ignore[operator]


@pytest.mark.parametrize(
    ("form", "mode"),
    [
        ("JPEG", "CMYK"),
        ("JPEG", "L"),
        ("PNG", "RGBA"),
        ("PNG", "LA"),
        ("PNG", "P"),
        ("PNG", "1"),
        ("PNG", "I;16"),
        ("GIF", "P"),
        ("WEBP", "RGBA"),
        ("TIFF", "CMYK"),
        ("TIFF", "I;16"),
        ("TIFF", "F"),
        ("BMP", "RGB"),
    ],
)
def test_pictures_of_every_kind_are_drawn(form: str, mode: str) -> None:
    data = picture(120, 90, form=form, mode=mode)
    header = read_header(data)
    assert (header.format, header.width, header.height) == (form.lower(), 120, 90)
    made = Image.open(io.BytesIO(render(data, Wish("x", 640, 480, 1, 1, watermark=False))))
    assert made.size == (640, 480)
    # A gradient from black to white, not a washed-out half of it.
    low, high = made.convert("L").resize((12, 9)).getextrema()
    assert low < 70  # type: ignore[operator]
    assert high > 185  # type: ignore[operator]


def test_broken_pictures_end_in_one_kind_of_error() -> None:
    chance = random.Random(3)
    whole = [picture(64, 48, form=form) for form in ("PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP")]
    for data in whole:
        for _ in range(12):
            broken = bytearray(data[: chance.randrange(4, len(data))])
            broken[chance.randrange(4, len(broken) + 1) - 1] ^= 0xFF
            try:
                render(bytes(broken), Wish("x", 64, 48, 1, 1, watermark=False))
            except NotAPicture as fault:
                assert re.fullmatch(r"[\x20-\x7e]+", str(fault))
