"""`python -m seedcli.cli.completions [--write]`: says which made files are out of date, or writes them."""

from __future__ import annotations

import sys

from seedcli.cli.completions.made import stale


def main() -> int:
    """Exit code 1 when something is out of date and was not written."""
    write = sys.argv[1:] == ["--write"]
    if sys.argv[1:] and not write:
        sys.stderr.write("usage: python -m seedcli.cli.completions [--write]\n")
        return 2
    out_of_date = stale()
    for path, text in out_of_date.items():
        if write:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        sys.stdout.write(f"{'wrote' if write else 'out of date:'} {path}\n")
    return 1 if out_of_date and not write else 0


if __name__ == "__main__":
    raise SystemExit(main())
