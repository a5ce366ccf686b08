"""`starwatch`: one command for every part. A part's module is loaded when one of its commands is asked for."""

import importlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from analyzer.errors import (
    AnalyzerError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    QuerySyntaxError,
)
from sensor.errors import SensorError
from sensor.settings import data_folder

FAILED, USAGE, ENVIRONMENT = 1, 2, 3
"""Exit codes: it found something or was refused; the command was wrong; the machine or its set-up is."""

CODES: tuple[tuple[tuple[type[Exception], ...], int], ...] = (
    ((QuerySyntaxError, InvalidError), USAGE),
    ((ForbiddenError, NotFoundError, ConflictError), FAILED),
    ((AnalyzerError, SensorError, OSError), ENVIRONMENT),
)
"""What a fault that no command caught itself ends with; the first that fits."""


@dataclass(frozen=True, slots=True)
class Part:
    """Where a command comes from. extra: what has to be installed for it (starwatch[extra])."""

    module: str
    name: str
    help: str
    extra: str = "analyzer"


PARTS: Mapping[str, Part] = {
    "up": Part(
        "console.commands", "up_app", "Start the whole appliance; Ctrl-C stops it. 启动整机。", "console"
    ),
    "sensor": Part("sensor.cli", "sensor_app", "Packets to events. 把数据包变成事件。", "sensor"),
    "analyzer": Part("analyzer.cli", "analyzer_app", "Events to alerts. 把事件变成告警。"),
    "console": Part("console.commands", "console_app", "Serve people. 控制台。", "console"),
    "analyze": Part("analyzer.cli", "analyze", "Detections of files, without a server. 离线检测。"),
    "search": Part("analyzer.cli", "search", "Search the events. 检索事件。"),
    "alerts": Part("analyzer.cli", "alerts_app", "List, show and judge alerts. 告警。"),
    "packets": Part(
        "console.evidence.commands", "packets_app", "Packets of the past. 历史数据包。", "console"
    ),
    "rules": Part("analyzer.cli", "rules_app", "List, check and test rules. 规则。"),
    "audit": Part("analyzer.cli", "audit_app", "Read the audit trail. 审计记录。"),
    "accounts": Part(
        "console.commands", "accounts_app", "List accounts, reset a password. 账号。", "console"
    ),
    "doctor": Part("sensor.cli", "doctor", "Whether a tap sees all. 检查采集接口。", "sensor"),
    "status": Part("analyzer.cli", "status", "How the appliance is. 运行状态。"),
}
"""Every command, in the order help shows them."""


class Parts(TyperGroup):
    """Knows the name and help of every command, and loads the one that is asked for."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name, part in PARTS.items():
            self.add_command(TyperCommand(name, help=part.help))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, _, rest = super().resolve_command(ctx, args)
        command = load(str(name))
        if ctx.params.get("as_json"):
            ctx.default_map = {name: in_json(command)}
        return name, command, rest


def load(name: str) -> Any:
    """The command of a part; without its extra, one line says what to install."""
    part = PARTS[name]
    try:
        found = getattr(importlib.import_module(part.module), part.name)
    except ModuleNotFoundError as fault:
        say(f"{name}: {fault.name} is not installed", f"pip install 'starwatch[{part.extra}]'")
        raise typer.Exit(ENVIRONMENT) from fault
    command = typer.main.get_command(found if isinstance(found, typer.Typer) else alone(found))
    command.name = name
    return command


def in_json(command: Any) -> dict[str, Any]:
    """`starwatch --json …` is the default of every command's own --json."""
    return {"as_json": True} | {name: in_json(it) for name, it in getattr(command, "commands", {}).items()}


def alone(function: Any) -> typer.Typer:
    """An application of one command."""
    app = typer.Typer(add_completion=False)
    app.command()(function)
    return app


app = typer.Typer(
    cls=Parts,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


@app.callback()
def starwatch(
    context: typer.Context,
    data: Annotated[
        Path | None, typer.Option(envvar="STARWATCH_DATA", help="Data folder, ./var if not said. 数据目录。")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON. 以 JSON 输出。")] = False,
) -> None:
    """StarWatch 满天星: watches networks, says what it saw and why it matters. 网络安全监测与态势感知。"""
    context.obj = data_folder(data)


def say(message: str, hint: str = "") -> None:
    """One line for people; what to do on the next."""
    typer.echo(f"starwatch: {message}", err=True)
    if hint:
        typer.echo(f"  {hint}", err=True)


def main() -> None:
    try:
        app()
    except (AnalyzerError, SensorError, OSError) as fault:
        say(str(fault), getattr(fault, "hint", ""))
        sys.exit(next(code for kinds, code in CODES if isinstance(fault, kinds)))


if __name__ == "__main__":
    main()
