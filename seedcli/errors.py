"""What can go wrong, what it means for the bill, and the exit code it ends in.

One class for each error code of the contract, so that code catches what it can
act on and nothing else::

    SeedError                      exit  charged
      UsageError     usage           2   no
        BadInput     bad_input       2   no
        BadOutput    bad_output      2   no
        NoJournal    no_journal      2   no
        OverBudget   over_budget     2   no
      ConfigError    bad_config      3   no
        NoKey        no_key          3   no
        BadKey       bad_key         3   no
        Denied       denied          3   no
      Rejected       rejected        4   no
        Moderated    moderated       4   no
        NotFound     not_found       4   no
        JobFailed    job_failed      4   no
      NoCredits      no_credits      5   no
        OutOfQuota   quota           5   no
      Undelivered    unreachable     6   no
        RateLimited  rate_limited    6   no
      InDoubt        in_doubt        7   unknown
      Unsaved        not_saved       8   yes
        Pending      pending         8   yes
      Interrupted    interrupted   130   no (143, 129 by signal)

The message says what failed and on what; the hint says what to do next. Neither
ever carries the key, and text that came from outside is cleaned before it is put
in (`seedcli.text.clean`).
"""

from __future__ import annotations

from enum import IntEnum, StrEnum


class ExitCode(IntEnum):
    """The process's exit codes, as the contract numbers them."""

    OK = 0
    INTERNAL = 1
    USAGE = 2
    CONFIG = 3
    REJECTED = 4
    CREDITS = 5
    UNDELIVERED = 6
    IN_DOUBT = 7
    UNSAVED = 8
    SIGHUP = 129
    SIGINT = 130
    SIGTERM = 143


SERIOUSNESS: tuple[ExitCode, ...] = (
    ExitCode.IN_DOUBT,
    ExitCode.UNSAVED,
    ExitCode.INTERNAL,
    ExitCode.CONFIG,
    ExitCode.CREDITS,
    ExitCode.UNDELIVERED,
    ExitCode.REJECTED,
    ExitCode.USAGE,
    ExitCode.OK,
)
"""The order in which several images' exit codes are weighed, most serious first."""


class Charged(StrEnum):
    """Whether the gateway has billed a request, as far as can be known."""

    NO = "no"
    YES = "yes"
    UNKNOWN = "unknown"


class SeedError(Exception):
    """The root of all failures that a user may see.

    `retryable` says whether giving the same request again may help; whether the
    program itself does so is decided by `seedcli.gateway.retry`. `answer_text` is the
    start of an answer that could not be used, cleaned, for the journal. `stops_run` says that the
    next image would fare no better: a refused key, no credits, a broken journal, a full disk.
    `entry_id` names the edit in the journal, where one was begun; `seedcli.edit` sets it.
    """

    code = "internal"
    exit_code = ExitCode.INTERNAL
    charged = Charged.UNKNOWN
    stops_run = False
    entry_id: str | None = None

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        http_status: int | None = None,
        retryable: bool = False,
        answer_text: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.http_status = http_status
        self.retryable = retryable
        self.answer_text = answer_text


class UsageError(SeedError):
    """The command line asks for something that can't be; nothing was sent."""

    code = "usage"
    exit_code = ExitCode.USAGE
    charged = Charged.NO


class BadInput(UsageError):
    """An input picture, manifest or prompt can't be used."""

    code = "bad_input"


class BadOutput(UsageError):
    """The place for the result can't take it."""

    code = "bad_output"


class NoJournal(UsageError):
    """The journal is newer, broken, not writable or out of space; it is left as it is."""

    code = "no_journal"
    stops_run = True


class OverBudget(UsageError):
    """The run would make more images, or cost more, than the user allowed."""

    code = "over_budget"


class ConfigError(SeedError):
    """Configuration can't be read or makes no sense, or the gateway redirects."""

    code = "bad_config"
    exit_code = ExitCode.CONFIG
    charged = Charged.NO
    stops_run = True


class NoKey(ConfigError):
    """No API key is set anywhere."""

    code = "no_key"


class BadKey(ConfigError):
    """The key is malformed, or the gateway does not know it (401)."""

    code = "bad_key"


class Denied(ConfigError):
    """The key is known and may not do this (403)."""

    code = "denied"


class Rejected(SeedError):
    """The gateway said no to this request."""

    code = "rejected"
    exit_code = ExitCode.REJECTED
    charged = Charged.NO


class Moderated(Rejected):
    """The gateway's moderation refused the prompt, the input or the result."""

    code = "moderated"


class NotFound(Rejected):
    """No such endpoint, or no such job."""

    code = "not_found"


class JobFailed(Rejected):
    """A job ended without a picture."""

    code = "job_failed"


class NoCredits(SeedError):
    """The account is out of credits (402)."""

    code = "no_credits"
    exit_code = ExitCode.CREDITS
    charged = Charged.NO
    stops_run = True


class OutOfQuota(NoCredits):
    """The subscription's call quota is used up (403 with a quota message)."""

    code = "quota"


class Undelivered(SeedError):
    """The request certainly did not reach the gateway whole, or was turned away unread."""

    code = "unreachable"
    exit_code = ExitCode.UNDELIVERED
    charged = Charged.NO


class RateLimited(Undelivered):
    """429. `retry_after_s` is what the gateway asked for, in seconds, or None."""

    code = "rate_limited"

    def __init__(
        self,
        message: str,
        *,
        retry_after_s: float | None = None,
        hint: str | None = None,
        http_status: int | None = 429,
        retryable: bool = True,
        answer_text: str | None = None,
    ) -> None:
        super().__init__(
            message,
            hint=hint,
            http_status=http_status,
            retryable=retryable,
            answer_text=answer_text,
        )
        self.retry_after_s = retry_after_s


class InDoubt(SeedError):
    """The request went out whole and no usable answer came back."""

    code = "in_doubt"
    exit_code = ExitCode.IN_DOUBT
    charged = Charged.UNKNOWN


class Unsaved(SeedError):
    """A picture was made and paid for, and is not on disk yet."""

    code = "not_saved"
    exit_code = ExitCode.UNSAVED
    charged = Charged.YES


class Pending(Unsaved):
    """A job was accepted and is still running."""

    code = "pending"


class Interrupted(SeedError):
    """A signal stopped the work before this image was sent."""

    code = "interrupted"
    exit_code = ExitCode.SIGINT
    charged = Charged.NO


def most_serious(codes: list[ExitCode]) -> ExitCode:
    """The exit code of several outcomes: the first of `SERIOUSNESS` that is among them."""
    return next((code for code in SERIOUSNESS if code in codes), ExitCode.OK)
