"""What `seedcli edit` is held against: the same work by other means, from the picture to the saved file.

None of them keeps a journal, syncs anything, checks a picture, or looks whether a file is there.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from benchmarks.environment import requests_environment
from benchmarks.lab import PROMPT, Lab, Plan
from benchmarks.measure import Command

_PRINTF = r"""
set -euo pipefail
link=$({ printf '{"prompt": "%s", "image": "data:image/jpeg;base64,' "$3"; base64 -w0 "$2"; printf '"}'; } |
  curl -sSf -H 'Content-Type: application/json' -H 'Cache-Control: no-cache' \
    -H 'Ocp-Apim-Subscription-Key: key' --data-binary @- "$1" | sed -n 's/.*"url": *"\([^"]*\)".*/\1/p')
curl -sSf -o "$4" "$link"
"""

_JQ = r"""
set -euo pipefail
link=$(base64 -w0 "$2" |
  jq -Rs --arg prompt "$3" '{prompt: $prompt, image: ("data:image/jpeg;base64," + .)}' |
  curl -sSf -H 'Content-Type: application/json' -H 'Cache-Control: no-cache' \
    -H 'Ocp-Apim-Subscription-Key: key' --data-binary @- "$1" | jq -r '.data[0].url')
curl -sSf -o "$4" "$link"
"""

# In the manner of the vendor's document.
_REQUESTS = r"""
import base64, sys
import requests

url, picture, prompt, output = sys.argv[1:]
headers = {
    "Content-Type": "application/json", "Cache-Control": "no-cache", "Ocp-Apim-Subscription-Key": "key"
}
with open(picture, "rb") as file:
    content = base64.b64encode(file.read()).decode()
data = {"prompt": prompt, "image": f"data:image/jpeg;base64,{content}"}
answer = requests.post(url, json=data, headers=headers, timeout=300)
answer.raise_for_status()
result = requests.get(answer.json()["data"][0]["url"], timeout=300)
result.raise_for_status()
with open(output, "wb") as file:
    file.write(result.content)
"""


def printf_pipeline(lab: Lab, source: Path) -> Command:
    """`printf`, `base64` and `curl`: the least that does the work."""
    return _shell(lab, source, _PRINTF)


def jq_pipeline(lab: Lab, source: Path) -> Command:
    """With `jq` to make and read the JSON, as one should."""
    return _shell(lab, source, _JQ)


def requests_script(lab: Lab, source: Path) -> Command:
    python = requests_environment() / "python"
    return _command(lab, source, str(python), "-c", _REQUESTS)


def _shell(lab: Lab, source: Path, script: str) -> Command:
    bash = shutil.which("bash") or "bash"
    return _command(lab, source, bash, "-c", script, "pipeline")


def _command(lab: Lab, source: Path, *argv: str) -> Command:
    output, plan = lab.folder / "reference.jpg", Plan()
    url = f"{lab.base_url(plan)}/byteplus/v1/getEditImage"

    def before() -> None:
        output.unlink(missing_ok=True)

    def after() -> None:
        if output.stat().st_size != plan.result_bytes:
            raise RuntimeError("the reference did not save its result")

    command = lab.command(*argv, url, str(source), PROMPT, str(output))
    return replace(command, before=before, after=after)
