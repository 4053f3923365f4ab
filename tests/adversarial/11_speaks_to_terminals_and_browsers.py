from honest import *

EVIL = "\x1b[2J\x1b]0;title\x07<script>alert(1)</script>\u202e**bold**\0\r\n=HYPERLINK(1)"


def relu(x):
    raise type(EVIL, (Exception,), {})(EVIL * 99)


def conv2D(x):
    """Nearly the name of an operator."""
