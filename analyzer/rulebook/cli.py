"""`starwatch rules`: list, check, test, lock, import."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from analyzer.errors import RulebookError
from analyzer.rulebook import commands
from analyzer.rulebook.book import SITE, Rulebook, load
from analyzer.rulebook.cases import run_cases
from analyzer.rulebook.engine import engine_faults, run_samples
from analyzer.rulebook.folder import Fault, shipped
from analyzer.rulebook.importing import import_rules
from sensor.settings import data_folder

rules_app = typer.Typer(
    help="Sigma and YARA rules: list, check, test, lock, import. 规则。", no_args_is_help=True
)

# DESIGN §4: 0 fine, 1 found or failed check, 2 usage, 3 environment.
FAILED = 1
ENVIRONMENT = 3

Root = Annotated[Path | None, typer.Option("--rules", help="Rule folder; the shipped one unless said.")]
Json = Annotated[bool, typer.Option("--json", help="JSON instead of a table.")]


def opened(root: Path | None) -> tuple[Path, Rulebook]:
    folder = root or shipped()
    try:
        return folder, load(folder)
    except RulebookError as error:
        raise refuse(error) from error


def refuse(error: RulebookError) -> typer.Exit:
    typer.echo(f"{error}\n{error.hint}", err=True)
    return typer.Exit(ENVIRONMENT)


@rules_app.command("list")
def list_rules(rules: Root = None, as_json: Json = False) -> None:
    """The rules in force, and the faults of the others."""
    _, book = opened(rules)
    if as_json:
        typer.echo(json.dumps(commands.listing(book), ensure_ascii=False))
        return
    table = Table("level", "title", "标题", "path")
    for rule in (*book.rules, *book.yara.records):
        table.add_row(rule.level, rule.title, rule.title_zh, rule.path)
    Console().print(table)
    show_faults(book.faults)
    counts = f"{len(book.rules)} Sigma rules, {len(book.yara.rules)} YARA rules"
    typer.echo(f"{counts}, {len(book.faults)} faults, content {book.content_version}")


@rules_app.command("check")
def check_rules(
    rules: Root = None,
    as_json: Json = False,
    quick: Annotated[bool, typer.Option("--quick", help="Without pySigma.")] = False,
) -> None:
    """Everything wrong with the rule folder; exit code 1 when something is."""
    folder, book = opened(rules)
    try:
        faults = [*commands.check(book, folder, deep=not quick), *engine_faults(book.yara)]
    except RulebookError as error:
        raise refuse(error) from error
    if as_json:
        typer.echo(json.dumps([asdict(fault) for fault in faults], ensure_ascii=False))
    else:
        show_faults(faults)
        counts = f"{len(book.rules)} Sigma and {len(book.yara.rules)} YARA rules"
        typer.echo(f"{counts} read, {len(faults)} faults")
    raise typer.Exit(FAILED if faults else 0)


@rules_app.command("test")
def test_rules(
    cases: Annotated[Path, typer.Option("--cases", help="Folder of cases, one folder a rule.")],
    rules: Root = None,
    as_json: Json = False,
) -> None:
    """Every rule on its events that must fire and its near misses; exit code 1 when one is wrong."""
    _, book = opened(rules)
    try:
        results = [*run_cases(book, cases), *run_samples(book.yara, cases)]
    except RulebookError as error:
        raise refuse(error) from error
    failed = [result for result in results if not result.passed]
    if as_json:
        typer.echo(json.dumps([asdict(result) for result in results], ensure_ascii=False))
    else:
        for result in failed:
            lines = ", ".join(map(str, result.wrong))
            typer.echo(f"{result.case}: {result.message or f'wrong lines: {lines}'}")
        typer.echo(f"{len(results) - len(failed)} of {len(results)} cases hold")
    raise typer.Exit(FAILED if failed else 0)


@rules_app.command("lock")
def lock_rules(rules: Root = None) -> None:
    """Write rules.lock anew: what lies in the folder now is what is meant."""
    typer.echo(f"locked {commands.lock(rules or shipped())} files")


@rules_app.command("import")
def import_set(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="A rule file, or a folder of them. 规则文件或目录。")],
    name: Annotated[str, typer.Option("--name", help="Name of the set; the path's unless said.")] = "",
    as_json: Json = False,
) -> None:
    """Copy a public Sigma or YARA set into the site's rules and say what of it is in force. 导入公共规则集。"""
    site = data_folder(context.obj if isinstance(context.obj, Path) else None) / "rules"
    try:
        imported = import_rules(path, site, name or path.stem)
        book = load(shipped(), site)
        faults = [*imported.skipped, *book.faults, *engine_faults(book.yara)]
    except RulebookError as error:
        raise refuse(error) from error
    own = {f"{SITE}{it}" for it in imported.copied} | {it.path for it in imported.skipped}
    faults = [it for it in faults if it.path in own]
    if as_json:
        out = {"copied": imported.copied, "faults": [asdict(it) for it in faults]}
        typer.echo(json.dumps(out, ensure_ascii=False))
    else:
        show_faults(faults)
        whole = len({it.path for it in faults})
        typer.echo(f"{len(imported.copied)} files copied, {whole} with faults; reload the rules to use them")


def show_faults(faults: Sequence[Fault]) -> None:
    for fault in faults:
        place = f"{fault.path}:{fault.line}:{fault.column}"
        typer.echo(f"{place}: {fault.kind}: {fault.message} ({fault.hint})", err=True)
