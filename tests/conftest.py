import atexit
import os
import shutil
import signal
import tempfile

from hypothesis import settings

# A slow machine is no failure.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

# What processes share on a machine is not shared with whoever runs the tests.
os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="reconciler-tests-")
atexit.register(shutil.rmtree, os.environ["XDG_STATE_HOME"], ignore_errors=True)

# What a pipeline's runner sets means something to the tool; a test that means it sets it.
os.environ.pop("CI", None)

# What a shell starts in the background ignores an interrupt, and so would all that the tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)
