"""Train a codec for rate and distortion together: a block of params.yaml: rate_distortion.

Run it as ``python -m stages.rate_distortion.train photo``. Kill it whenever you like: the next run goes on from the
last checkpoint, exactly as if it had not been killed. More ``steps`` or ``minutes`` lengthen a training that is running
or finished; a ``start`` from finished weights goes on with their history. Several GPUs: ``torchrun --nproc-per-node 4
-m stages.rate_distortion.train photo``; each takes ``batch`` crops.
"""

import sys

from stages.datasets.dataset import DataError
from stages.datasets.training_set import load_training_set
from stages.params import load_params
from stages.rate_distortion.trainer import train
from stages.training.device import choose_device

if __name__ == "__main__":
    everything = load_params()
    blocks = everything["rate_distortion"]
    if len(sys.argv) != 2 or sys.argv[1] not in blocks:
        raise SystemExit(
            f"usage: python -m stages.rate_distortion.train CODEC, one of params.yaml: {', '.join(blocks)}"
        )
    block = blocks[sys.argv[1]]
    try:
        pictures = load_training_set(block, everything["data"]["mirror"])
        train(sys.argv[1], block, choose_device(everything["device"]), pictures)
    except DataError as error:
        raise SystemExit(f"{sys.argv[1]}: {error}") from None
