"""The frozen types that every part speaks: what is asked for, what happened, what is under way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from seedcli.errors import Charged, ExitCode, SeedError

JsonObject = dict[str, Any]


class ApiKey:
    """The subscription key. Shows itself masked; only `reveal` gives it away."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    @property
    def masked(self) -> str:
        """At most the last four characters; none of a key too short to spare them."""
        return "****" + (self._value[-4:] if len(self._value) >= 12 else "")

    def __repr__(self) -> str:
        return f"ApiKey({self.masked})"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ApiKey) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


class SourceKind(StrEnum):
    FILE = "file"
    URL = "url"
    STDIN = "stdin"


class Source(NamedTuple):
    """Where an input picture comes from. `text` is what the user wrote; `path` is absolute."""

    kind: SourceKind
    text: str
    path: Path | None = None

    @property
    def title(self) -> str:
        """What messages call it."""
        return "standard input" if self.kind is SourceKind.STDIN and self.text == "-" else self.text


class Parameters(NamedTuple):
    """The gateway's optional fields; None is "not set", and is not sent."""

    model: str | None = None
    size: str | None = None
    seed: int | None = None
    guidance_scale: float | None = None
    watermark: bool | None = None
    response_format: str | None = None

    def as_sent(self) -> JsonObject:
        """Only what is set, in the document's order."""
        return {name: value for name, value in self._asdict().items() if value is not None}


class Placement(StrEnum):
    """The forms of `-o`."""

    BESIDE = "beside"
    FILE = "file"
    FOLDER = "folder"
    TEMPLATE = "template"
    STDOUT = "stdout"


class OutputPlan(NamedTuple):
    """Where a result goes. `value` is an absolute path or template; `suggested` names the
    result of an input that has no name of its own; `folder` is where BESIDE puts the result of
    an input that is not a file; `absolute` says that the user wrote an absolute path, and so
    sees one."""

    kind: Placement
    value: str | None = None
    force: bool = False
    suggested: str | None = None
    folder: str | None = None
    absolute: bool = False


class State(StrEnum):
    """Where an edit stands in the journal: `intended → sent → accepted | answered → saved`,
    or it ends as `failed` (certainly not charged, or the job failed) or `in_doubt`."""

    INTENDED = "intended"
    SENT = "sent"
    ACCEPTED = "accepted"
    ANSWERED = "answered"
    SAVED = "saved"
    FAILED = "failed"
    IN_DOUBT = "in_doubt"


class Status(StrEnum):
    """An outcome as scripts see it."""

    SAVED = "saved"
    PENDING = "pending"
    FAILED = "failed"
    SKIPPED = "skipped"


class Failure(NamedTuple):
    """An error of one image, as the JSON object carries it."""

    code: str
    message: str
    hint: str | None = None
    http_status: int | None = None
    retryable: bool = False
    exit_code: int = ExitCode.INTERNAL

    @classmethod
    def of(cls, error: SeedError) -> Failure:
        return cls(
            code=error.code,
            message=error.message,
            hint=error.hint,
            http_status=error.http_status,
            retryable=error.retryable,
            exit_code=int(error.exit_code),
        )


class Entry(NamedTuple):
    """One row of the journal: an edit from intention to saved file.

    Times are seconds since the epoch; `parameters` is what goes on the wire beside `prompt` and
    `image`; `input_sha256` is of the file as found, `image_sha256` of the bytes that went out;
    `request_key` identifies image bytes, prompt and parameters together; `variation` counts from 1
    within `-N`; `links` are all result links of the answer; `answer_path` is where the bytes of a
    `b64_json` answer were kept; `owner` names the process that has claimed the row, None when nobody has.
    """

    id: str
    run_id: str
    position: int
    created_at: float
    updated_at: float
    state: State
    source: Source
    prompt: str
    parameters: JsonObject
    output: OutputPlan
    variation: int = 1
    gateway: str = ""
    input_sha256: str | None = None
    input_size: int | None = None
    input_mtime_ns: int | None = None
    input_width: int | None = None
    input_height: int | None = None
    image_sha256: str | None = None
    request_key: str | None = None
    prepared: tuple[str, ...] = ()
    attempts: int = 0
    job_set_id: str | None = None
    links: tuple[str, ...] = ()
    answer_path: str | None = None
    answer_text: str | None = None
    usage: JsonObject | None = None
    charged: Charged = Charged.NO
    output_path: str | None = None
    output_sha256: str | None = None
    output_bytes: int | None = None
    output_format: str | None = None
    output_width: int | None = None
    output_height: int | None = None
    elapsed_s: float | None = None
    error: Failure | None = None
    parent_id: str | None = None
    owner: str | None = None


class Outcome(NamedTuple):
    """How one image ended: the journal's entry, and what this command made of it.

    `finished` has a line for each change made to the result before it was put in place.
    """

    entry: Entry
    status: Status
    failure: Failure | None = None
    warnings: tuple[str, ...] = ()
    finished: tuple[str, ...] = ()

    @property
    def exit_code(self) -> ExitCode:
        return ExitCode(self.failure.exit_code) if self.failure else ExitCode.OK


class Job(NamedTuple):
    """A job that the gateway has accepted."""

    job_set_id: str


class Answer(NamedTuple):
    """What an edit call or a finished job gave: a job to follow, links, or pictures on disk.

    `links` are result URLs in the answer's order, unchecked; `files` are decoded `b64_json`
    pictures that now lie in the folder the caller named. One of them, or `job`, is there; a job
    beside a picture can be asked for it again.
    """

    job: Job | None = None
    links: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()
    usage: JsonObject | None = None

    @property
    def has_picture(self) -> bool:
        return bool(self.links or self.files)


class JobState(StrEnum):
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class JobReport(NamedTuple):
    """One look at a job. `answer` is there when it succeeded, `error` when it failed."""

    state: JobState
    word: str
    answer: Answer | None = None
    error: SeedError | None = None


class Stage(StrEnum):
    """What is being done for an image right now."""

    WAITING = "waiting"
    READING = "reading"
    UPLOADING = "uploading"
    EDITING = "editing"
    FOLLOWING = "following"
    RETRYING = "retrying"
    DOWNLOADING = "downloading"
    SAVING = "saving"


class Event(NamedTuple):
    """A step of one image. `done` and `total` are bytes where the stage moves bytes."""

    entry_id: str
    name: str
    stage: Stage
    done: int | None = None
    total: int | None = None
    note: str | None = None


Listener = Callable[[Event], None]


class Run(NamedTuple):
    """A command's inputs, prompt and parameters: `fingerprint` is the same for the same command."""

    id: str
    created_at: float
    fingerprint: str
    command: str
    counts: Mapping[State, int] = MappingProxyType({})
