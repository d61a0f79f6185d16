"""One file per data set.

To add one, write a function that takes the ``data`` block of params.yaml and returns a ``DataSet``, and name it below.
A public one needs its files' addresses and sums in sources.csv as well (see source.py).
"""

from collections.abc import Callable

from stages.datasets import cars128, embedded_digits, embedded_photos, folder, mnist
from stages.datasets.dataset import DataError, DataSet
from stages.params import Data, Family

# what params.yaml may say: data.photos: <name>, data.digits: <name>
DATA_SETS: dict[str, dict[str, Callable[[Data], DataSet]]] = {
    "photos": {"embedded": embedded_photos.load, "cars128": cars128.load, "folder": folder.load},
    "digits": {"embedded": embedded_digits.load, "mnist": mnist.load},
}


def load(kind: Family, settings: Data) -> DataSet:
    """The ``photos`` or ``digits`` that ``settings``, the data block of params.yaml, asks for."""
    name = settings[kind]
    if name not in DATA_SETS[kind]:
        raise DataError(f"params.yaml: data.{kind}: {name!r} is none of {', '.join(DATA_SETS[kind])}")
    return DATA_SETS[kind][name](settings)
