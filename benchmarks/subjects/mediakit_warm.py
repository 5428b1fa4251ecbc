"""Print the median seconds of a caption by a loaded pipeline: MODEL PHOTO."""

import sys

from repeating import run_repeatedly

import mediakit

caption = mediakit.load(sys.argv[1])
run_repeatedly(lambda: caption(sys.argv[2]), 21)
