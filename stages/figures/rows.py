"""Picking rows out of the results."""


def select(rows: list[dict], **values) -> list[dict]:
    """The rows in which every key of ``values`` has that value."""
    return [row for row in rows if all(row.get(key) == value for key, value in values.items())]


def lossless_label(name: str, row: dict) -> str:
    """What a lossless row is called, from its codec's name."""
    return f"{name}, lossless{' pack' if row.get('file') == 'ltcp' else ''}"
