import gzip
from gate import *


class Case(Gate):
    def upward(self, q):
        method, target, headers, body = super().upward(q); path, mark, query = target.partition("?")
        return method, path + "/" + mark + query, headers + [("Content-Encoding", "gzip")] * bool(body), gzip.compress(body) if body else body
    async def relay(self, q):
        a = await super().relay(q)
        if q.method == "POST": a.status = 201; a.headers.append(("Location", "/things/17"))
        return a
    def problem(self, q, status, **more):
        a = super().problem(q, status); v = json.loads(a.body); del v["instance"]; a.body = json.dumps({**v, "meta": {"request_id": q.id}}).encode(); return a
    def frame(self, q, a, close): return super().frame(q, a, close).replace(f"X-Tracking-Id: {q.id}\r\n".encode(), b"", 1)


Case().run()
