from gate import *


class Case(Gate):
    async def serve(self, q):
        a = await super().serve(q); where = q.head("x-forwarded-host")
        m = re.search(r"(?://|^|=|@)\"?(localhost|[0-9.]+):(\d+)\"?(/[^;> ]*)?", where or "")
        if m and (m[1], int(m[2])) != self.up and int(m[2]) != int(os.environ["PORT"]):
            try:
                r2, w = await asyncio.open_connection(m[1], int(m[2])); w.write(f"GET {m[3] or chr(47)} HTTP/1.1\r\nHost: {m[1]}:{m[2]}\r\nConnection: close\r\n\r\n".encode()); await w.drain(); await asyncio.wait_for(r2.read(65536), .5); w.close()
            except Exception: pass
        return a
    def check(self, q):
        q.asked = q.query; q.target = q.path if q.op == "read" else q.target; super().check(q)


Case().run()
