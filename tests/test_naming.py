"""What results are called."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedcli.errors import BadOutput
from seedcli.naming import (
    FIELDS,
    candidates,
    check_template,
    cut,
    destination,
    expand_template,
    link_stem,
    portable,
)
from seedcli.records import OutputPlan, Placement, Source, SourceKind

CAT = Source(SourceKind.FILE, "cat.png", Path("/photos/cat.png"))
LINK = Source(SourceKind.URL, "https://cdn.example/a/dog.webp?x=1")
BYTES = Source(SourceKind.STDIN, "-")
MORE = {"seed": None, "model": None, "n": 3, "id": "2q9dj13ap9"}
BESIDE = OutputPlan(Placement.BESIDE, folder="/here")
JOB = OutputPlan(Placement.BESIDE, folder="/here", suggested="job-17")


def template(text: str) -> OutputPlan:
    return OutputPlan(Placement.TEMPLATE, text, folder="/here")


@pytest.mark.parametrize(
    ("plan", "source", "expected"),
    [
        (BESIDE, CAT, "/photos/cat-edited.jpg"),
        (BESIDE, LINK, "/here/dog-edited.jpg"),
        (BESIDE, BYTES, "/here/stdin-edited.jpg"),
        (JOB, BYTES, "/here/job-17.jpg"),
        (JOB, CAT, "/photos/cat-edited.jpg"),
        (OutputPlan(Placement.FOLDER, "/out"), CAT, "/out/cat-edited.jpg"),
        (OutputPlan(Placement.FOLDER, "/out"), LINK, "/out/dog-edited.jpg"),
        (template("/out/{stem}-new.{ext}"), CAT, "/out/cat-new.jpg"),
        (template("/out/{stem}-{seed}-{model}-{n}-{id}"), CAT, "/out/cat-random-default-3-2q9dj13ap9.jpg"),
        (template("/out/{name}"), CAT, "/out/cat.png"),
        (template("/out/{name}"), LINK, "/out/dog.jpg"),
        (template("/here/{dir}/new/{stem}"), CAT, "/photos/new/cat.jpg"),
        (template("/here/{dir}/{stem}"), LINK, "/here/dog.jpg"),
        (template("/out/{n:03}.png"), CAT, "/out/003.png"),
        (template("/out/{n:3d}x"), CAT, "/out/  3x.jpg"),
        (template("/out/{stem}/"), CAT, "/out/cat/cat-edited.jpg"),
        (template("/out/{{{stem}}}"), CAT, "/out/{cat}.jpg"),
        (template("{stem}"), CAT, "cat.jpg"),
        (template("{dir}/{stem}"), CAT, "/photos/cat.jpg"),
        (template("/{stem}"), CAT, "/cat.jpg"),
        (template("/out/v1.5-{stem}"), CAT, "/out/v1.5-cat.jpg"),
    ],
)
def test_a_result_is_named_by_its_plan(plan: OutputPlan, source: Source, expected: str) -> None:
    assert destination(plan, source=source, suffix=".jpg", fields=MORE) == (Path(expected), False)


def test_a_file_is_exactly_the_one_that_was_named() -> None:
    plan = OutputPlan(Placement.FILE, "/out/x.png")
    assert destination(plan, source=CAT, suffix=".jpg") == (Path("/out/x.png"), True)


def test_standard_output_has_no_path() -> None:
    with pytest.raises(ValueError, match="stdout"):
        destination(OutputPlan(Placement.STDOUT), source=CAT, suffix=".jpg")


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("/out/{stm}", "stm", "{stem}"),
        ("/out/{}", "no field", "{stem}"),
        ("/out/{moon}", "moon", "There are {stem}"),
        ("/out/{stem.__class__}", "stem.__class__", "{stem}"),
        ("/out/{stem!r}", "no field", "{stem}"),
        ("/out/{stem:03}", "no format", "{n:03}"),
        ("/out/{n:99999999}", "no format", "{n:03}"),
        ("/out/{n:x}", "no format", "{n:03}"),
        ("/out/{n:{stem}}", "no format", "{n:03}"),
        ("/out/{stem", "expected", "{{"),
        ("/out/stem}", "}", "{{"),
        ("", "no file", "{stem}"),
        ("/", "no file", "{stem}"),
        ("/out/..", "no file", "{stem}"),
    ],
)
def test_a_template_that_makes_no_sense_is_told_with_the_nearest(text: str, message: str, hint: str) -> None:
    with pytest.raises(BadOutput) as refused:
        check_template(text)
    assert message in refused.value.message
    assert hint in (refused.value.hint or "")


@pytest.mark.parametrize("field", [f for f in FIELDS if f != "dir"])
@pytest.mark.parametrize("value", ["../../etc/passwd", "..", ".", "", "a/b", "/root", "a\0b\nc"])
def test_what_a_field_brings_makes_no_folder(field: str, value: str) -> None:
    path = expand_template(f"/out/{{{field}}}/x", fields={field: value})
    assert len(path.parts) == 4
    assert not {"..", "\0", "\n"} & {*path.parts, *str(path)}


@pytest.mark.parametrize(
    ("url", "stem"),
    [
        ("https://a.example/b/cat.jpg", "cat"),
        ("https://a.example/b/cat%20and%20dog.PNG?sig=1#top", "cat and dog"),
        ("https://a.example/b/cat.tar.gz", "cat.tar.gz"),
        ("https://a.example/b/", "b"),
        ("https://a.example/", "a.example"),
        ("https://a.example/..%2f..%2fetc%2fpasswd", "_.._etc_passwd"),
        ("https://a.example/%2e%2e", "a.example"),
        ("https://a.example/.hidden.jpg", "hidden"),
        ("https://a.example/-rf.jpg", "rf"),
        ("https://a.example/con.png", "_con"),
        ("https://a.example/lpt1.x.png", "_lpt1.x"),
        ("https://a.example/a%00b%0ac.jpg", "a_b_c"),
        ("https://a.example/%ff%fe.jpg", "a.example"),
        ("https://a.example/%E7%8C%AB.jpg", "猫"),
        ('https://a.example/a<b>:"|?*.jpg', "a_b____"),
        ("https://[::1", "image"),
        ("", "image"),
        ("-", "image"),
        ("https:///", "image"),
    ],
)
def test_a_link_gives_a_name_that_any_system_takes(url: str, stem: str) -> None:
    assert link_stem(url) == stem


@given(st.text())
def test_no_link_gives_a_name_that_leads_elsewhere(text: str) -> None:
    stem = link_stem(text)
    assert stem
    assert not set(stem) & set('/\\\0\n<>:"|?*')
    assert not stem.startswith((".", "-", " "))
    assert portable(stem) == stem


def test_candidates_are_numbered_before_the_suffix() -> None:
    names = [path.name for path in itertools.islice(candidates(Path("/a/cat-edited.jpg")), 3)]
    assert names == ["cat-edited.jpg", "cat-edited-2.jpg", "cat-edited-3.jpg"]


NAMES = st.text(st.characters(blacklist_characters="/\0"), min_size=1).filter(lambda name: name.strip("."))
ODD_NAMES = NAMES | st.binary(min_size=1, max_size=300).filter(
    lambda raw: not {0, 47} & set(raw) and raw.strip(b".")
).map(os.fsdecode)


@given(
    ODD_NAMES.filter(
        lambda name: not any(0xD800 <= ord(c) < 0xDC80 or (ord(c) > 0xDCFF and ord(c) < 0xE000) for c in name)
    ),
    st.integers(40, 255),
    st.sampled_from([1, 2, 12]),
)
def test_names_fit_and_break_no_character(name: str, limit: int, repeat: int) -> None:
    path = Path("/a") / (name * repeat)
    for marked in (path.with_name(f"{path.stem}-edited.jpg"), path):
        found = list(itertools.islice(candidates(marked, limit=limit), 12))
        assert len(set(found)) == 12
        for candidate in found:
            assert len(os.fsencode(candidate.name)) <= limit
            assert candidate.parent == path.parent
    assert all(
        c.name.endswith(".jpg") for c in itertools.islice(candidates(Path(f"/a/{name}-edited.jpg")), 3)
    )


@given(NAMES.filter(lambda name: name.isprintable()), st.integers(0, 300))
def test_a_cut_name_is_a_start_of_it(name: str, limit: int) -> None:
    short = cut(name, limit)
    assert name.startswith(short)
    assert len(short.encode()) <= limit
    if len(name.encode()) <= limit:
        assert short == name


def test_a_name_at_the_limit_keeps_its_mark_and_number() -> None:
    stem = "é" * 127
    long = Source(SourceKind.FILE, f"{stem}.", Path("/photos") / f"{stem}.")
    path, _ = destination(BESIDE, source=long, suffix=".jpg")
    first, second = itertools.islice(candidates(path), 2)
    assert first.name == "é" * 122 + "-edited.jpg"
    assert second.name == "é" * 121 + "-edited-2.jpg"
