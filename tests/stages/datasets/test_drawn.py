"""Pictures that the project draws."""

import pytest

from stages.datasets.drawn import DRAWN, SEEDED


@pytest.mark.parametrize("name", DRAWN)
def test_a_drawn_picture_is_the_same_every_time(name: str) -> None:
    one, other = DRAWN[name]((220, 160)), DRAWN[name]((220, 160))
    assert one.size == (220, 160) and one.mode == other.mode and one.tobytes() == other.tobytes()
    assert len(set(one.convert("L").tobytes())) > 1


@pytest.mark.parametrize("name", SEEDED)
def test_what_is_learnt_from_is_not_what_is_tested_on(name: str) -> None:
    tested, learnt = DRAWN[name]((220, 160)), SEEDED[name]((220, 160), 1)
    assert learnt.mode == tested.mode and learnt.mode in ("RGB", "RGBA")
    assert learnt.tobytes() != tested.tobytes()
    assert learnt.tobytes() == SEEDED[name]((220, 160), 1).tobytes()
