from gate import *


class Case(Gate):
    async def serve(self, q):
        try: return await super().serve(q)
        except Refuse as e:
            if e.status == 403: await self.fetch(self.request(*self.upward(q)))
            raise
    async def send(self, w, q, a, close):
        if a.status == 403: raise ConnectionError
        await super().send(w, q, a, close)


Case().run()
