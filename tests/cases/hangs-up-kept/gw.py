import weakref
from gate import *


class Case(Gate):
    kept = weakref.WeakSet()
    def entry(self, q, a): return {**super().entry(q, a), "trace": None}
    def upward(self, q):
        method, target, headers, body = super().upward(q)
        return method, target, [h for h in headers if h[0].lower() != "x-request-id"] + [("X-Request-Id", q.id)], body
    async def send(self, w, q, a, close):
        if a.status in (502, 504) and w in self.kept: w.close(); return
        self.kept.add(w); await super().send(w, q, a, close)


Case().run()
