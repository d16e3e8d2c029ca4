"""The gateway's error answers, as its document words them."""

from __future__ import annotations

from collections.abc import Mapping

from seedcli.records import JsonObject

DOCUMENTED: Mapping[int, str] = {
    400: "Invalid request parameters",
    401: "Invalid or missing authentication",
    403: "Access denied for this operation",
    404: "Endpoint not found",
    429: "Rate limit exceeded, please retry later",
    500: "An unexpected error occurred, please try again later",
}
"""The document's table of errors."""

OBSERVED: Mapping[int, str] = {
    402: "Insufficient credits",
    413: "Request body too large",
    422: "Unprocessable request",
    502: "Bad gateway",
    503: "Service temporarily unavailable",
}
"""Statuses that the document does not list; the wording is ours."""


class Refusal(Exception):
    """An error answer. `note` says why in the request log."""

    def __init__(
        self, status: int, body: JsonObject, *, note: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"{status} {note}")
        self.status = status
        self.body = body
        self.note = note
        self.headers = dict(headers or {})


def refusal(status: int, *, detail: str | None = None, headers: Mapping[str, str] | None = None) -> Refusal:
    """The documented body of `status`; `detail` stands beside `error`, which keeps its exact words."""
    message = DOCUMENTED.get(status) or OBSERVED[status]
    body: JsonObject = {"error": message}
    if detail is not None:
        body["detail"] = detail
    return Refusal(status, body, note=detail or message, headers=headers)


def upstream(status: int, *, code: str, message: str, param: str | None = None) -> Refusal:
    """An error in the shape observed of the service behind the gateway."""
    error = {"code": code, "message": message, "param": param or "", "type": "BadRequest"}
    return Refusal(status, {"error": error}, note=f"{code}: {message}")
