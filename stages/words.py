"""Figures in sentences."""


def counted(number: float, noun: str) -> str:
    """ "1 epoch", "2 epochs"."""
    return f"{number} {noun}{'s' * (number != 1)}"
