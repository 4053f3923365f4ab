"""Right: what Python allows in a module, it allows here."""

from __future__ import annotations

import pickle
import sys
from dataclasses import dataclass
from typing import get_type_hints

from honest import *

right = relu


@dataclass
class Settings:
    slope: float = 0.0


assert get_type_hints(Settings) == {"slope": float}
assert pickle.loads(pickle.dumps(Settings())) == Settings()
assert sys.modules[__name__].Settings is Settings


def relu(x):
    return right(x)
