from pathlib import Path

import pytest

from analyzer.errors import StoreError
from analyzer.store.base import EVERYTHING, Search
from analyzer.store.select import open_reader, open_writer


def test_a_reader_sees_what_the_writer_committed(tmp_path: Path) -> None:
    writer = open_writer(tmp_path, heap_bytes=64 << 20)
    writer.append("events", b'{"@timestamp":"2026-03-02T00:00:00Z"}', 0)
    writer.commit()
    assert open_reader(tmp_path).search(Search(EVERYTHING)).total == 1
    writer.close()
    open_writer(tmp_path).close()


@pytest.mark.parametrize("opens", [open_reader, open_writer])
@pytest.mark.parametrize(
    ("backend", "said"), [("elastic", "not built in this version"), ("files", "no store")]
)
def test_a_store_this_version_lacks_is_named(tmp_path: Path, opens: object, backend: str, said: str) -> None:
    assert callable(opens)
    with pytest.raises(StoreError, match=said) as caught:
        opens(tmp_path, backend)
    assert "embedded" in caught.value.hint
