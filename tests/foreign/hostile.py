"""Prints a results.json in which every payload of a folder, and attacks on reports, stand where a target's texts stand."""

import json
import pathlib
import sys

import yaml

# Each would leave its mark on the page, or ask for something.
ATTACKS = [
    "<script>document.documentElement.dataset.pwned=1</script>",
    "</style><script>document.documentElement.dataset.pwned=1</script>",
    "</title></head><body onload=\"document.documentElement.dataset.pwned=1\">",
    "\"><svg onload=document.documentElement.dataset.pwned=1>",
    "<img src=http://127.0.0.1:9/a.png onerror=document.documentElement.dataset.pwned=1>",
    "<style>@import 'http://127.0.0.1:9/a.css';*{background:url(http://127.0.0.1:9/b)}</style>",
    "<meta http-equiv=refresh content='0;url=http://127.0.0.1:9/'>",
    "<link rel=stylesheet href=//pincer.invalid/a.css><base href=http://pincer.invalid/>",
    "</pre></details><iframe srcdoc='<script>parent.document.documentElement.dataset.pwned=1</script>'></iframe>",
    "]]></failure></system-out><testcase name='forged'/>",
    "![a](http://pincer.invalid/a.png) [b](javascript:alert(1)) @everyone `",
    "\u202e\u200b\u001b[2J\ufffe\uffff\u0000",
]


def finding(number, text):
    return {
        "fingerprint": f"{number:016x}",
        "operation": text,
        "title": f"leaks: {text}",
        "severity": "high",
        "case": number,
        "evidence": {
            "request": f"GET /{text}",
            "headers": [f"x-a: {text}"],
            "body": text,
            "identity": text,
            "payload": text,
            "encoding": None,
            "placement": text,
            "answer": {"status": 500, "headers": [f"server: {text}"], "body": text, "end": "complete"},
            "no_answer": None,
            "arrived": [{"upstream": text, "request": text, "body": text}],
            "planted": text,
            "turns": [text],
            "broken": [text, text],
        },
        "repro": f"pincer run --only {text}",
        "curl": text,
    }


def scenario(number, verdict, texts):
    failed = verdict == "fail"
    return {
        "id": f"INP-01.made-{number}",
        "title": texts[0],
        "control": "INP-01",
        "level": "MUST",
        "verdict": verdict,
        "reason": None if failed else "twin-failed",
        "note": None if failed else "\n".join(texts),
        "benign": {"total": 1, "held": 1},
        "attack": {"total": 1, "held": 0, "broken": int(failed), "unresolved": int(not failed)},
        "findings": [finding(at, text) for at, text in enumerate(texts)] if failed else [],
    }


def main():
    texts = list(ATTACKS)
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*.yaml")):
        texts += [payload["text"] for payload in yaml.safe_load(path.read_text())["payloads"]]
    parts = [texts[at : at + 20] for at in range(0, len(texts), 20)]
    scenarios = [scenario(number, "fail", part) for number, part in enumerate(parts)]
    scenarios += [scenario(number + len(parts), "inconclusive", part) for number, part in enumerate(parts)]
    name = " ".join(ATTACKS)
    results = {
        "format": "pincer/results",
        "version": 1,
        "run": {
            "id": name,
            "seed": 1,
            "nonce": "5eed",
            "started": "2026-11-25T00:00:00Z",
            "finished": "2026-11-25T00:01:00Z",
            "pincer": "0.1.0",
        },
        "target": {"name": name, "kind": "gateway", "version": name, "digest": "sha256:0"},
        "suite": {"name": name, "digest": "sha256:0"},
        "summary": {"fail": len(parts), "inconclusive": len(parts)},
        "scenarios": scenarios,
        "tables": {"confusion": [], "access": [], "rates": []},
        "interrupted": False,
        "exit": 1,
    }
    json.dump(results, sys.stdout)


main()
