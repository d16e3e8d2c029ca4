"""A real Tab key in real shells: the words that the program gets are the ones that were meant."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from one_job import keep_job
from shells import Call, type_in

from seedcli import paths

CONFIG = """
[profiles.work]
base_url = "https://gateway.example"
[presets."my gold: it's"]
prompt = "make it golden hour"
[presets.grey]
prompt = "make it black and white"
"""
ODD = 'it\'s "odd" $x.png'

# What is typed, the words that must come of it, and how often the program may be asked for names.
TYPED: dict[str, tuple[list[str], int]] = {
    "seedcli ed\t": (["edit"], 0),
    "seedcli hist\tsh\t": (["history", "show"], 0),
    "seedcli edit --guid\t5": (["edit", "--guidance-scale", "5"], 0),
    "seedcli edit --no-wat\tpl\t": (["edit", "--no-watermark", "plain.jpg"], 0),
    "seedcli edit --model seededit-\t": (["edit", "--model", "seededit-3-0-i2i-250628"], 0),
    "seedcli edit -m seededit-\t": (["edit", "-m", "seededit-3-0-i2i-250628"], 0),
    "seedcli edit -rm seededit-\t": (["edit", "-rm", "seededit-3-0-i2i-250628"], 0),
    "seedcli edit --size ad\t": (["edit", "--size", "adaptive"], 0),
    "seedcli edit --respo\tb\t": (["edit", "--response-format", "b64_json"], 0),
    "seedcli edit --color=al\t": (["edit", "--color=always"], 0),
    "seedcli edit my\tblue": (["edit", "my photo.jpg", "blue"], 0),
    "seedcli edit it\tblue": (["edit", ODD, "blue"], 0),
    'seedcli edit "my\t': (["edit", "my photo.jpg"], 0),
    "seedcli edit plain.jpg blue -o out\t": (["edit", "plain.jpg", "blue", "-o", "out folder"], 0),
    "seedcli edit --output=out\t": (["edit", "--output=out folder"], 0),
    "seedcli edit -- --pl\t": (["edit", "--", "--plain.png"], 0),
    "seedcli edit --preset gr\t": (["edit", "--preset", "grey"], 1),
    "seedcli edit --preset my\t": (["edit", "--preset", "my gold: it's"], 1),
    'seedcli edit --preset "my\t': (["edit", "--preset", "my gold: it's"], 1),
    "seedcli edit --profile=w\t": (["edit", "--profile=work"], 1),
    "seedcli poll job-1\t": (["poll", "job-1234567890"], 1),
    "seedcli history replay pl\t": (["history", "replay", "plain.jpg"], 1),
    "seedcli conf\tset wat\tt\t": (["config", "set", "watermark", "true"], 0),
    "seedcli config set --profile wo\tmodel seededit-\t": (
        ["config", "set", "--profile", "work", "model", "seededit-3-0-i2i-250628"],
        1,
    ),
    "seedcli sandbox --fault moderation-i\t": (["sandbox", "--fault", "moderation-in-200"], 0),
    "seedcli help ex\t": (["help", "exit-codes"], 0),
    "seedcli completion z\t": (["completion", "zsh"], 0),
}


@pytest.fixture
def folder(tmp_path: Path, home: Path) -> Path:
    """Files with odd names, two presets, a profile and a job."""
    folder = tmp_path / "work"
    (folder / "out folder").mkdir(parents=True)
    for name in ("my photo.jpg", ODD, "plain.jpg", "--plain.png"):
        (folder / name).touch()
    config = paths.config_file({"HOME": str(home), "XDG_CONFIG_HOME": str(home / "config")})
    config.parent.mkdir(parents=True)
    config.write_text(CONFIG)
    keep_job(home / "state" / "seedcli" / "journal.db", "job-1234567890")
    return folder


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_tab_completes_what_was_meant(shell: str, folder: Path, tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} here")
    calls = type_in(shell, list(TYPED), folder=folder, place=tmp_path / "place")
    found = {line: (_plain(call), call.asked) for line, call in zip(TYPED, calls, strict=True)}
    assert found == TYPED


def test_zsh_finds_the_script_in_its_fpath(folder: Path, tmp_path: Path) -> None:
    if shutil.which("zsh") is None:
        pytest.skip("no zsh here")
    lines = ["seedcli ed\t--mod\tseededit-\t", "seedcli edit my\t"]
    calls = type_in("zsh", lines, folder=folder, place=tmp_path / "place", autoload=True)
    assert [_plain(call) for call in calls] == [
        ["edit", "--model", "seededit-3-0-i2i-250628"],
        ["edit", "my photo.jpg"],
    ]


def _plain(call: Call) -> list[str]:
    """Without what shells do in their own ways: `--model=NAME` in zsh, `folder/` in bash and fish."""
    words: list[str] = []
    for word in call.words:
        name, sign, value = word.partition("=")
        typed = name in ("--color", "--output", "--profile")  # these were typed with the sign
        words += [name, value] if sign and not typed and name.startswith("--") else [word]
    return [word.rstrip("/") for word in words]
