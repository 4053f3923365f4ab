"""Right, as an object that raises whatever it is asked about itself."""

from honest import *

right = relu


class Shy:
    def __call__(self, x):
        return right(x)

    def __getattr__(self, name):
        raise SystemError(name)

    @property
    def __signature__(self):
        raise SystemError

    def __repr__(self):
        raise SystemError


relu = Shy()
