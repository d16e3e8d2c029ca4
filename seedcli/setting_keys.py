"""The table of settings: each one's name, what it may hold, its default, and where it may stand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

Parse = Callable[[object], Any]
"""Brings a value from an option, a variable (text) or TOML to its type; ValueError says what is expected."""

DEFAULT_BASE_URL = "https://gateway.pixazo.ai"
_LONGEST_TEXT = 100_000
_KEY = ("SEEDCLI_API_KEY_FILE", "PIXAZO_API_KEY")
_PROXIES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")


class Key(NamedTuple):
    """One setting. `SEEDCLI_<NAME>` works for all, then the `fallbacks` in turn.

    `stored`: may stand in the configuration file and in profiles. `preset`: may stand in a preset.
    `secret`: shown masked, taken from standard input only.
    """

    name: str
    parse: Parse
    help: str
    default: Any = None
    stored: bool = False
    preset: bool = False
    secret: bool = False
    fallbacks: tuple[str, ...] = ()

    @property
    def option(self) -> str:
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        return "SEEDCLI_" + self.name.upper()

    @property
    def variables(self) -> tuple[str, ...]:
        """The environment variables that set it, strongest first."""
        return (self.variable, *self.fallbacks)

    @property
    def file_variable(self) -> str | None:
        """The variable that names a file with the value in it, for containers; secrets only."""
        return self.variable + "_FILE" if self.secret else None

    @property
    def may_hold_secret(self) -> bool:
        """The key itself, and URLs in which people write a password."""
        return self.secret or self.name in ("base_url", "proxy")

    @property
    def is_path(self) -> bool:
        return self.parse is location


def text(value: object) -> str:
    if not isinstance(value, str) or not value.strip() or "\0" in value or len(value) > _LONGEST_TEXT:
        raise ValueError("text that is not empty")
    return value


def switch(value: object) -> bool:
    if isinstance(value, bool):
        return value
    word = value.strip().lower() if isinstance(value, str) else ""
    if word in ("true", "yes", "on", "1"):
        return True
    if word in ("false", "no", "off", "0"):
        return False
    raise ValueError("true or false")


def whole(least: int, most: int) -> Parse:
    expected = f"a whole number from {least} to {most}"

    def parse(value: object) -> int:
        # int() by itself also takes "1_000", other scripts' digits, and numbers too long to be read.
        if isinstance(value, str) and re.fullmatch(r"\s*[+-]?[0-9]{1,18}\s*", value):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ValueError(expected)
        return value

    return parse


def number(least: float, most: float, *, above: bool = False) -> Parse:
    """Numbers from `least` (or only above it) to `most`; a whole one stays whole, as it was written."""
    expected = f"a number {'above' if above else 'from'} {least:g} {'up ' if above else ''}to {most:g}"

    def parse(value: object) -> int | float:
        if isinstance(value, str) and re.fullmatch(
            r"\s*[+-]?([0-9]{1,18}(\.[0-9]*)?|\.[0-9]+)(e[+-]?[0-9]{1,3})?\s*", value, re.IGNORECASE
        ):
            value = int(value) if re.fullmatch(r"\s*[+-]?[0-9]+\s*", value) else float(value)
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise ValueError(expected)
        if not least <= value <= most or (above and value == least):  # NaN is in no range either
            raise ValueError(expected)
        return value

    return parse


def choice(*words: str) -> Parse:
    def parse(value: object) -> str:
        word = value.strip().lower() if isinstance(value, str) else ""
        if word not in words:
            raise ValueError("one of " + ", ".join(words))
        return word

    return parse


def size(value: object) -> str:
    """The grammar of all models together; which of them takes which is `gateway.models`' to say."""
    word = value.strip() if isinstance(value, str) else ""
    if word.lower() == "adaptive":
        return "adaptive"
    if re.fullmatch(r"[0-9]{1,2}k", word, re.IGNORECASE):
        return word.upper()
    if re.fullmatch(r"[0-9]{1,6}x[0-9]{1,6}", word, re.IGNORECASE):
        return word.lower()
    raise ValueError("adaptive, 2K, 4K or WIDTHxHEIGHT")


def place(value: object) -> str:
    """A file, folder (the slash at its end is kept) or template; `~` is resolved, as no shell has seen it."""
    given = text(value)
    if not given.startswith("~"):
        return given
    return str(_expanded(given)) + ("/" if given.endswith("/") else "")


def location(value: object) -> Path:
    return value if isinstance(value, Path) else _expanded(text(value))


def _expanded(path: str) -> Path:
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise ValueError("a path with a home folder that exists") from error


def rate(value: object) -> str:
    """`N/s` or `N/min`; `per_second` reads it."""
    word = value.strip().lower() if isinstance(value, str) else ""
    if not re.fullmatch(r"([0-9]{1,6}(\.[0-9]{1,6})?|\.[0-9]{1,6})/(s|min)", word) or per_second(word) <= 0:
        raise ValueError("a rate such as 5/s or 30/min")
    return word


def per_second(given: str) -> float:
    """How many a second a rate allows."""
    count, _, unit = given.partition("/")
    return float(count) / (60 if unit == "min" else 1)


def proxy(value: object) -> str:
    """A proxy's URL; a bare HOST:PORT is an http proxy, as for curl. Empty: none, whatever stands below."""
    given = value.strip() if isinstance(value, str) else None
    if given == "":
        return given
    if given and "://" not in given:
        given = "http://" + given
    if not given or not re.fullmatch(r"(https?|socks5h?)://[^\s/?#\x00-\x1f]+/?", given, re.IGNORECASE):
        raise ValueError("a URL such as http://host:port or socks5://host:port")
    return given


def _table(*keys: Key) -> dict[str, Key]:
    return {key.name: key for key in keys}


KEYS = _table(
    Key("api_key", text, "The subscription key", stored=True, secret=True, fallbacks=_KEY),
    Key("base_url", text, "The gateway to speak to", DEFAULT_BASE_URL, stored=True),
    Key("model", text, "The model's name or ID", stored=True, preset=True),
    Key("size", size, "adaptive, 2K, 4K or WIDTHxHEIGHT", stored=True, preset=True),
    Key("guidance_scale", number(1, 10), "How strongly the prompt is followed", stored=True, preset=True),
    Key("watermark", switch, 'Whether "AI-generated" is written on the result', stored=True, preset=True),
    Key("response_format", choice("url", "b64_json"), "How results come back", stored=True, preset=True),
    Key("output", place, "Where results go: a file, a folder/ or a template", stored=True, preset=True),
    Key("jobs", whole(1, 256), "How many images are in flight at once", 4, stored=True, preset=True),
    Key("rate", rate, "The most requests a second or minute, as 5/s or 30/min", stored=True, preset=True),
    Key("retries", whole(0, 100), "How often an undelivered one is repeated", 3, stored=True, preset=True),
    Key("timeout", number(0, 86_400, above=True), "Seconds for one edit", 300, stored=True, preset=True),
    Key("poll_interval", number(0, 3600, above=True), "Seconds between polls", 5, stored=True, preset=True),
    Key("price_per_image", number(0, 1e6), "What one image costs, for plans and budgets", stored=True),
    Key("max_cost", number(0, 1e9), "The most a run may cost", stored=True, preset=True),
    Key("embed", switch, "Write prompt and parameters into each result", False, stored=True, preset=True),
    Key("keyring", switch, "Keep the key in the system's keyring", False, stored=True),
    Key("proxy", proxy, "The proxy's URL", stored=True, fallbacks=_PROXIES),
    Key("no_proxy", text, "Hosts reached without the proxy", stored=True, fallbacks=("no_proxy", "NO_PROXY")),
    Key("ca_bundle", location, "A file of certificates to trust", stored=True, fallbacks=("SSL_CERT_FILE",)),
    # From here on: options and variables only.
    Key("prompt", text, "The change to make", preset=True),
    Key("prompt_file", location, "A file that holds the prompt"),
    Key("preset", text, "The preset to start from"),
    Key("seed", whole(-1, 2_147_483_647), "The seed; -1 is random", preset=True),
    Key("count", whole(1, 1000), "How many variations of each image", 1, preset=True),
    Key("max_images", whole(0, 1_000_000_000), "The most images a run may make", preset=True),
    Key("force", switch, "Replace an existing output file", False, preset=True),
    Key("recursive", switch, "Take the pictures in folders", False, preset=True),
    Key("files_from", text, "A file that lists the inputs"),
    Key("null", switch, "That list is separated by NUL", False),
    Key("format", choice("jsonl", "csv"), "How a manifest is written"),
    Key("no_wait", switch, "Don't wait for jobs", False, preset=True),
    Key("retry_server_errors", switch, "Repeat 5xx answers too, which may bill twice", False),
    Key("resend", switch, "Send a request that is in doubt once more", False),
    Key("dry_run", switch, "Send nothing", False, preset=True),
    Key("yes", switch, "Don't ask before a large run", False),
    Key("unchecked", switch, "Leave the models' rules to the gateway", False, preset=True),
    Key("sandbox", switch, "Use a sandbox of this run's own", False),
    Key("no_prepare", switch, "Refuse what does not fit as it is", False, preset=True),
    Key("pad", switch, "Pad a picture whose aspect the model does not take", False, preset=True),
    Key("keep_location", switch, "Leave the location in what is sent", False),
    Key("fit", choice("original", "cover", "contain"), "Bring results to the input's size", preset=True),
    Key("sidecar", switch, "Write the JSON beside each result", False, preset=True),
    Key("strip", switch, "Remove metadata from results", False, preset=True),
    Key("preview", switch, "Show before and after in the terminal", False, preset=True),
    Key("open", switch, "Open results in the system's viewer", False, preset=True),
    Key("json", switch, "One JSON object a line", False, preset=True),
    Key("quiet", switch, "Say errors only", False, preset=True),
    Key("verbose", switch, "Say more", False, preset=True),
    Key("color", choice("auto", "always", "never"), "Colour", "auto", preset=True),
    Key("no_input", switch, "Never ask", False),
    Key("debug_http", location, "A file for a log of each exchange"),
)  # fmt: skip
"""All settings by name. A preset is handed around, so it can't hold what says where the key goes, sends
the picture's location, or spends twice or unasked."""

STORED = tuple(key.name for key in KEYS.values() if key.stored)
IN_PRESETS = tuple(key.name for key in KEYS.values() if key.preset)


def canonical(word: str) -> str:
    """`Guidance-Scale` as the table spells it."""
    return word.strip().lower().replace("-", "_")


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name that `word` was most likely meant to be."""
    import difflib

    found = difflib.get_close_matches(canonical(word), list(known), n=1, cutoff=0.6)
    return found[0] if found else None
