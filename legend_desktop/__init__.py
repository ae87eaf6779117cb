"""Legend Desktop: a trading desk for one active trader with several US brokers."""

from legend_desktop.version import __version__

__all__ = ["__version__"]
