import concurrent.futures
from agent import *


class Case(Agent):
    def loop(self, task):
        messages, run = [{"role": "user", "content": task}], {"calls": 0, "failed": False}
        for _ in range(self.turns):
            m = self.ask(messages); messages.append(m)
            if not m.get("tool_calls"):
                if run["failed"] or not m.get("content"): raise RuntimeError
                return m["content"]
            run["calls"] += len(m["tool_calls"])
            if run["calls"] > self.calls: raise RuntimeError("too many calls")
            def one(c):
                try: a = json.loads(c["function"]["arguments"])
                except ValueError: a = None
                return self.do(run, c["function"]["name"], a) if isinstance(a, dict) else '{"error": "no object"}'
            with concurrent.futures.ThreadPoolExecutor(8) as p: outs = list(p.map(one, m["tool_calls"]))
            for c, out in zip(m["tool_calls"], outs):
                run["failed"] = run["failed"] or self.failed(out); messages.append({"role": "tool", "tool_call_id": c.get("id", ""), "content": out})
        raise RuntimeError("too many turns")


Case().run()
