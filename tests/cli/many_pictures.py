"""Folders of pictures to run over, each with bytes of its own, so that requests can be told apart."""

from __future__ import annotations

from pathlib import Path

CAT = Path(__file__).parents[2] / "examples" / "cat.jpg"


def write_pictures(folder: Path, count: int) -> Path:
    folder.mkdir(exist_ok=True)
    data = CAT.read_bytes()
    for number in range(count):
        comment = f"{number:06}".encode()
        marked = data[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2) + comment + data[2:]
        (folder / f"p{number:04}.jpg").write_bytes(marked)
    return folder
