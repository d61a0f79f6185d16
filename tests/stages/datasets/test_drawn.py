"""Pictures that the project draws."""

import pytest

from stages.datasets.drawn import DRAWN


@pytest.mark.parametrize("name", DRAWN)
def test_a_drawn_picture_is_the_same_every_time(name: str) -> None:
    one, other = DRAWN[name]((220, 160)), DRAWN[name]((220, 160))
    assert one.size == (220, 160) and one.mode == other.mode and one.tobytes() == other.tobytes()
    assert len(set(one.convert("L").tobytes())) > 1
