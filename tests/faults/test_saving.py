"""The result's place: its name, what is there already, and what appears there in the meantime."""
# ruff: noqa: E501  # a case is a line, however long

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Callable
from typing import Any

import fault_pictures as pictures
from fault_cases import Case, Then, each, kept, play, saved, unsent
from fault_program import PROMPT, Place, Program, Result
from fault_scripts import inline, meanwhile, says
from fault_server import Server

Check = Callable[[Place, Server, Result], None]
OURS, THEIRS = b"the user's own file", b"somebody else's file"


def leaves_nothing() -> None:
    """In the child: its working folder is one that is not there any more."""
    gone = tempfile.mkdtemp()
    os.chdir(gone)
    os.rmdir(gone)


def nothing_noted(place: Place, server: Server, result: Result) -> None:
    assert not place.rows(), "an edit that can't begin is in the journal"


def made(*names: str) -> Check:
    def check(place: Place, server: Server, result: Result) -> None:
        assert [str(path.relative_to(place.work)) for path in place.made()] == sorted(names)

    return check


def put(name: str, data: bytes = OURS) -> Callable[[Place], None]:
    def before(place: Place) -> None:
        place.put(name, data)

    return before


def untouched(name: str, data: bytes = THEIRS) -> Check:
    def check(place: Place, server: Server, result: Result) -> None:
        assert (place.work / name).read_bytes() == data, f"{name} was replaced"

    return check


def link(name: str, target: str) -> Callable[[Place], None]:
    def before(place: Place) -> None:
        (place.work / name).symlink_to(target)
        place.inputs.add(name)

    return before


def folder(name: str) -> Callable[[Place], None]:
    def before(place: Place) -> None:
        (place.work / name).mkdir(parents=True)

    return before


def picture_named(name: bytes) -> Callable[[Place], None]:
    def before(place: Place) -> None:
        place.put(os.fsdecode(name), pictures.input_jpeg())

    return before


def moded(mode: int) -> Check:
    def check(place: Place, server: Server, result: Result) -> None:
        (path,) = place.made()
        assert stat.S_IMODE(path.stat().st_mode) == mode, oct(path.stat().st_mode)

    return check


def target_replaced(place: Place, server: Server, result: Result) -> None:
    assert not (place.work / "link.jpg").is_symlink(), "the link was followed"
    assert (place.work / "kept.jpg").read_bytes() == OURS


def kept_and_link(place: Place) -> None:
    put("kept.jpg")(place)
    link("link.jpg", "kept.jpg")(place)


def appears(name: str, data: bytes = THEIRS) -> Callable[[Place], None]:
    return put(name, data)


def vanishes(place: Place) -> None:
    shutil.rmtree(place.work / "out")


def becomes_a_file(place: Place) -> None:
    shutil.rmtree(place.work / "out")
    place.put("out", THEIRS)


def is_free_again(place: Place) -> None:
    (place.work / "out").unlink()
    place.inputs.discard("out")
    (place.work / "out").mkdir()


def named(text: str | bytes, **rest: Any) -> Case:
    """An input of an odd name, and a result beside it."""
    raw = text if isinstance(text, bytes) else text.encode()
    shown = raw.decode("utf-8", "backslashreplace")[:40]
    return saved(
        f"an input called {shown!r}", words=("edit", b"./" + raw, PROMPT), before=picture_named(raw), **rest
    )


def on(output: str, **rest: Any) -> dict[str, Any]:
    return {"args": ["-o", output], **rest}


PLACES = [
    saved("beside the input", check=made("cat-edited.jpg")),
    saved("a name that is taken", before=put("cat-edited.jpg"), check=made("cat-edited-2.jpg")),
    saved("a name taken by a broken link", before=link("cat-edited.jpg", "nowhere/at/all"), check=made("cat-edited-2.jpg")),
    saved("a name taken by a folder", before=folder("cat-edited.jpg"), check=made("cat-edited-2.jpg")),
    saved("-o FILE", **on("new.jpg"), check=made("new.jpg")),
    saved("-o FILE of another suffix", **on("new.png"), check=made("new.png")),
    saved("-o FOLDER/ that is made", **on("out/"), check=made("out/cat-edited.jpg")),
    saved("-o FOLDER that exists", **on("out"), before=folder("out"), check=made("out/cat-edited.jpg")),
    saved("-o TEMPLATE", **on("{stem}-{n}-x.{ext}"), check=made("cat-1-x.jpg")),
    saved("-o TEMPLATE twice the same", **on("same.{ext}"), again=Then(0, 2, 2)),
    saved("--force", args=["-o", "old.jpg", "--force"], before=put("old.jpg"), files=0, check=untouched("old.jpg", pictures.jpeg())),
    saved("--force on a link replaces the link", args=["-o", "link.jpg", "--force"], before=kept_and_link, files=0, check=target_replaced),
    unsent("-o FILE that exists", **on("old.jpg"), before=put("old.jpg", OURS), code="bad_output", check=untouched("old.jpg", OURS), hint="--force"),
    unsent("-o FILE that is a broken link", **on("old.jpg"), before=link("old.jpg", "nowhere")),
    unsent("-o FILE in no folder", **on("no/such/new.jpg")),
    unsent("-o below a file", **on("cat.jpg/new.jpg")),
    unsent("-o below a file, as a folder", **on("cat.jpg/out/")),
    unsent("-o a device", **on("/dev/null")),
    unsent("the current folder is gone", child=leaves_nothing, hint="folder is gone", words=("edit", "../work/cat.jpg", PROMPT)),
    unsent("--force on a link to a device", args=["-o", "null.jpg", "--force"], before=lambda place: (place.work / "null.jpg").symlink_to("/dev/null"), hint="-o -", files=1),
    unsent("a setting that can't be", env={"SEEDCLI_POLL_INTERVAL": "soon"}, exit=3, hint="SEEDCLI_POLL_INTERVAL", check=nothing_noted),
    unsent("-o of an unknown field", **on("{stem}-{sed}.{ext}"), hint="seed"),
    unsent("-o a template that does not end", **on("{stem")),
    unsent("-o one file for two results", args=["-o", "new.jpg", "-N", "2"]),
    unsent("-o of 5,000 characters", **on("x" * 5000 + ".jpg")),
]  # fmt: skip

IN_THE_MEANTIME = [
    saved("the name is taken meanwhile", edit=meanwhile(appears("cat-edited.jpg")), check=untouched("cat-edited.jpg")),
    saved("the name is taken by a link meanwhile", edit=meanwhile(link("cat-edited.jpg", "/etc/hostname")), check=made("cat-edited-2.jpg")),
    saved("-o FILE appears meanwhile", **on("new.jpg"), edit=meanwhile(appears("new.jpg")), check=untouched("new.jpg")),
    saved("--force, and -o FILE becomes a folder meanwhile", args=["-o", "new.jpg", "--force"], edit=meanwhile(lambda place: (place.work / "new.jpg").mkdir()), check=made("new-2.jpg")),
    saved("-o FILE becomes a link meanwhile", **on("new.jpg"), edit=meanwhile(link("new.jpg", "cat.jpg")), check=untouched("cat.jpg", pictures.input_jpeg())),
    saved("the folder is removed meanwhile", **on("out/"), before=folder("out"), edit=meanwhile(vanishes)),
    kept("the folder becomes a file meanwhile", **on("out/"), before=folder("out"), edit=meanwhile(becomes_a_file), after=is_free_again),
    kept("the folder becomes a file meanwhile, given again", **on("out/"), before=folder("out"), edit=meanwhile(becomes_a_file), after=is_free_again, again=Then(0, 1, 1), resume=None),
]  # fmt: skip

NAMES = [
    named("two words.jpg"),
    named("-dash.jpg"),
    named("Ünïcödé 猫.jpg"),
    named("line\nbreak.jpg"),
    named("\u202egpj.tac.jpg"),
    named("esc\x1b[31m.jpg"),
    named("[red]markup[/].jpg"),
    named("{stem}.jpg"),
    named(b"not-utf8-\xff\xfe.jpg"),
    named("no suffix"),
    named("CAT.JPEG"),
    named(".hidden.jpg", files=1),
    named("n" * 251 + ".jpg"),
    named("猫" * 83 + ".jpg"),
    saved("an input in another folder", words=("edit", "deep/down/cat.jpg", PROMPT), before=lambda place: picture_named(b"deep/down/cat.jpg")(place), check=made("deep/down/cat-edited.jpg")),
]  # fmt: skip

MODES = [
    saved("umask 022", child=lambda: os.umask(0o022) and None, check=moded(0o644)),
    saved("umask 027", child=lambda: os.umask(0o027) and None, check=moded(0o640)),
    saved("umask 077", child=lambda: os.umask(0o077) and None, check=moded(0o600)),
]  # fmt: skip

INPUTS = [
    unsent("no such file", words=("edit", "dog.jpg", PROMPT), hint="dog.jpg"),
    unsent("a folder", words=("edit", "out", PROMPT), before=folder("out"), hint="-r"),
    unsent("an empty file", words=("edit", "empty.jpg", PROMPT), before=put("empty.jpg", b"")),
    unsent("a text", words=("edit", "text.jpg", PROMPT), before=put("text.jpg", b"just words\n" * 50)),
    unsent("a picture cut short", words=("edit", "cut.jpg", PROMPT), before=put("cut.jpg", pictures.input_jpeg()[:900])),
    unsent("a broken link", words=("edit", "link.jpg", PROMPT), before=link("link.jpg", "nowhere")),
    unsent("a device", words=("edit", "/dev/zero", PROMPT)),
    unsent("a forgotten prompt", words=("edit", "cat.jpg", "cat.jpg"), code="usage"),
    unsent("no prompt at all", words=("edit", "cat.jpg")),
    unsent("an empty prompt", words=("edit", "cat.jpg", " ")),
    unsent("a prompt that is no UTF-8", words=("edit", "cat.jpg", b"make it \xff")),
    unsent("a seed out of range", args=["--seed", "2147483648"]),
    unsent("a guidance of NaN", args=["-g", "nan"]),
    unsent("a size that the model does not take", args=["-m", "seedream", "-s", "1K"]),
    unsent("a link in plain http", words=("edit", "ftp://photos.example/cat.jpg", PROMPT)),
    unsent("standard input, and nothing in it", words=("edit", "-", PROMPT), stdin=b""),
    unsent("more images than allowed", args=["-N", "3", "--max-images", "2"], hint="2"),
    unsent("a cost above the limit", args=["-N", "3", "--max-cost", "0.05"], env={"SEEDCLI_PRICE_PER_IMAGE": "0.03"}),
]  # fmt: skip


@each(PLACES)
def test_places(case: Case, server: Server, place: Place) -> None:
    play(case, server, place)


@each(IN_THE_MEANTIME)
def test_what_changes_in_the_meantime(case: Case, server: Server, place: Place) -> None:
    play(case, server, place)


@each(NAMES)
def test_names(case: Case, server: Server, place: Place) -> None:
    play(case, server, place)


@each(MODES)
def test_modes(case: Case, server: Server, place: Place) -> None:
    play(case, server, place)


@each(INPUTS)
def test_inputs_that_stop_before_anything_is_sent(case: Case, server: Server, place: Place) -> None:
    play(case, server, place)


def test_a_dry_run_sends_nothing_and_needs_no_key(server: Server, place: Place) -> None:
    play(
        Case("dry", 0, posts=0, args=["--dry-run"], env={"SEEDCLI_API_KEY": None}, json=False, edit=says()),
        server,
        place,
    )
    assert server.connections == 0


def test_bytes_that_are_no_picture_are_kept_and_what_can_be_done_is_told(
    server: Server, place: Place
) -> None:
    server.scripts["edit"] = [says(inline(b"this is no picture, however long" * 9))]
    program = Program(place, server.base_url)
    assert program.run("edit", "cat.jpg", PROMPT).exit == 8
    again = program.run("resume")
    assert again.exit == 8
    assert "'seedcli resume' can't finish it" in again.err
    assert "at no charge" not in again.err
    (entry,) = place.rows()
    assert b"no picture came" in program.run("history", "list").out
    shown = program.run("history", "show", entry["id"]).out.decode()
    assert "can't finish it" in shown
    assert f"history replay {entry['id']}" in shown
    assert entry["answer_path"] in shown


def test_a_picture_that_waits_for_its_place_outlives_the_sweeping_of_the_spool(
    server: Server, place: Place
) -> None:
    server.scripts["edit"] = [meanwhile(becomes_a_file, says(inline(pictures.jpeg())))]
    server.place = place
    (place.work / "out").mkdir()
    program = Program(place, server.base_url)
    assert program.run("edit", "cat.jpg", PROMPT, "-o", "out/x.jpg").exit == 8
    (kept,) = (place.state / "spool").iterdir()
    left = kept.with_name("left-by-a-killed-run")
    left.touch()
    for path in (kept, left):
        os.utime(path, (0, 0))
    is_free_again(place)
    assert program.run("resume").exit == 0
    assert [path.name for path in place.made()] == ["x.jpg"]
    assert list((place.state / "spool").iterdir()) == []
