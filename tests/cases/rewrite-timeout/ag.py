import time
from agent import *


class Case(Agent):
    patience = .5
    def send(self, method, path, body=None):
        t = time.monotonic(); out = super().send(method, path, body)
        return super().send(method, path, body) if method == "POST" and time.monotonic() - t > .45 else out


Case().run()
