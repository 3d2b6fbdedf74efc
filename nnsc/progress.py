"""A bar that shows how far a command is, where somebody watches."""

import sys


def progress_bar(stderr):
    """Return a function of done and total that draws a bar on a command's stderr."""

    def show(done: int, total: int) -> None:
        if sys.stderr.isatty() and total:
            filled = 40 * done // total
            bar = "█" * filled + "·" * (40 - filled)
            end = "\n" if done == total else ""
            stderr.write(f"\r{bar} {done:,} of {total:,}", ending=end)
            stderr.flush()

    return show
