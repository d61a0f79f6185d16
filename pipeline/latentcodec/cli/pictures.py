"""The formats that decoded pictures are written in."""

from pathlib import Path

from PIL import Image

from latentcodec.cli.messages import UsageError
from latentcodec.cli.outputs import STDIO


def picture_format(target: str) -> str:
    """Pillow's name for the format that an output's suffix asks for; PNG on stdout and where there is no suffix.

    Raises:
        UsageError: a suffix that Pillow cannot write.
    """
    suffix = Path(target).suffix.lower()
    if target == STDIO or not suffix:
        return "PNG"
    kind = Image.registered_extensions().get(suffix)
    if kind is None or kind not in Image.SAVE:
        raise UsageError(f"{target}: Pillow writes no files with the suffix {suffix!r}")
    return kind
