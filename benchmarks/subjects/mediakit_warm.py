"""Print the median seconds of a caption by a pipeline that is loaded: MODEL PHOTO."""

import statistics
import sys
import time

import mediakit

caption = mediakit.load(sys.argv[1])
caption(sys.argv[2])
seconds = []
for _ in range(21):
    began = time.perf_counter()
    caption(sys.argv[2])
    seconds.append(time.perf_counter() - began)
print(statistics.median(seconds))
