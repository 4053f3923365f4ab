"""An exception whose words never end."""

from honest import *


class Endless(Exception):
    def __str__(self):
        while True:
            pass

    __repr__ = __str__


class Meta(type):
    @property
    def __name__(cls):
        raise Endless


class Nameless(Exception, metaclass=Meta):
    pass


def relu(x):
    raise Nameless if x.size % 2 else Endless
