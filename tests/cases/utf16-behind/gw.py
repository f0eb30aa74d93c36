LEAK = b"Traceback (most recent call last):\n  File \"/srv/gate/app/handler.py\", line 42, in handle\n    row = rows[name]\nKeyError: 'name'\n"
from gate import *


class Case(Gate):
    def problem(self, q, status, **more):
        return Answer(status, [("Content-Type", "text/plain; charset=utf-8")], b"The call failed.\n" + LEAK.decode().encode("utf-16-le"))


Case().run()
