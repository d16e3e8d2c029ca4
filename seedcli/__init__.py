"""Edit pictures with words through the Pixazo gateway.

The command is `seedcli`. From Python::

    import seedcli

    result = seedcli.edit("cat.jpg", "make eyes blue")
    print(result.path)

`seedcli.aedit` is the same for asyncio. Both raise subclasses of `seedcli.SeedError`.
"""

__version__ = "0.1.0"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedcli.api import EditOptions, Result, aedit, edit
    from seedcli.errors import (
        BadInput,
        BadKey,
        BadOutput,
        ConfigError,
        Denied,
        InDoubt,
        JobFailed,
        Moderated,
        NoCredits,
        NoJournal,
        NoKey,
        NotFound,
        OutOfQuota,
        OverBudget,
        Pending,
        RateLimited,
        Rejected,
        SeedError,
        Undelivered,
        Unsaved,
        UsageError,
    )

__all__ = [
    "BadInput",
    "BadKey",
    "BadOutput",
    "ConfigError",
    "Denied",
    "EditOptions",
    "InDoubt",
    "JobFailed",
    "Moderated",
    "NoCredits",
    "NoJournal",
    "NoKey",
    "NotFound",
    "OutOfQuota",
    "OverBudget",
    "Pending",
    "RateLimited",
    "Rejected",
    "Result",
    "SeedError",
    "Undelivered",
    "Unsaved",
    "UsageError",
    "aedit",
    "edit",
]


def __getattr__(name: str) -> object:
    # Read when it is asked for: the command, which imports this package too, needs none of it.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    part = "api" if name in ("EditOptions", "Result", "aedit", "edit") else "errors"
    found: object = getattr(import_module(f"{__name__}.{part}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
