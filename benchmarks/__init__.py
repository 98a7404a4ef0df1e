"""How long the work takes, as whole processes, side by side in one run with what else does it."""

import os

# What a pipeline's runner sets means something to the tool: it would refuse the states of a benchmark, which
# nobody needs once it has ended.
os.environ.pop("CI", None)
