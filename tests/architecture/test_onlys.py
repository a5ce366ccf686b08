"""The four "only"s of the design, and the licences' one."""

import re
from pathlib import Path

from tests.architecture.modules import imports, module_name, sources
from tests.corpus import ROOT


def importers(wanted: str) -> set[str]:
    return {
        module_name(path)
        for path in sources()
        for _, target in imports(path)
        if target == wanted or target.startswith(wanted + ".")
    }


def test_only_select_names_the_backends() -> None:
    outside = {
        name
        for backend in ("analyzer.store.embedded", "analyzer.store.elastic")
        for name in importers(backend)
        if not name.startswith(backend)
    }
    assert outside == {"analyzer.store.select"}


def test_only_the_api_and_app_name_fastapi() -> None:
    naming = importers("fastapi") | importers("starlette")
    assert naming
    assert not {name for name in naming if name != "console.app" and not name.startswith("console.api")}


def test_only_the_binding_crates_name_pyo3() -> None:
    naming = {
        path.parent.relative_to(ROOT).as_posix()
        for path in [*ROOT.glob("sensor/rust/*/Cargo.toml"), *ROOT.glob("analyzer/rust/*/Cargo.toml")]
        if re.search(r"^pyo3\b", path.read_text(), re.MULTILINE)
    }
    assert naming == {"sensor/rust/py", "analyzer/rust/py"}


def test_only_runtimes_know_the_order_of_stages() -> None:
    """Whoever wires two stages of one process together is its runtime (or the command line that starts it)."""
    stages = {
        "sensor": {"capture", "decode", "outbox", "link"},
        "analyzer": {"inbox", "detect", "alerting", "store"},
    }
    allowed = {"sensor.runtime", "sensor.cli", "analyzer.runtime", "analyzer.cli"}
    for package, names in stages.items():
        for path in sources():
            name = module_name(path)
            if name in allowed or not name.startswith(package + "."):
                continue
            used = {
                target.split(".")[1] for _, target in imports(path) if target.startswith(package + ".")
            } & names
            used -= {name.split(".")[1]}
            assert len(used) <= 1, f"{name} wires {sorted(used)}"


def test_no_product_module_imports_scapy() -> None:
    """scapy is GPL-2.0-only: traffic makers are stand-alone scripts, run as child processes."""
    assert not importers("scapy")


CAPTURE = Path("sensor/rust/capture")


def test_unsafe_code_is_forbidden_in_every_crate() -> None:
    bindings = {Path("sensor/rust/py"), Path("analyzer/rust/py")}
    forbidding, denying = set(), set()
    for manifest in [*ROOT.glob("sensor/rust/*/Cargo.toml"), *ROOT.glob("analyzer/rust/*/Cargo.toml")]:
        crate = manifest.parent.relative_to(ROOT)
        text = (manifest.parent / "src" / "lib.rs").read_text() if crate.name != "fuzz" else ""
        forbidding |= {crate} if "#![forbid(unsafe_code)]" in text else set()
        denying |= {crate} if "#![deny(unsafe_code)]" in text else set()
        assert crate in forbidding | denying | bindings or crate.name == "fuzz", crate
    assert denying == {Path("sensor/rust/capture")}


def test_only_the_system_calls_of_live_capture_are_unsafe() -> None:
    """Crate capture denies it; the one module that maps the kernel's ring may, and says of each block why."""
    crate = ROOT / "sensor" / "rust" / "capture"
    texts = {path.relative_to(crate).as_posix(): path.read_text() for path in crate.glob("src/**/*.rs")}
    using = {name for name, text in texts.items() if re.search(r"allow\(unsafe_code\)|\bunsafe\s*[{(]", text)}
    assert using == {"src/live/sys.rs"}
    text = texts["src/live/sys.rs"]
    assert text.count("SAFETY:") >= text.count("unsafe {") > 0
