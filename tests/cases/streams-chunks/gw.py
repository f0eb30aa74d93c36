import asyncio
from gate import *


class Case(Gate):
    async def chunks(self, r, q):
        q = await super().chunks(r, q)
        if q.fault and self.who(q):
            q.name = self.who(q)[0]; method, target, headers, _ = self.upward(q)
            _, w = await asyncio.open_connection(*self.up)
            w.write(self.request(method, target, headers + [("Transfer-Encoding", "chunked")], b"")); await w.drain(); w.close()
        return q


Case().run()
