"""Weights that git carries are deflated, and torch reads them as if they were not."""

import os

import torch

from stages.training.weights import save_weights


def test_weights_come_back_from_fewer_bytes_than_they_have(tmp_path):
    weights = {"kernel": torch.eye(200).half(), "history": torch.arange(3)}
    save_weights(weights, tmp_path / "weights.pt")
    again = torch.load(tmp_path / "weights.pt", weights_only=True)
    assert all(torch.equal(again[name], weight) for name, weight in weights.items())
    assert os.path.getsize(tmp_path / "weights.pt") < 200 * 200 * 2 / 4
