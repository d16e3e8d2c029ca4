"""Editing from Python: the same settings, journal and promises as the command, and not a word printed."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from program import Program

import seedcli
from seedcli import errors
from seedcli.records import Event, Stage
from seedcli.sandbox.server import RunningSandbox

CAT = Path(__file__).parent.parent / "examples" / "cat.jpg"
Folder = Callable[..., RunningSandbox]


@pytest.fixture
def folder(tmp_path: Path, sandbox: Callable[..., RunningSandbox], monkeypatch: pytest.MonkeyPatch) -> Folder:
    """The current folder, with cat.jpg in it, and the environment of a gateway with the given settings."""

    def start(**settings: Any) -> RunningSandbox:
        gateway = sandbox(**settings)
        shutil.copy(CAT, tmp_path / "cat.jpg")
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("SEEDCLI_BASE_URL", gateway.base_url)
        monkeypatch.setenv("SEEDCLI_API_KEY", gateway.key)
        monkeypatch.setenv("SEEDCLI_POLL_INTERVAL", "0.02")
        return gateway

    return start


def test_a_result_says_where_it_is_and_what_was_sent(folder: Folder, tmp_path: Path) -> None:
    gateway = folder()
    result = seedcli.edit("cat.jpg", "make eyes blue", model="seededit", seed=42)
    data = (tmp_path / "cat-edited.jpg").read_bytes()
    assert result.path == tmp_path / "cat-edited.jpg"
    assert (result.format, result.bytes) == ("jpeg", len(data))
    assert result.sha256 == hashlib.sha256(data).hexdigest()
    assert result.request == {"model": "seededit-3-0-i2i-250628", "seed": 42}
    assert (result.prompt, result.attempts, result.warnings) == ("make eyes blue", 1, ())
    assert (result.url or "").startswith(gateway.base_url)
    assert gateway.exchanges("edit")[0].body["seed"] == 42


def test_nothing_is_printed_and_no_signal_handler_is_touched(
    folder: Folder, capfd: pytest.CaptureFixture[str]
) -> None:
    folder(faults=("400:1:1",))
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(seedcli.Rejected):
        seedcli.edit("cat.jpg", "x")
    seedcli.edit("cat.jpg", "x")
    assert capfd.readouterr() == ("", "")
    assert signal.getsignal(signal.SIGINT) is before


def test_the_journal_knows_the_edit(folder: Folder, tmp_path: Path) -> None:
    folder()
    result = seedcli.edit("cat.jpg", "x")
    shown = Program(tmp_path, {})("history", "show", result.id, "--json").object
    assert (shown["id"], shown["prompt"], shown["sha256"]) == (result.id, "x", result.sha256)


@pytest.mark.parametrize("output", ["out.jpg", Path("out.jpg"), "{stem}-{n}.jpg", "new/"])
def test_output_takes_what_the_option_takes(folder: Folder, tmp_path: Path, output: str | Path) -> None:
    folder()
    expected = {"{stem}-{n}.jpg": "cat-1.jpg", "new/": "new/cat-edited.jpg"}.get(str(output), "out.jpg")
    assert seedcli.edit("cat.jpg", "x", output=output).path == tmp_path / expected


def test_a_link_and_bytes_are_pictures_too(folder: Folder, tmp_path: Path) -> None:
    gateway = folder()
    assert seedcli.edit("https://example.com/a/dog.jpg", "x").path == tmp_path / "dog-edited.jpg"
    assert seedcli.edit(CAT.read_bytes(), "x", output="from-bytes.jpg").path.exists()
    sent = [exchange.body["image"][:23] for exchange in gateway.exchanges("edit")]
    assert sent == ["https://example.com/a/d", "data:image/jpeg;base64,"]


def test_bytes_leave_no_copy_behind(folder: Folder, home: Path) -> None:
    folder()
    seedcli.edit(CAT.read_bytes(), "x", output="out.jpg")
    assert list((home / "state" / "seedcli" / "spool").iterdir()) == []


def test_each_step_is_told_as_it_begins(folder: Folder) -> None:
    folder()
    events: list[Event] = []
    seedcli.edit("cat.jpg", "x", on_event=events.append)
    stages = list(dict.fromkeys(event.stage for event in events))
    assert stages == [Stage.READING, Stage.UPLOADING, Stage.EDITING, Stage.DOWNLOADING, Stage.SAVING]


def test_arguments_stand_above_the_environment(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = folder()
    monkeypatch.setenv("SEEDCLI_SEED", "1")
    monkeypatch.setenv("SEEDCLI_COUNT", "3")
    monkeypatch.setenv("SEEDCLI_PROMPT", "another")
    seedcli.edit("cat.jpg", "x", seed=2)
    seedcli.edit("cat.jpg", "y")
    assert [(e.body["prompt"], e.body["seed"]) for e in gateway.exchanges("edit")] == [("x", 2), ("y", 1)]


def test_a_sandbox_of_the_calls_own_needs_neither_key_nor_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert seedcli.edit(CAT, "make it red", sandbox=True, output="red.jpg").path.exists()


# Never billed twice


def test_an_unfinished_edit_is_gone_on_with_when_it_is_called_again(folder: Folder, tmp_path: Path) -> None:
    gateway = folder(jobs=True, job_looks=4)
    with pytest.raises(seedcli.Pending) as caught:
        seedcli.edit("cat.jpg", "x", timeout=0.3, poll_interval=0.25)
    assert caught.value.entry_id is not None
    assert seedcli.edit("cat.jpg", "x").path == tmp_path / "cat-edited.jpg"
    assert gateway.stats().made == 1


def test_the_command_goes_on_with_what_python_began(folder: Folder, tmp_path: Path) -> None:
    gateway = folder(jobs=True, job_looks=4)
    with pytest.raises(seedcli.Pending):
        seedcli.edit("cat.jpg", "x", timeout=0.3, poll_interval=0.25)
    assert Program(tmp_path, {})("edit", "cat.jpg", "x").lines == ["cat-edited.jpg"]
    assert gateway.stats().made == 1


def test_what_is_in_doubt_is_not_sent_again_unless_asked(folder: Folder) -> None:
    gateway = folder(faults=("hang-up:1:1",))
    for _ in range(2):
        with pytest.raises(seedcli.InDoubt) as caught:
            seedcli.edit("cat.jpg", "x")
        assert caught.value.charged is errors.Charged.UNKNOWN
    assert gateway.stats().edits == 1
    assert seedcli.edit("cat.jpg", "x", resend=True).path.exists()
    assert gateway.stats().edits == 2


def test_a_cancelled_edit_is_in_doubt_once_it_was_sent(folder: Folder) -> None:
    gateway = folder(latency_s=30.0)

    async def scenario() -> None:
        waiting = asyncio.Event()

        def listen(event: Event) -> None:
            if event.stage is Stage.EDITING:
                waiting.set()

        task = asyncio.create_task(seedcli.aedit("cat.jpg", "x", on_event=listen))
        await waiting.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(seedcli.InDoubt, match="in doubt"):
            await seedcli.aedit("cat.jpg", "x")

    asyncio.run(scenario())
    assert gateway.stats().edits_begun == 1


def test_the_same_edit_called_twice_at_once_is_sent_once(folder: Folder, tmp_path: Path) -> None:
    gateway = folder(latency_s=0.3)

    async def scenario() -> list[seedcli.Result]:
        return await asyncio.gather(*(seedcli.aedit("cat.jpg", "x") for _ in range(2)))

    first, second = asyncio.run(scenario())
    assert first.path == second.path == tmp_path / "cat-edited.jpg"
    assert gateway.stats().edits == 1


def test_many_edits_run_side_by_side(folder: Folder) -> None:
    gateway = folder()

    async def scenario() -> list[seedcli.Result]:
        return await asyncio.gather(
            *(seedcli.aedit("cat.jpg", f"prompt {n}", output="{stem}-{id}.jpg") for n in range(6))
        )

    results = asyncio.run(scenario())
    assert len({result.path for result in results}) == 6
    assert gateway.stats().edits == 6


def test_threads_may_edit_too(folder: Folder) -> None:
    gateway = folder()
    results: list[seedcli.Result] = []
    threads = [
        threading.Thread(target=lambda n=n: results.append(seedcli.edit("cat.jpg", f"prompt {n}")))
        for n in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({result.path for result in results}) == 3
    assert gateway.stats().edits == 3


# What goes wrong


@pytest.mark.parametrize(
    ("fault", "kind", "charged"),
    [
        ("400", seedcli.Rejected, "no"),
        ("401", seedcli.BadKey, "no"),
        ("402", seedcli.NoCredits, "no"),
        ("403", seedcli.Denied, "no"),
        ("403-quota", seedcli.OutOfQuota, "no"),
        ("404", seedcli.NotFound, "no"),
        ("429", seedcli.RateLimited, "no"),
        ("500", seedcli.InDoubt, "unknown"),
        ("moderation", seedcli.Moderated, "no"),
        ("failing-job", seedcli.JobFailed, "no"),
        ("expired-link", seedcli.Unsaved, "yes"),
        ("redirect", seedcli.ConfigError, "no"),
    ],
)
def test_a_failure_is_raised_as_what_it_is(
    folder: Folder, fault: str, kind: type[seedcli.SeedError], charged: str
) -> None:
    folder(faults=(fault,))
    with pytest.raises(seedcli.SeedError) as caught:
        seedcli.edit("cat.jpg", "x", retries=0)
    error = caught.value
    assert (type(error), error.charged.value) == (kind, charged)
    assert error.hint is None or error.hint in error.__notes__
    assert error.entry_id is not None
    assert "sandbox-key" not in repr(error) + str(error.hint)


@pytest.mark.parametrize(
    ("picture", "prompt", "options", "kind"),
    [
        ("none.jpg", "x", {}, seedcli.BadInput),
        ("a\0b.jpg", "x", {}, seedcli.BadInput),
        (".", "x", {}, seedcli.BadInput),
        ("*.jpg", "x", {}, seedcli.BadInput),
        ("-", "x", {}, seedcli.BadInput),
        ("http://example.com/a.jpg", "x", {}, seedcli.BadInput),
        (b"", "x", {"output": "o.jpg"}, seedcli.BadInput),
        (b"no picture", "x", {"output": "o.jpg"}, seedcli.BadInput),
        (b"\xff\xd8\xff", "x", {}, seedcli.UsageError),
        ("cat.jpg", " ", {}, seedcli.UsageError),
        ("cat.jpg", "x", {"seed": -2}, seedcli.UsageError),
        ("cat.jpg", "x", {"guidance_scale": float("nan")}, seedcli.UsageError),
        ("cat.jpg", "x", {"model": "sededit"}, seedcli.UsageError),
        ("cat.jpg", "x", {"output": "-"}, seedcli.UsageError),
        ("cat.jpg", "x", {"output": "none/o.jpg"}, seedcli.BadOutput),
        ("cat.jpg", "x", {"output": "cat.jpg"}, seedcli.BadOutput),
        ("cat.jpg", "x", {"api_key": "two words"}, seedcli.BadKey),
        ("cat.jpg", "x", {"base_url": "http://example.com"}, seedcli.ConfigError),
        ("cat.jpg", "x", {"profile": "none"}, seedcli.ConfigError),
        ("cat.jpg", "x", {"config": "none.toml"}, seedcli.ConfigError),
        ("cat.jpg", "x", {"base_url": "http://127.0.0.1:1", "retries": 0}, seedcli.Undelivered),
    ],
)
def test_what_cant_be_is_refused_and_nothing_is_sent(
    folder: Folder, picture: Any, prompt: str, options: dict[str, Any], kind: type[seedcli.SeedError]
) -> None:
    gateway = folder()
    with pytest.raises(kind) as caught:
        seedcli.edit(picture, prompt, **options)
    assert type(caught.value) is kind
    assert gateway.stats().edits_begun == 0


def test_no_key_is_an_error_of_its_own(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder()
    monkeypatch.delenv("SEEDCLI_API_KEY")
    with pytest.raises(seedcli.NoKey):
        seedcli.edit("cat.jpg", "x")


def test_a_dry_run_in_the_environment_sends_nothing(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = folder()
    monkeypatch.setenv("SEEDCLI_DRY_RUN", "1")
    with pytest.raises(seedcli.UsageError, match="dry_run"):
        seedcli.edit("cat.jpg", "x")
    assert gateway.stats().edits_begun == 0


def test_a_budget_in_the_environment_holds(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = folder()
    monkeypatch.setenv("SEEDCLI_PRICE_PER_IMAGE", "0.04")
    with pytest.raises(seedcli.OverBudget):
        seedcli.edit("cat.jpg", "x", max_cost=0.03)
    assert gateway.stats().edits_begun == 0


def test_an_option_that_is_none_is_a_type_error(folder: Folder) -> None:
    folder()
    with pytest.raises(TypeError, match="sede"):
        seedcli.edit("cat.jpg", "x", sede=1)  # type: ignore[call-arg]


def test_a_prompt_that_is_no_text_is_a_type_error(folder: Folder) -> None:
    folder()
    with pytest.raises(TypeError, match="must be text"):
        seedcli.edit("cat.jpg", None)  # type: ignore[arg-type]  # that is what is tried


def test_an_interrupted_edit_is_in_doubt_once_it_was_sent(folder: Folder) -> None:
    gateway = folder(latency_s=30.0)

    def press_ctrl_c(event: Event) -> None:
        if event.stage is Stage.EDITING:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        seedcli.edit("cat.jpg", "x", on_event=press_ctrl_c)
    with pytest.raises(seedcli.InDoubt):
        seedcli.edit("cat.jpg", "x")
    assert gateway.stats().edits_begun == 1


def test_edit_does_not_block_an_event_loop(folder: Folder) -> None:
    folder()

    async def scenario() -> None:
        with pytest.raises(seedcli.UsageError) as caught:
            seedcli.edit("cat.jpg", "x")
        assert "aedit" in (caught.value.hint or "")

    asyncio.run(scenario())


def test_a_file_whose_name_is_a_pattern_or_a_dash_is_that_file(folder: Folder, tmp_path: Path) -> None:
    folder()
    for name in ("a[1].jpg", "-", "-x.jpg"):
        shutil.copy(CAT, tmp_path / name)
        assert seedcli.edit(name, f"for {name}", output="results/").path.exists()


# The package


def test_everything_that_the_package_names_is_there() -> None:
    assert {name for name in seedcli.__all__ if getattr(seedcli, name, None) is None} == set()
    assert set(seedcli.__all__) <= set(dir(seedcli))
    public = {name for name, found in vars(errors).items() if inspect.isclass(found)}
    raised = {name for name in public if issubclass(getattr(errors, name), errors.SeedError)}
    assert raised - {"Interrupted"} <= set(seedcli.__all__)
    with pytest.raises(AttributeError, match="nothing_of_that_name"):
        seedcli.nothing_of_that_name  # noqa: B018


def test_importing_the_package_loads_nothing_and_editing_loads_no_typer_or_rich(folder: Folder) -> None:
    folder()
    code = (
        "import sys; before = set(sys.modules); import seedcli; "
        "print(sorted(name for name in set(sys.modules) - before)); "
        "seedcli.edit('cat.jpg', 'x'); print([n for n in ('typer', 'rich', 'click') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=os.environ)
    assert done.stdout.splitlines() == ["['seedcli']", "[]"], done.stderr


def test_both_doors_take_the_same_arguments() -> None:
    one, other = inspect.signature(seedcli.edit), inspect.signature(seedcli.aedit)
    assert one.parameters == other.parameters
