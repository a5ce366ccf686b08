"""`starwatch analyzer | alerts | audit | search | status | analyze`: the analyzer from its own machine's command line.

Changes go through the control service like everybody's; readings come from the files. Exit codes (DESIGN §4): 0 fine,
1 something found or a check failed, 2 usage, 3 environment.
"""

import asyncio
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from analyzer.alerting import queue
from analyzer.alerting.document import timestamp
from analyzer.control import ask
from analyzer.detect.registry import detectors
from analyzer.errors import AnalyzerError, ConflictError, InvalidError, NotFoundError, QuerySyntaxError
from analyzer.ledger import LOCAL, Actor, Entry, LedgerReader
from analyzer.records import Detection, Stamps
from analyzer.rulebook import load, shipped
from analyzer.rulebook.cli import rules_app
from analyzer.runtime import serve
from analyzer.settings import AnalyzerSettings, load_settings
from analyzer.state import close, open_reader
from analyzer.store.base import EVERYTHING, Search
from analyzer.store.lucene import parse
from analyzer.store.select import open_reader as open_store
from sensor.decode import decode_files
from sensor.errors import SensorError
from sensor.process import json_logs
from sensor.settings import data_folder
from sensor.settings import load_settings as load_sensor_settings

FOUND, USAGE, ENVIRONMENT = 1, 2, 3
EVENT_FILES = (".ndjson", ".jsonl", ".json")
# Events handed to the detectors at once: the matcher is fastest on batches.
LINES_BYTES = 1 << 20
ME = Actor(LOCAL)

analyzer_app = typer.Typer(no_args_is_help=True, help="Events to alerts. 把事件变成告警。")
alerts_app = typer.Typer(no_args_is_help=True, help="List, show and judge alerts. 告警。")
audit_app = typer.Typer(no_args_is_help=True, help="Read the audit trail. 审计记录。")

Json = Annotated[bool, typer.Option("--json", help="JSON instead of a table. 以 JSON 输出。")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=500, help="At most so many. 最多条数。")]


def settings_of(context: typer.Context) -> AnalyzerSettings:
    """Of the data folder that `starwatch --data` named."""
    chosen = context.obj if isinstance(context.obj, Path) else None
    return load_settings(data_folder(chosen))


@contextmanager
def guarded() -> Iterator[None]:
    """What went wrong as a line, what to do as the next, and the exit code that says whose turn it is."""
    try:
        yield
    except QuerySyntaxError as fault:
        raise leave(f"{fault} (characters {fault.start} to {fault.end})", fault.hint, USAGE) from fault
    except InvalidError as fault:
        raise leave(str(fault), fault.hint, USAGE) from fault
    except (NotFoundError, ConflictError) as fault:
        raise leave(str(fault), fault.hint, FOUND) from fault
    except (AnalyzerError, SensorError) as fault:
        raise leave(str(fault), fault.hint, ENVIRONMENT) from fault
    except OSError as fault:
        raise leave(str(fault), "", ENVIRONMENT) from fault


def leave(message: str, hint: str, code: int) -> typer.Exit:
    typer.echo(f"starwatch: {message}", err=True)
    if hint:
        typer.echo(f"  {hint}", err=True)
    return typer.Exit(code)


@analyzer_app.callback()
@audit_app.callback()
def _group() -> None:
    """One command is a group too: without this Typer would leave its name out."""


@analyzer_app.command()
def run(context: typer.Context) -> None:
    """Take events from sensors, detect, alert, store; until SIGTERM. 运行分析进程。"""
    json_logs()
    with guarded():
        asyncio.run(serve(settings_of(context)))


@alerts_app.command("list")
def list_alerts(
    context: typer.Context,
    status: Annotated[list[str] | None, typer.Option(help="open, acknowledged, … 状态。")] = None,
    level: Annotated[list[str] | None, typer.Option(help="low, medium, … 级别。")] = None,
    text: Annotated[str, typer.Option(help="Words in title or entities. 关键词。")] = "",
    sort: Annotated[
        str, typer.Option(help="last, seen, level, score, count; - for descending. 排序。")
    ] = "-last",
    after: Annotated[str, typer.Option(help="`next` of the page before. 下一页标记。")] = "",
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """The alert queue. 告警队列。"""
    wanted = queue.Wanted(
        status=status or (), level=level or (), text=text, sort=sort, after=after, limit=limit
    )
    with guarded(), reading(context) as db:
        page = queue.page(db, wanted)
    if as_json:
        show_json({"items": page.items, "total": page.total, "next": page.next})
        return
    table = Table(
        Column("group", no_wrap=True), "level", "title", "标题", "platforms", "count", "last", "status"
    )
    for item in page.items:
        rule, last = item["rule"], timestamp(int(item["last_ns"]))
        row = (item["group"], rule["level"], rule["title"], rule["title_zh"], " ".join(item["platforms"]))
        table.add_row(*map(plain, (*row, str(item["count"]), last, item["status"])))
    Console().print(table)
    typer.echo(f"{len(page.items)} of {page.total}")


@alerts_app.command("show")
def show_alert(context: typer.Context, group: str) -> None:
    """One group with its alerts and history, as JSON. 告警详情。"""
    with guarded(), reading(context) as db:
        found = {
            "group": queue.read_group(db, group),
            "alerts": queue.read_alerts(db, group),
            "history": queue.read_history(db, group),
        }
    show_json(found)


@alerts_app.command("verdict")
def judge_alert(
    context: typer.Context,
    group: str,
    verdict: Annotated[str, typer.Argument(help="acknowledged, escalated, false_positive or open. 结论。")],
    reason: Annotated[str, typer.Option(help="Why; a false positive needs it. 理由。")] = "",
    as_json: Json = False,
) -> None:
    """Judge a group. 处置告警。"""
    with guarded():
        with reading(context) as db:
            version = queue.read_group(db, group)["version"]
        params = {"group": group, "verdict": verdict, "reason": reason, "version": version}
        changed = ask(settings_of(context).control_socket, "alert.verdict", ME, params)
    if as_json:
        show_json(changed)
    else:
        typer.echo(f"{group}: {changed['status']}")


@audit_app.command("list")
def list_audit(
    context: typer.Context,
    before: Annotated[int | None, typer.Option(help="Older than this index. 早于该序号。")] = None,
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """The newest audit records. 最近的审计记录。"""
    with guarded():
        entries = LedgerReader(settings_of(context).ledger).newest(limit, before)
    if as_json:
        show_json([audit_json(entry) for entry in entries])
        return
    table = Table("index", "time", "who", "from", "action", "object", "result", "reason")
    for entry in entries:
        it = entry.record
        who, what = (it.actor.account, it.actor.address), (it.action, f"{it.kind} {it.object}")
        table.add_row(*map(plain, (str(entry.index), timestamp(it.at_ns), *who, *what, it.result, it.reason)))
    Console().print(table)


def search(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help="Lucene syntax over ECS names. 检索语句。")],
    kind: Annotated[str, typer.Option(help="events or alerts. 种类。")] = "events",
    limit: Limit = 50,
) -> None:
    """Search the store; one JSON document a line. Exit code 1 when nothing was found. 检索事件。"""
    with guarded():
        store = open_store(settings_of(context).store)
        try:
            page = store.search(Search(EVERYTHING, kind=kind, query=parse(query, time.time_ns()), size=limit))
        finally:
            store.close()
    for hit in page.hits:
        typer.echo(json.dumps(hit, ensure_ascii=False))
    typer.echo(f"{len(page.hits)} of {page.total}, {page.took_ms} ms", err=True)
    raise typer.Exit(0 if page.hits else FOUND)


def status(context: typer.Context, as_json: Json = False) -> None:
    """How the appliance is; exit code 1 when there are warnings. 运行状态。"""
    with guarded():
        found = ask(settings_of(context).control_socket, "status.read", ME)
    if as_json:
        show_json(found)
    else:
        for name in ("pipeline", "store", "inbox", "latency", "rules", "disk", "retention"):
            typer.echo(f"{name}: " + ", ".join(f"{key} {value}" for key, value in found[name].items()))
        for warning in found["warnings"]:
            typer.echo(f"warning: {warning['code']} {json.dumps(warning['params'], ensure_ascii=False)}")
    raise typer.Exit(FOUND if found["warnings"] else 0)


def analyze(
    context: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(help="Captures, or events as .ndjson or .jsonl. 抓包或事件文件。")
    ],
    rules: Annotated[Path | None, typer.Option("--rules", help="Rule folder. 规则目录。")] = None,
) -> None:
    """What the rules say of files, one detection a line, without a server; exit code 1 when there is one. 离线检测。"""
    found = 0
    with guarded():
        chosen = context.obj if isinstance(context.obj, Path) else None
        captures = load_sensor_settings(data_folder(chosen))
        asked = detectors(load(rules or shipped()))
        for path in files:
            for ndjson in event_lines(path) if path.suffix in EVENT_FILES else decode_files([path], captures):
                for detection in (it for one in asked for it in one.detect(ndjson, Stamps(packet=0))):
                    found += 1
                    show_json({"file": str(path), **detection_json(detection)})
    raise typer.Exit(FOUND if found else 0)


def event_lines(path: Path) -> Iterator[bytes]:
    """The file's lines, some thousands at a time."""
    with path.open("rb") as file:
        while lines := file.readlines(LINES_BYTES):
            yield b"".join(lines)


def detection_json(detection: Detection) -> Mapping[str, Any]:
    rule = detection.rule
    return {
        "rule": {"id": rule.id, "title": rule.title, "title_zh": rule.title_zh, "level": rule.level},
        "conditions": [asdict(condition) for condition in detection.conditions],
        "event": detection.event,
    }


@contextmanager
def reading(context: typer.Context) -> Iterator[Any]:
    """A session that can change nothing."""
    sessions = open_reader(settings_of(context).database)
    try:
        with sessions() as db:
            yield db
    finally:
        close(sessions)


def audit_json(entry: Entry) -> Mapping[str, Any]:
    return {"index": entry.index, **asdict(entry.record)}


def show_json(document: Any) -> None:
    typer.echo(json.dumps(document, ensure_ascii=False))


def plain(text: str) -> str:
    """Text from the network as text: no terminal escapes, no markup of Rich (it reads [ as a tag)."""
    return "".join(it if it.isprintable() else "?" for it in text).replace("[", r"\[")


__all__ = ["alerts_app", "analyze", "analyzer_app", "audit_app", "rules_app", "search", "status"]
