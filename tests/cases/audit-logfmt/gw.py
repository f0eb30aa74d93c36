from gate import *


class Case(Gate):
    def record(self, q, a): self.log.write(" ".join(f"{k}={v}" for k, v in self.entry(q, a).items()) + "\n")


Case().run()
