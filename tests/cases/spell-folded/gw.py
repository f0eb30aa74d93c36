from gate import *


class Case(Spelled):
    def plain(self, q): p = q.path; return unquote_to_bytes(p).decode("utf-8", "replace").upper().lower() if "%c5%bf" in p.lower() or "%e2%84%aa" in p.lower() else p


Case().run()
