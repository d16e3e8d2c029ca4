"""Edit every picture of a folder from Python, four at a time.

python edit_from_python.py photos/ "make it golden hour" golden/
"""

import asyncio
import sys
from pathlib import Path

import seedcli

AT_ONCE = 4


async def edit_all(folder: Path, prompt: str, output: str) -> int:
    """How many pictures are not saved."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def edit_one(picture: Path) -> bool:
        async with gate:
            try:
                result = await seedcli.aedit(picture, prompt, output=output)
            except seedcli.Unsaved as error:
                print(f"{picture}: paid for, not saved yet: {error}. 'seedcli resume' saves it")
            except seedcli.InDoubt as error:
                print(f"{picture}: may have been billed: {error}: seedcli history show {error.entry_id}")
            except seedcli.SeedError as error:
                if error.stops_run:  # a refused key, no credits: the next picture would fare no better
                    raise
                print(f"{picture}: {error}")
            else:
                print(f"{picture} -> {result.path} ({result.width}x{result.height})")
                return True
            return False

    saved = await asyncio.gather(*(edit_one(picture) for picture in sorted(folder.glob("*.jpg"))))
    return saved.count(False)


if __name__ == "__main__":
    _, folder, prompt, output = sys.argv
    try:
        sys.exit(1 if asyncio.run(edit_all(Path(folder), prompt, output)) else 0)
    except seedcli.SeedError as error:
        sys.exit(f"{error}. {error.hint or ''}")
