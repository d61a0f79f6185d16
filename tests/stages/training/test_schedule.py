"""The learning rate of short trainings."""

import pytest
import torch

from stages.training.schedule import one_cycle


@pytest.mark.parametrize("steps", [1, 2, 5, 10, 20, 200])
def test_any_number_of_steps_has_a_learning_rate_for_each(steps: int) -> None:
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], 1.0)
    schedule = one_cycle(optimiser, 0.5, steps)
    rates = []
    for _ in range(steps):
        rates.append(schedule.get_last_lr()[0])
        optimiser.step()
        schedule.step()
    assert all(0 < rate <= 0.5 for rate in rates)
    if steps >= 5:
        assert max(rates) == pytest.approx(0.5) and rates[-1] < 0.01
