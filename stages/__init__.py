"""The study: one file per DVC stage. Run them from the repository root as ``python -m stages.<stage>``."""
