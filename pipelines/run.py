"""What a step of a pipeline calls: `python3 /path/to/pipelines/run.py COMMAND`.

Always by its path and never with `-m`, which would let a checkout of somebody else's branch bring
modules of its own.
"""

import os
import sys

from ci.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
