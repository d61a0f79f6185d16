"""The command line; ``main`` runs it."""

from latentcodec.cli.main import main

__all__ = ["main"]
