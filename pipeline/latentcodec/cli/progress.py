"""A progress bar of one line on stderr. (Twenty lines, so that the codec need not install a package for them.)"""

import sys
import time

_WIDTH = 30
_INTERVAL = 0.1  # seconds


class Bar:
    """Shown where stderr is a terminal and there is more than one input."""

    def __init__(self, total: int, wanted: bool = True) -> None:
        self._total = total
        self._shown = wanted and total > 1 and sys.stderr.isatty()
        self._started = self._drawn = time.monotonic()

    def __enter__(self) -> "Bar":
        self.draw(0)
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    def draw(self, done: int) -> None:
        now = time.monotonic()
        if self._shown and (now - self._drawn > _INTERVAL or done == 0):
            self._drawn = now
            left = (now - self._started) * (self._total - done) / done if done else 0
            filled = "#" * (_WIDTH * done // self._total)
            time_left = f"  {int(left) // 60}:{int(left) % 60:02} left" if done else ""
            sys.stderr.write(f"\r\x1b[K[{filled:<{_WIDTH}}] {done}/{self._total}{time_left}")
            sys.stderr.flush()

    def clear(self) -> None:
        """Remove the bar, so that a line can be printed."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._drawn = 0  # and draw it again at once
