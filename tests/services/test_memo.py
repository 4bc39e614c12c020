"""What is kept, and that it stays bounded."""

from services.memo import Memo


def test_each_key_is_made_once() -> None:
    made: list[str] = []

    def make(key: str) -> int:
        made.append(key)
        return len(key)

    memo = Memo(make)
    assert [memo[word] for word in ("a", "bcd", "a", "bcd")] == [1, 3, 1, 3]
    assert made == ["a", "bcd"]


def test_it_never_holds_more_than_its_bound() -> None:
    memo = Memo(str, most=3)
    for number in range(100):
        assert memo[number] == str(number)
        assert len(memo) <= 3


def test_what_cannot_be_made_is_not_kept() -> None:
    memo = Memo(int, most=3)
    for _ in range(2):
        try:
            memo["x"]
        except ValueError:
            continue
        raise AssertionError("a word is no number")
    assert not memo
