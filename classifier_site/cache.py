"""How Django's cache writes to Redis: as JSON.

Django's own way is pickle, which would let whoever can write to Redis run code in this process.
"""

import json
from typing import Any


class JSONSerializer:
    def dumps(self, value: Any) -> bytes | int:
        # Plain numbers stay as they are, so that Redis can count with them.
        return value if type(value) is int else json.dumps(value).encode()

    def loads(self, data: bytes) -> Any:
        return json.loads(data)
