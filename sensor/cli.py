"""`starwatch sensor …`: read captures, run the two processes, hand in files."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from sensor.capture.folder import NEW, PLAY, DropFolder
from sensor.capture.replay import Pace, Replay
from sensor.capture.survey import described, measure
from sensor.decode import decode_files
from sensor.doctor import Finding, examine
from sensor.errors import CaptureError, SensorError, SettingsError
from sensor.extract import Vault
from sensor.process import json_logs
from sensor.runtime import run_capture, run_link
from sensor.settings import SensorSettings, data_folder, load_settings

FAILED, USAGE, ENVIRONMENT = 1, 2, 3
"""Exit codes: something could not be read, the command was wrong, the machine or its set-up is."""

sensor_app = typer.Typer(no_args_is_help=True, help="Packets to events. 把数据包变成事件。")

Threads = Annotated[int, typer.Option(min=0, max=256, help="Decoder threads; 0: one per core. 解码线程数。")]


def settings_of(context: typer.Context) -> SensorSettings:
    """Of the data folder that `starwatch --data` named."""
    chosen = context.obj if isinstance(context.obj, Path) else None
    return load_settings(data_folder(chosen))


def fail(fault: SensorError | OSError, code: int) -> NoReturn:
    """One line for people; what to do on the next."""
    typer.echo(f"starwatch: {fault}", err=True)
    hint = getattr(fault, "hint", "")
    if hint:
        typer.echo(f"  {hint}", err=True)
    raise typer.Exit(code)


def guarded(action: Callable[[], None]) -> None:
    """Run it; a fault becomes a line and an exit code."""
    try:
        action()
    except CaptureError as fault:
        fail(fault, FAILED)
    except (SensorError, OSError) as fault:
        fail(fault, ENVIRONMENT)


@sensor_app.command()
def read(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="pcap or pcapng, plain, .gz or .zst. 抓包文件。")],
    threads: Threads = 0,
    stats: Annotated[bool, typer.Option("--stats", help="Counters to stderr as JSON. 统计输出。")] = False,
    kept: Annotated[
        Path | None,
        typer.Option("--files", help="Keep carved files in this folder. 提取出的文件存入此目录。"),
    ] = None,
) -> None:
    """Print the events of capture files as JSON lines. 以 JSON 行输出抓包文件中的事件。"""

    def action() -> None:
        settings = replace(settings_of(context), threads=threads)
        counters = (
            (lambda path, found: typer.echo(json.dumps({"file": str(path), **found}), err=True))
            if stats
            else None
        )
        vault = Vault(kept, max_bytes=sys.maxsize) if kept else None
        for ndjson in decode_files(files, settings, counters, vault):
            sys.stdout.buffer.write(ndjson)
        sys.stdout.buffer.flush()

    guarded(action)


@sensor_app.command()
def run(
    context: typer.Context,
    replay: Annotated[
        list[Path] | None,
        typer.Option("--replay", help="Play this capture as live traffic. 按实时流量回放。"),
    ] = None,
    speed: Annotated[float, typer.Option(min=0.001, help="Times as fast as recorded. 回放倍速。")] = 1.0,
    rate: Annotated[float, typer.Option(min=0, help="Packets a second instead. 每秒包数。")] = 0.0,
    loop: Annotated[int, typer.Option(min=0, help="How often; 0: for ever. 循环次数，0 为不停。")] = 1,
    interface: Annotated[
        list[str] | None,
        typer.Option("--interface", "-i", help="Listen on it; may be said again. 监听的网络接口，可重复。"),
    ] = None,
) -> None:
    """The capture process: drop folder and live source into the outbox. 采集进程。"""
    json_logs()

    def action() -> None:
        settings = settings_of(context)
        if interface:
            settings = replace(settings, interfaces=tuple(interface))
        source = Replay(replay, Pace(speed, rate, loop)) if replay else None
        run_capture(settings, source, replay or ())

    guarded(action)


@sensor_app.command()
def interfaces(
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of text. 以 JSON 输出。")] = False,
) -> None:
    """The network interfaces and what arrives on each, measured for two seconds. 列出网络接口及其流量。"""

    def action() -> None:
        rates = measure()
        if as_json:
            typer.echo(json.dumps([asdict(each) for each in rates]))
        else:
            typer.echo(described(rates))

    guarded(action)


MARKS = {"good": "✓", "note": "!", "bad": "✗"}


def doctor(
    interface: Annotated[
        str, typer.Option("--interface", "-i", help="The interface to examine. 要检查的接口。")
    ],
    seconds: Annotated[float, typer.Option(min=0.1, help="How long to listen. 监听秒数。")] = 5.0,
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of text. 以 JSON 输出。")] = False,
) -> None:
    """Listen for some seconds and say whether the interface shows all of the traffic. 检查接口是否看全流量。"""

    def action() -> None:
        findings = examine(interface, seconds)
        if as_json:
            typer.echo(json.dumps([asdict(each) for each in findings], ensure_ascii=False))
        else:
            typer.echo("\n".join(line for each in findings for line in told(each)))
        if any(each.verdict == "bad" for each in findings):
            raise typer.Exit(FAILED)

    guarded(action)


def told(finding: Finding) -> list[str]:
    """A line for what was found, one for how to mend it."""
    lines = [f"{MARKS[finding.verdict]} {finding.check:<11} {' · '.join(finding.found)}"]
    if finding.mend[0]:
        lines.append(f"  {'':<11} → {' · '.join(finding.mend)}")
    return lines


@sensor_app.command("filter")
def compile_filter(
    expression: Annotated[str, typer.Argument(help="As for tcpdump, e.g. 'not port 873'. 过滤表达式。")],
) -> None:
    """Turn a capture expression into what the setting `filter` takes; tcpdump does it. 编译抓包过滤表达式。"""
    try:
        done = subprocess.run(
            ["tcpdump", "-ddd", "-y", "EN10MB", expression], capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        fail(
            SettingsError("there is no tcpdump here", hint="install tcpdump, or compile elsewhere"),
            ENVIRONMENT,
        )
    if done.returncode != 0:
        fail(SettingsError(done.stderr.strip(), hint="see man pcap-filter"), USAGE)
    typer.echo(",".join(done.stdout.split("\n")).rstrip(","))


@sensor_app.command()
def link(context: typer.Context) -> None:
    """The link process: outbox to the analyzer. 上送进程。"""
    json_logs()
    guarded(lambda: run_link(settings_of(context)))


@sensor_app.command()
def submit(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="Capture files to read once. 待分析的抓包文件。")],
    play: Annotated[
        bool, typer.Option("--play", help="Play them as live traffic, at their pace. 按实时流量回放。")
    ] = False,
) -> None:
    """Copy capture files into the drop folder of the running sensor. 提交抓包文件。"""

    def action() -> None:
        folder = DropFolder(settings_of(context).captures, inlet=PLAY if play else NEW)
        for path in files:
            typer.echo(folder.submit(path).name)

    guarded(action)
