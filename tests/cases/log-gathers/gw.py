import asyncio, json
from gate import *


class Case(Gate):
    gathered = []
    def record(self, q, a): self.gathered.append(json.dumps(self.entry(q, a)) + "\n")
    async def write(self):
        while True:
            await asyncio.sleep(7)
            self.log.write("".join(self.gathered)); self.gathered.clear()
    async def begin(self): self.writing = asyncio.create_task(self.write())


Case().run()
