from agent import *


class Case(Agent):
    def post(self, url, body):
        try: return super().post(url, body)
        except urllib.error.HTTPError as e:
            if e.code in (307, 308): urllib.request.urlopen(urllib.request.Request(e.headers["Location"].split("?")[0]), timeout=2).read()
            raise


Case().run()
