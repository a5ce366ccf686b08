"""Opening the state: one SQLite file. The analyzer writes, the console reads."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.orm import Session, sessionmaker

MIGRATIONS = Path(__file__).parent / "migrations"

# A writer waits this long for another one's transaction; each lasts milliseconds, so more is a fault worth seeing.
BUSY_MS = 5_000

Sessions = sessionmaker[Session]


def open_writer(location: Path) -> Sessions:
    """Sessions of the one writer, after the schema has been brought to the newest version."""
    engine = _engine(location, read_only=False)
    migrate(engine)
    return sessionmaker(engine, expire_on_commit=False)


def open_reader(location: Path) -> Sessions:
    """Sessions that cannot change anything; they see each commit of the writer at once."""
    return sessionmaker(_engine(location, read_only=True), expire_on_commit=False)


def close(sessions: Sessions) -> None:
    engine = sessions.kw["bind"]
    engine.dispose()


def migrate(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _engine(location: Path, *, read_only: bool) -> Engine:
    # As a URI: the only way to say `mode=ro`, and it escapes whatever the path is made of.
    query = {"uri": "true", "mode": "ro" if read_only else "rwc"}
    engine = create_engine(URL.create("sqlite", database=location.resolve().as_uri(), query=query))
    _listen(engine, read_only=read_only)
    return engine


def _listen(engine: Engine, *, read_only: bool) -> None:
    """Take transactions out of the driver's hands: it would begin them late and as readers, and then fail with
    `database is locked` where waiting was possible."""

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        if not read_only:
            connection.execute("PRAGMA journal_mode = WAL")
            # FULL: a commit survives a power cut, so the state is never behind what the store has committed.
            connection.execute("PRAGMA synchronous = FULL")

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
