"""Run by Alembic with the writer's own connection: the program migrates itself at start, there is no alembic.ini."""

from alembic import context

from analyzer.state.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
