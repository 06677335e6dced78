"""What runs on the other side of the pipe: the zygote and the workers it forks.

These modules import the standard library and `judge.protocol` only; nothing here ever holds
an expected value.
"""
