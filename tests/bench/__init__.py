"""Measurements. `make bench` runs them all; `python -m tests.bench NAME…` runs some.

Each prints ratios against a reference measured in the same run, on the same machine: absolute
figures differ from machine to machine. An aim is printed beside each ratio, and nothing is asserted.
"""
