"""Makes docs/images/demo.jpg: the example, and what two prompts make of it in the sandbox."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parent.parent
PROMPTS = ("make it black and white", "make it golden hour")
SIZE = (480, 320)


def main() -> None:
    cat = ROOT / "examples" / "cat.jpg"
    with tempfile.TemporaryDirectory() as folder:
        pictures = [cat]
        for number, prompt in enumerate(PROMPTS):
            result = Path(folder) / f"{number}.jpg"
            command = [
                "edit",
                str(cat),
                prompt,
                "--sandbox",
                "--seed",
                "1",
                "--no-watermark",
                "-q",
                "-o",
                str(result),
            ]
            subprocess.run([sys.executable, "-m", "seedcli", *command], check=True, stdout=subprocess.DEVNULL)
            pictures.append(result)
        row = Image.new("RGB", (SIZE[0] * len(pictures), SIZE[1]))
        for place, path in enumerate(pictures):
            with Image.open(path) as picture:
                row.paste(picture.resize(SIZE, Image.Resampling.LANCZOS), (place * SIZE[0], 0))
    row.save(ROOT / "docs" / "images" / "demo.jpg", quality=82)


if __name__ == "__main__":
    main()
