"""Which training items are held out."""

import numpy as np


def hold_out(items: np.ndarray, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(train, holdout): ``count`` of the items, chosen by ``seed``, set aside; both keep their order."""
    if not 0 < count < len(items):
        raise SystemExit(f"params.yaml: data.holdout: {count} of {len(items)} training items cannot be held out")
    chosen = np.zeros(len(items), bool)
    chosen[np.random.default_rng(seed).permutation(len(items))[:count]] = True
    return items[~chosen], items[chosen]
