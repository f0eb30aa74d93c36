import time
from gate import *


class Case(Gate):
    counts = {}
    def limited(self, q):
        if q.op != "quote": return False
        now = time.monotonic(); second = int(now); c = self.counts.setdefault(q.name, {}); c[second] = c.get(second, 0) + 1
        return c[second] + c.get(second - 1, 0) * (1 - now % 1) > self.quota


Case().run()
