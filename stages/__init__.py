"""The study: one file per DVC stage. Run them from the repository root as ``python -m stages.<stage>``."""

import os

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # before any stage imports onnxruntime, as latentcodec does
