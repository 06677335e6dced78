"""What runs on the other side of the pipe: the zygote and the workers it forks.

These modules import the standard library and `judge.protocol` only, and of it nothing slow:
no typing, dataclasses or pathlib, for every build that checks waits for the zygote. Nothing
here ever holds an expected value.
"""
