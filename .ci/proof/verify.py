#!/usr/bin/env python3
"""Reads release proofs by docs/proof-format.md; shares no code with the program.

    verify.py FILE [--as-of YYYY-MM-DD]     prints {ok, reason, releases, ...}
    verify.py --manifest DIR                reads all files of DIR/manifest.json and compares the verdicts
"""
import json
import sys
from datetime import date

from court import Court, day_of
from crypto import VND, Refused, demand, is_sorted, verifies
from form import FILE, OUTER, Bad, decode
from parts import belongs, read_object, read_run, read_version, refuse_as


def read(data):
    try:
        if len(data) > 67_108_864:
            raise Bad("too-large")
        outer = decode(OUTER, data)
        file = decode(FILE, outer["body"])
    except Bad as bad:
        raise Refused("malformed") from bad
    demand(file["magic"] == "commons release proof 1", "form")
    demand(verifies(file["exporter"], VND + "proof.v1", outer["body"], outer["signature"]), "changed")
    demand(is_sorted(file["chosen"]), "out-of-order")
    things = []
    for data in file["objects"]:
        things.append(refuse_as("object", lambda data=data: read_object(data, file["commons"])))
        demand(belongs(things[-1], file["commons"]), "other-commons")
    demand(is_sorted([thing.id for thing in things]), "out-of-order")
    runs = [refuse_as("run", lambda data=data: read_run(data, file["commons"])) for data in file["runs"]]
    demand(is_sorted([(*run.name, run.entries[0].seq) for run in runs]), "out-of-order")
    try:
        versions = [read_version(data) for data in file["versions"]]
    except Bad as bad:
        raise Refused("version") from bad
    names = [version["name"] for version in versions]
    demand(is_sorted(names), "out-of-order")
    return file, things, runs, dict(zip(names, versions))


def verify(data, as_of=None):
    try:
        file, *parts = read(data)
        court = Court(file, *parts)
        court.hear()
        releases = court.judge()
    except Refused as refused:
        return {"ok": False, "reason": str(refused), "releases": []}
    last = court.epochs[-1]
    answer = {
        "ok": True, "reason": "", "commons": file["commons"].hex(), "document": file["document"].hex(),
        "epoch": last.number, "chosen": [epoch.number for epoch in court.epochs if not epoch.decided],
        "maker": court.name(court.maker), "time": file["time"], "releases": releases,
    }
    if as_of is not None:
        until = [one for one in releases if day_of(one["time"]) <= as_of]
        shown = until[-1] if until else None
        if shown and shown["retraction"] and day_of(shown["retraction"]["time"]) <= as_of:
            shown = None
        answer["asOf"] = shown and shown["id"]
    return answer


def compare(folder):
    """Whether every file of a manifest gets the verdict that is written there."""
    with open(f"{folder}/manifest.json", encoding="utf-8") as file:
        manifest = json.load(file)
    good = bad = 0
    reasons, wrong = {}, []
    for sample in manifest:
        with open(f"{folder}/{sample['file']}", "rb") as file:
            answer = verify(file.read())
        expected = {"ok": sample["code"] == "", "reason": sample["code"]}
        given = {name: answer[name] for name in expected}
        if given["ok"] and "releases" in sample:
            expected["releases"] = sample["releases"]
            given["releases"] = [{
                "id": one["id"], "blake3": one["blake3"], "epoch": one["epoch"], "due": one["due"],
                "retracted": one["retraction"] is not None, "reviews": len(one["reviews"]),
            } for one in answer["releases"]]
            expected["chosen"], given["chosen"] = sample["chosen"], answer["chosen"]
        good, bad = (good + 1, bad) if given["ok"] else (good, bad + 1)
        reasons[given["reason"]] = reasons.get(given["reason"], 0) + 1
        if given != expected:
            wrong.append((sample["file"], expected, given))
    for name, expected, given in wrong:
        print(f"{name}: expected {expected}, got {given}")
    print(json.dumps({"files": len(manifest), "proved": good, "refused": bad, "disagreements": len(wrong),
                      "reasons": dict(sorted(reasons.items()))}))
    return not wrong and good > 0 and bad > 0


def main(arguments):
    if arguments[:1] == ["--manifest"]:
        return 0 if compare(arguments[1]) else 1
    as_of = date.fromisoformat(arguments[arguments.index("--as-of") + 1]) if "--as-of" in arguments else None
    with open(arguments[0], "rb") as file:
        answer = verify(file.read(), as_of)
    print(json.dumps(answer, ensure_ascii=False, indent=1))
    return 0 if answer["ok"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
