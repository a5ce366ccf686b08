"""`starwatch up`, `starwatch console …` and `starwatch accounts …`."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.exc import OperationalError

from analyzer.state import close, open_reader
from console.accounts import bootstrap, manage
from console.app import run
from console.appliance import ApplianceError, up
from console.settings import load_settings
from sensor.process import json_logs

ENVIRONMENT = 3

up_app = typer.Typer(add_completion=False)
console_app = typer.Typer(no_args_is_help=True, help="Serve people. 控制台。")
accounts_app = typer.Typer(no_args_is_help=True, help="Accounts. 账号。")


Json = Annotated[bool, typer.Option("--json", help="JSON instead of text. 以 JSON 输出。")]


@up_app.command()
def start(
    context: typer.Context,
    demo: Annotated[bool, typer.Option("--demo", help="With a small town's traffic. 带演示流量。")] = False,
    replay: Annotated[
        Path | None,
        typer.Option("--replay", exists=True, help="Play this capture as live traffic. 按实时流量回放。"),
    ] = None,
    interface: Annotated[
        list[str] | None,
        typer.Option("--interface", "-i", help="Listen on it; may be said again. 监听的网络接口，可重复。"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Start the whole appliance; Ctrl-C stops it. 启动整机，按 Ctrl-C 停止。"""
    try:
        up(context.obj, replay=replay, demonstration=demo, interfaces=interface or (), as_json=as_json)
    except ApplianceError as fault:
        typer.echo(f"starwatch: {fault}\n  {fault.hint}", err=True)
        raise typer.Exit(ENVIRONMENT) from fault


@console_app.command("run")
def run_console(context: typer.Context) -> None:
    """The console process: HTTPS for browsers. 控制台进程。"""
    json_logs()
    run(load_settings(context.obj))


@console_app.callback()
def console() -> None:
    """One command is a group too: without this Typer would leave its name out."""


@accounts_app.command("list")
def list_accounts(context: typer.Context, as_json: Json = False) -> None:
    """Every account. 列出账号。"""
    state = open_reader(load_settings(context.obj).analyzer.database)
    try:
        accounts = manage.list_accounts(state)
    except OperationalError as fault:
        typer.echo(f"starwatch: the state cannot be read: {fault.orig}\n  start the appliance once", err=True)
        raise typer.Exit(ENVIRONMENT) from fault
    finally:
        close(state)
    if as_json:
        typer.echo(json.dumps(accounts, ensure_ascii=False))
        return
    for it in accounts:
        state_of = "disabled 停用" if it["disabled"] else "enabled 启用"
        typer.echo(f"{it['account']}  {it['name']}  {', '.join(it['roles'])}  {state_of}")


@accounts_app.command("reset")
def reset(
    context: typer.Context,
    account: Annotated[str, typer.Argument(help="Whose password. 账号。")],
    as_json: Json = False,
) -> None:
    """A new first password for somebody who lost theirs: printed once, recorded in the trail. 重置口令。"""
    made = bootstrap.reset_password(load_settings(context.obj), account)
    typer.echo(json.dumps(asdict(made)) if as_json else f"{made.account}: {made.password}")
