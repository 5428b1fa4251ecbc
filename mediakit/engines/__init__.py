"""Batches of any size, by many processes on one machine or on many: `--engine local|ray|spark`.

inputs.py      what a command's arguments stand for, as rows: files, addresses, lists, lines of text, Parquet tables
job.py         the plan of a job, which divides the rows into parts, and the folder that receives the parts
part.py        one part: its rows through a model, written as one file
isolation.py   a process of its own for the model: an input that kills it costs one row
local.py ray.py spark.py    each runs all parts, in any order; a part that is run twice gives the same file
"""

RETRIES = 20  # of a part whose worker process is killed from outside; what an input kills is a process of the worker's own
