"""What `seedcli help TOPIC` explains. Read when the kept pages are made, not when help is asked for."""

from __future__ import annotations

from seedcli.cli.page import Block, Page, Row

SUMMARIES = {
    "exit-codes": "What each exit code means, and whether it was charged.",
    "environment": "The environment variables that are read.",
    "output": "Where results go, and what is written where.",
    "json": "The objects that --json prints.",
    "privacy": "What leaves this machine, and what is kept on it.",
}


def topics() -> dict[str, Page]:
    """Each topic's page by its name."""
    return {
        "exit-codes": _exit_codes(),
        "environment": _environment(),
        "output": _output(),
        "json": _json(),
        "privacy": _privacy(),
    }


EXIT_CODES = (
    ("0", "every image is saved (or, with --no-wait, accepted)", "yes", ""),
    ("1", "a defect in the program", "unknown", "internal"),
    (
        "2",
        "usage, input or output: nothing was sent",
        "no",
        "usage, bad_input, bad_output, no_journal, over_budget",
    ),
    (
        "3",
        "configuration or key: none, malformed, refused (401, 403), a gateway that redirects",
        "no",
        "bad_config, no_key, bad_key, denied",
    ),
    (
        "4",
        "the gateway said no to this request (400, 404, 413, 415, 422, moderation), or a job failed",
        "no",
        "rejected, moderated, not_found, job_failed",
    ),
    ("5", "out of credits or quota (402, 403 with a quota message)", "no", "no_credits, quota"),
    (
        "6",
        "could not be delivered: name, connection, TLS, upload broken off, 429 to the last retry",
        "no",
        "unreachable, rate_limited",
    ),
    (
        "7",
        "in doubt: the request went out whole and no usable answer came back "
        "(silence, a broken answer, 5xx); it is never sent again unless the user says so",
        "unknown",
        "in_doubt",
    ),
    (
        "8",
        "accepted or made, not saved yet: job still running, download or local save failed; "
        "seedcli resume finishes it at no charge",
        "yes",
        "pending, not_saved",
    ),
    (
        "130, 143, 129",
        "stopped by SIGINT, SIGTERM, SIGHUP, after what was in flight was received and recorded",
        "",
        "interrupted",
    ),
)
"""The contract's table: code, meaning, was it charged, error codes."""


def _exit_codes() -> Page:
    return Page(
        ["What each exit code means, whether the image was charged, and the error codes that --json gives."],
        blocks=[
            Block("Exit codes", table=[("code", "meaning", "charged", "error codes"), *EXIT_CODES]),
            Block(
                "Several images",
                text=["The code of the most serious outcome, in the order 7, 8, 1, 3, 5, 6, 4, 2, 0."],
            ),
        ],
    )


def _environment() -> Page:
    from seedcli.setting_keys import KEYS

    settings = [Row(key.variable, key.help + ".") for key in KEYS.values()]
    return Page(
        [
            "An option on the command line is stronger than a preset, a preset than the environment, and the "
            "environment than a profile and the configuration file. An empty variable counts as not set.",
        ],
        blocks=[
            Block("Settings", rows=settings),
            Block(
                "The key and the configuration",
                rows=[
                    Row("SEEDCLI_API_KEY_FILE", "A file that holds the key, for containers."),
                    Row("PIXAZO_API_KEY", "The key, when neither of the two above is set."),
                    Row("SEEDCLI_PROFILE", "The profile to use."),
                    Row("SEEDCLI_CONFIG", "The configuration file."),
                    Row("SEEDCLI_STATE_DIR", "The folder of the journal."),
                    Row("SEEDCLI_DEBUG", "Say where a defect of the program arose."),
                ],
            ),
            Block(
                "Known to other programs too",
                rows=[
                    Row("HTTPS_PROXY, ALL_PROXY", "The proxy, in small letters too; never for the loopback."),
                    Row("NO_PROXY", "Hosts, suffixes and networks that are reached without it."),
                    Row("SSL_CERT_FILE", "Certificates to trust."),
                    Row("XDG_CONFIG_HOME", "Where the configuration's folder is, on Linux."),
                    Row("XDG_STATE_HOME", "Where the journal's folder is, on Linux."),
                    Row("NO_COLOR", "Set and not empty: no colours."),
                    Row("FORCE_COLOR, CLICOLOR_FORCE", "Colours even where no terminal is."),
                    Row("TERM", "dumb: no colours, nothing that moves."),
                    Row("COLORTERM", "truecolor: the terminal shows pictures in all their colours."),
                    Row("COLUMNS", "How wide help is laid out."),
                    Row("CI", "Set: nothing is asked."),
                    Row("GITHUB_ACTIONS", "true: failures become annotations of the run."),
                ],
            ),
        ],
    )


def _output() -> Page:
    return Page(
        [
            "cat.jpg becomes cat-edited.jpg beside it, else the first free cat-edited-2.jpg, -3 and so on. A "
            "link's result goes to the current folder, named after the link.",
            "A result appears whole or not at all, and never replaces a file that is there, unless --force "
            "says so for the file that -o names. The suffix follows the bytes that came (.jpg, .png, .webp), "
            "unless -o names a file.",
        ],
        blocks=[
            Block(
                "What -o takes",
                rows=[
                    Row("FILE", "This file. One that exists is refused before anything is sent."),
                    Row("FOLDER/", "A folder that exists, or a name that ends in a slash."),
                    Row("TEMPLATE", "A name with {stem} {name} {ext} {dir} {seed} {model} {n} {id} in it."),
                    Row(
                        "-",
                        "Standard output. It is also where the result of standard input goes without -o. "
                        "Pictures are never written to a terminal.",
                    ),
                ],
            ),
            Block(
                "Streams",
                text=[
                    "Standard output carries results alone: one saved path a line, or with --json one object "
                    "a line as each image finishes. Progress, warnings and errors go to standard error.",
                    "A closed pipe on standard output ends no work that was paid for.",
                ],
            ),
            Block(
                "Examples",
                commands=[
                    'seedcli edit cat.jpg "make it golden hour"',
                    'seedcli edit *.jpg "make it golden hour" -o golden/',
                    "seedcli edit *.jpg -p \"make it golden hour\" -o 'out/{stem}-{n}.{ext}' -N 3",
                    'seedcli edit - "blur the background" < in.jpg > out.jpg',
                ],
            ),
        ],
    )


def _json() -> Page:
    return Page(
        [
            "With --json each image is an object on a line of its own on standard output, written as it "
            "finishes. Fields that are not set are null, never missing. 'seedcli history --schema' prints "
            "the JSON Schema.",
        ],
        blocks=[
            Block(
                "Fields",
                rows=[
                    Row("schema", "seedcli.result/1"),
                    Row("id, run_id", "The names of the edit and its run in the history."),
                    Row("input, prompt", "As they were given."),
                    Row("status", "saved, pending, failed or skipped."),
                    Row("output", "The saved file."),
                    Row("format, width, height, bytes, sha256", "Of the saved file."),
                    Row("request", "The parameters that were sent; what was not sent is not in it."),
                    Row("prepared, finished", "What was changed before it was sent, and in the result."),
                    Row("job_set_id, url", "The job and the result's link at the gateway."),
                    Row("usage", "What the gateway says it used."),
                    Row("charged", "no, yes or unknown."),
                    Row("attempts, elapsed_s", "How often it was sent, and the seconds it took."),
                    Row(
                        "error",
                        "null, or an object of code, message, hint, http_status, retryable and exit_code. "
                        "'seedcli help exit-codes' lists the codes.",
                    ),
                ],
            ),
            Block(
                "Other objects",
                rows=[
                    Row("seedcli.request/1", "Of --dry-run: the request that would go out."),
                    Row("seedcli.run/1", "Of history runs: a run with its counts."),
                    Row("seedcli.model/1", "Of models: a model with what it takes."),
                    Row(
                        "seedcli.doctor/1",
                        "Of doctor, a single one: ok, exit_code and checks, each with name, status (ok, "
                        "warning, failed or skipped), detail, hint, code, exit_code and facts.",
                    ),
                ],
            ),
            Block(
                "Examples",
                commands=[
                    'seedcli edit *.jpg -p "remove the text" --json | jq -r .output',
                    "seedcli history list --state failed --json | jq -r '[.input, .error.message] | @tsv'",
                ],
            ),
        ],
    )


def _privacy() -> Page:
    return Page(
        ["What leaves this machine, and what is kept on it."],
        blocks=[
            Block(
                "Sent",
                rows=[
                    Row("to the gateway", "The picture, the prompt and the parameters that were set."),
                    Row(
                        "the key", "To the gateway's origin alone, never over plain HTTP to another machine."
                    ),
                    Row("location", "Removed from the picture before it is sent, unless --keep-location."),
                    Row("file names", "Never sent."),
                    Row("anything else", "Nothing: no statistics, no checks for updates."),
                ],
            ),
            Block(
                "Kept",
                rows=[
                    Row("the journal", "Prompts, parameters, names and how each edit ended; never the key."),
                    Row(
                        "the configuration",
                        "With the key, if it was stored there; only the user may read it.",
                    ),
                    Row("the gateway", "Hosts results for a time under links that need no key."),
                ],
            ),
            Block(
                "See for yourself",
                commands=[
                    'seedcli edit cat.jpg "make it golden hour" --dry-run',
                    'seedcli edit cat.jpg "make it golden hour" --debug-http exchange.log',
                    "seedcli history forget --older-than 30d",
                ],
            ),
        ],
    )
