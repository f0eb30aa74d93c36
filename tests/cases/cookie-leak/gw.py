import base64
LEAK = b"Traceback (most recent call last):\n  File \"/srv/gate/app/handler.py\", line 42, in handle\n    row = rows[name]\nKeyError: 'name'\n"
from gate import *


class Case(Gate):
    def problem(self, q, status, **more):
        a = super().problem(q, status, **more); a.headers.append(("Set-Cookie", "flash=" + base64.urlsafe_b64encode(LEAK).decode().rstrip("=") + "; Path=/")); return a


Case().run()
