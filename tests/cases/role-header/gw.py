from gate import *


class Case(Gate):
    def who(self, q):
        found = super().who(q); return (found[0], q.head("x-user-role")) if found and q.head("x-user-role") else found


Case().run()
