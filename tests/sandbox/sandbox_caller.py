"""A client that speaks to a sandbox as the document says, and pictures to send."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import Any

import httpx
from PIL import Image

from seedcli.sandbox.server import RunningSandbox

EDIT = "/byteplus/v1/getEditImage"
POLL = "/ai-model-api-polling/getGenerationResults"


@dataclass(frozen=True)
class Caller:
    """A sandbox and a client that speaks to it as the document says."""

    sandbox: RunningSandbox
    client: httpx.Client

    @property
    def headers(self) -> dict[str, str]:
        return {
            "Content-Type": "application/json",
            "Cache-Control": "no-cache",
            "Ocp-Apim-Subscription-Key": self.sandbox.key,
        }

    def edit(self, **fields: Any) -> httpx.Response:
        fields = {"prompt": "make it blue", "image": data_uri(picture()), **fields}
        return self.client.post(
            EDIT, json={k: v for k, v in fields.items() if v is not ...}, headers=self.headers
        )

    def poll(self, job_set_id: object) -> httpx.Response:
        return self.client.post(POLL, json={"job_set_id": job_set_id}, headers=self.headers)

    def send(self, body: bytes, *, path: str = EDIT, **headers: str) -> httpx.Response:
        return self.client.post(path, content=body, headers={**self.headers, **headers})


def picture(width: int = 90, height: int = 60, *, form: str = "PNG", mode: str = "RGB") -> bytes:
    """A small picture with something in it."""
    made = io.BytesIO()
    shades = Image.linear_gradient("L").resize((width, height))
    if mode == "I;16":
        # Pillow keeps the numbers, 0 to 255, which would be nearly black.
        shades = shades.convert("I").point(lambda value: value * 257)
    shades.convert(mode).save(made, form)
    return made.getvalue()


def data_uri(data: bytes, form: str = "png") -> str:
    return f"data:image/{form};base64,{base64.b64encode(data).decode()}"
