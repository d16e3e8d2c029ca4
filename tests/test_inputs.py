"""From words to pictures: each once, in a stable order, without what the program made of them itself."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from seedcli.errors import BadInput, UsageError
from seedcli.inputs import Inputs, check_words, read_list, split_prompt
from seedcli.records import Source, SourceKind

Make = Callable[..., None]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Makes files by name in the folder that the test works in."""
    monkeypatch.chdir(tmp_path)

    def put(*names: str) -> None:
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(name.encode())

    return put


def names(*words: str, **settings: object) -> list[str]:
    return [source.text for source in Inputs(words, **settings)]  # type: ignore[arg-type]  # a few of each


def test_words_keep_their_order_and_a_folders_pictures_are_sorted(make: Make) -> None:
    make("z.jpg", "b/2.PNG", "b/1.jpg", "b/a/9.webp", "b/notes.txt", "b/.hidden.jpg", "b/.git/x.jpg", "a.tif")
    found = names("z.jpg", "b", "a.tif", recursive=True)
    assert found == ["z.jpg", "b/1.jpg", "b/2.PNG", "b/a/9.webp", "a.tif"]
    assert names("z.jpg", "b", "a.tif", recursive=True) == found


def test_one_file_is_one_input_however_it_is_named(make: Make, tmp_path: Path) -> None:
    make("a/cat.jpg")
    os.symlink(tmp_path / "a" / "cat.jpg", tmp_path / "soft.jpg")
    os.link(tmp_path / "a" / "cat.jpg", tmp_path / "hard.jpg")
    os.symlink(tmp_path / "a", tmp_path / "b")
    assert names(
        "./a/../a/cat.jpg", "a/cat.jpg", "soft.jpg", "hard.jpg", "b/cat.jpg", "a", recursive=True
    ) == ["./a/../a/cat.jpg"]
    assert names("https://x.test/1.png", "https://x.test/1.png") == ["https://x.test/1.png"]


def test_a_loop_of_links_between_folders_is_not_followed(make: Make, tmp_path: Path) -> None:
    make("a/1.jpg")
    os.symlink(tmp_path / "a", tmp_path / "a" / "again")
    assert names("a", recursive=True) == ["a/1.jpg"]


def test_a_quoted_pattern_means_pictures_unless_it_names_a_suffix(make: Make) -> None:
    make("p/1.jpg", "p/2.png", "p/notes.txt", "p/q/3.jpg", "[x].jpg")
    assert names("p/*") == ["p/1.jpg", "p/2.png"]
    assert names("p/*.txt") == ["p/notes.txt"]
    assert names("p/**/*.jpg") == ["p/1.jpg", "p/q/3.jpg"]
    assert names("[x].jpg") == ["[x].jpg"]
    with pytest.raises(BadInput, match="matches no picture"):
        names("p/*.gif")


def test_a_result_beside_its_source_is_no_input(make: Make) -> None:
    make("cat.jpg", "cat-edited.png", "cat-edited-2.jpg", "dog-edited.jpg", "sub/cat-edited.jpg")
    expected = ["cat.jpg", "dog-edited.jpg", "sub/cat-edited.jpg"]
    assert names(".", recursive=True) == expected
    everything = sorted(os.listdir("."))[:-1]
    for words in (["*.*g"], everything, [os.path.abspath(name) for name in everything]):
        assert [Path(name).name for name in names(*words)] == ["cat.jpg", "dog-edited.jpg"]


def test_a_result_named_without_its_source_is_the_next_link_of_a_chain(make: Make) -> None:
    make("cat.jpg", "cat-edited.jpg", "golden/cat-edited.jpg")
    assert names("cat-edited.jpg") == ["cat-edited.jpg"]
    made = {Path("golden/cat-edited.jpg").absolute(): file("cat.jpg")}
    assert names("golden", recursive=True, made_from=made.get) == ["golden/cat-edited.jpg"]
    assert names(".", recursive=True, made_from=made.get) == ["cat.jpg"]


def test_the_journal_knows_results_whatever_their_names(make: Make) -> None:
    make("cat.jpg", "new.jpg", "from-link.jpg")
    made = {
        Path("new.jpg").absolute(): file("cat.jpg"),
        Path("from-link.jpg").absolute(): Source(SourceKind.URL, "https://x.test/1.png"),
    }
    inputs = Inputs(("*.jpg", "https://x.test/1.png"), made_from=made.get)
    assert [source.text for source in inputs] == ["cat.jpg", "https://x.test/1.png"]
    assert inputs.left_out == 2


def test_a_result_that_a_killed_run_could_not_record_is_told_by_the_folder_it_went_to(make: Make) -> None:
    make("photos/a/cat.jpg", "photos/out/cat-edited.jpg", "photos/out/mine.jpg")
    found = names("photos", recursive=True, results=Path("photos/out").absolute())
    assert found == ["photos/a/cat.jpg", "photos/out/mine.jpg"]


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("none.jpg", "no such file"),
        ("folder", "is a folder"),
        ("http://x.test/1.png", "only https://"),
        ("ftp://x.test/1.png", "only https://"),
        ("data:image/png;base64,AAAA", "only https://"),
        ("https://x.test/a b.png", "is not a link"),
    ],
)
def test_a_word_that_names_nothing_is_refused_before_any_folder_is_walked(
    make: Make, word: str, said: str
) -> None:
    make("cat.jpg", "folder/1.jpg")
    with pytest.raises(BadInput, match=said):
        check_words(["cat.jpg", word], recursive=False)


def test_a_name_that_is_too_long_is_an_input_that_is_not_there(make: Make) -> None:
    for recursive in (False, True):
        with pytest.raises(BadInput, match="no such file"):
            check_words(["a" * 300 + ".jpg"], recursive=recursive)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read any folder")
def test_a_folder_that_can_not_be_read_is_refused_rather_than_passed_over(make: Make) -> None:
    make("photos/a/1.jpg", "photos/b/2.jpg")
    Path("photos/a").chmod(0)
    with pytest.raises(BadInput, match="photos/a"):
        names("photos", recursive=True)


@pytest.mark.parametrize(
    ("text", "null", "found"),
    [
        (b"a.jpg\nb c.jpg\n", False, ["a.jpg", "b c.jpg"]),
        (b"\xef\xbb\xbfa.jpg\r\n\r\n  \r\nb.jpg", False, ["a.jpg", "b.jpg"]),
        (b"a\nb.jpg\0c.jpg\0", True, ["a\nb.jpg", "c.jpg"]),
        (b"\xff.jpg\n", False, [os.fsdecode(b"\xff.jpg")]),
        (b"", False, []),
    ],
)
def test_a_list_of_names_is_read_line_by_line_or_to_the_nul(
    text: bytes, null: bool, found: list[str]
) -> None:
    assert read_list(text, null=null) == found


def test_a_forgotten_prompt_is_told_from_a_prompt(make: Make) -> None:
    make("cat.jpg", "dog.jpg")
    assert split_prompt(["cat.jpg", "make it blue"], None) == (["cat.jpg"], "make it blue")
    assert split_prompt(["cat.jpg", "x" * 300], None) == (["cat.jpg"], "x" * 300)
    assert split_prompt(["cat.jpg", "dog.jpg"], "blue") == (["cat.jpg", "dog.jpg"], "blue")
    for words in (
        *(["cat.jpg", "dog.jpg"], ["cat.jpg"], []),
        *(["cat.jpg", "-"], ["cat.jpg", "https://x.test/dog.jpg"], ["cat.jpg", "."]),
    ):
        with pytest.raises(UsageError, match=r"no prompt|no image"):
            split_prompt(words, None)


def test_a_prompt_may_be_called_as_a_folder_is(make: Make) -> None:
    make("cat.jpg", "sepia/1.jpg")
    assert split_prompt(["cat.jpg", "sepia"], None) == (["cat.jpg"], "sepia")
    assert split_prompt([".", "sepia"], None, recursive=True, output="sepia/") == (["."], "sepia")
    for words, recursive in ((["cat.jpg", "sepia/"], False), ([".", "sepia"], True), (["sepia"], False)):
        with pytest.raises(UsageError, match="no prompt"):
            split_prompt(words, None, recursive=recursive)


def file(name: str) -> Source:
    return Source(SourceKind.FILE, name, Path(name).absolute())
