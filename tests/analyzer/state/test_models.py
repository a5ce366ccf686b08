"""The shipped migrations make exactly what the models say."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from analyzer.state import Base
from tests.analyzer.state.fresh import fresh_state


def test_the_newest_migration_equals_the_models(tmp_path: Path) -> None:
    engine = fresh_state(tmp_path).kw["bind"]
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
        tables = engine.dialect.get_table_names(connection)
    engine.dispose()
    assert set(tables) == set(Base.metadata.tables) | {"alembic_version"}
