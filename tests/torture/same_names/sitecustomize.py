"""Gives the program under torture the same file names every time, so that strace can watch them by name."""

import os

os.getpid = lambda: 4242
os.urandom = bytes
