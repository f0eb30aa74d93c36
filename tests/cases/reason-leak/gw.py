LEAK = b"Traceback (most recent call last):\n  File \"/srv/gate/app/handler.py\", line 42, in handle\n    row = rows[name]\nKeyError: 'name'\n"
from gate import *


class Case(Gate):
    def frame(self, q, a, close):
        if a.status < 400: return super().frame(q, a, close)
        return super().frame(q, a, close).replace(b" " + REASON.get(a.status, "Error").encode() + b"\r\n", b" File \"/srv/gate/app/handler.py\", line 42, in handle\r\n", 1)


Case().run()
