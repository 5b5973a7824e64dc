"""Landscapes and criteria that you bring along: functions in Python, or compiled ones."""
