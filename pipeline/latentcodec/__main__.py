"""``python -m latentcodec``."""

import sys

from latentcodec.cli import main

if __name__ == "__main__":
    sys.exit(main())
