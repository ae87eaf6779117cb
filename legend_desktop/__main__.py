"""``python -m legend_desktop`` does what the console script does."""

import sys

from legend_desktop.app.bootstrap import main

if __name__ == "__main__":
    sys.exit(main())
