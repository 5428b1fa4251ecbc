"""Forecasting: a series of numbers in, its next values with intervals out."""

COMMAND = "forecast"
