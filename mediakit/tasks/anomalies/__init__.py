"""Anomaly detection: series of numbers in, a score and an expected value for each of their rows out."""

COMMAND = "anomalies"
