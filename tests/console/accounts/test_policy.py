"""What a password must be."""

import pytest

from console.accounts.policy import MIN_LENGTH, blocklist, check_new
from console.errors import ConsoleError


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("a" * (MIN_LENGTH - 1), "password_short"),
        ("", "password_short"),
        ("夜班分析员的口令", "password_short"),
        ("my-wanglei-secret", "password_named"),
        ("MY-WANGLEI-SECRET", "password_named"),
        ("ｗａｎｇｌｅｉ secret words", "password_named"),
        ("the analyst 王磊 of night", "password_named"),
        ("Passw0rd2026!", "password_common"),
        ("administrator1", "password_common"),
        ("1qaz2wsx3edc4rfv", "password_common"),
        ("StarWatch@2026", "password_common"),
        ("abababababababab", "password_common"),
        ("123456789012", "password_common"),
        ("the current password", "password_same"),
    ],
)
def test_a_weak_password_is_refused(password: str, code: str) -> None:
    with pytest.raises(ConsoleError) as refused:
        check_new(password, names=("wanglei", "王磊 of"), current="the current password")
    assert refused.value.code == code


@pytest.mark.parametrize(
    "password", ["four unrelated words", "夜班不眠的分析员看守着满天的星辰", "kX9#mP2$vL7q"]
)
def test_a_good_password_passes(password: str) -> None:
    check_new(password, names=("wanglei", "王磊"))


def test_a_name_too_short_to_mean_anything_is_no_reason() -> None:
    check_new("four unrelated words", names=("o", "re"))


def test_the_blocklist_is_data_people_can_read() -> None:
    assert len(blocklist()) > 100
    assert not any(it.startswith("#") or it != it.strip() for it in blocklist())
