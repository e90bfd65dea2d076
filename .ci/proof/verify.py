#!/usr/bin/env python3
"""Reads release proofs by docs/proof-format.md, which it was written from.

    verify.py FILE [--as-of YYYY-MM-DD]     prints {ok, reason, releases, ...}
    verify.py --manifest DIR                reads all files of DIR/manifest.json and compares the verdicts
"""
import hashlib
import json
import sys
from datetime import date, timedelta

import cbor2
from blake3 import blake3
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from form import (
    ACTIONS, ATTESTATION, BODIES, CHARTER, FILE, FORK, KEY_EVENT, OBJECT, OUTER, PROPOSAL, RUN, STATEMENT_KEYS,
    VERSION, VOTE, Bad, decode, encode, is_plain, particulars_fit,
)

ORDER = 2**252 + 27742317777372353535851937790883648493
FIELD = 2**255 - 19
SMALL = {bytes.fromhex(text) for text in (
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
)}
VND = "application/vnd.commons."
WORDS = {1: "patient", 2: "family", 3: "clinician", 4: "researcher", 5: "improver", 6: "administrator"}
VERDICTS = {"approve": 0, "request-changes": 1, "decline": 2}
CREATE, REVIEW, RELEASE, RETRACT, ACKNOWLEDGE = 1, 6, 7, 8, 9


class Refused(Exception):
    """The verdict: the code of what is wrong."""


def demand(holds, code):
    if not holds:
        raise Refused(code)


def domain_hash(domain, *parts):
    hasher = blake3(derive_key_context=domain)
    for part in parts:
        hasher.update(len(part).to_bytes(8, "big"))
        hasher.update(part)
    return hasher.digest()


def plain_hash(data):
    return blake3(data).digest()


def is_weak(encoding):
    masked = encoding[:31] + bytes([encoding[31] & 0x7F])
    return masked in SMALL or int.from_bytes(masked, "little") >= FIELD


def verifies(key, kind, body, signature):
    """Without the cofactor: OpenSSL computes R and compares bytes. What it does not look at is looked at here."""
    if is_weak(key) or is_weak(signature[:32]) or int.from_bytes(signature[32:], "little") >= ORDER:
        return False
    name = kind.encode()
    message = b"DSSEv1 %d %s %d %s" % (len(name), name, len(body), body)
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def is_sorted(items):
    return all(one < other for one, other in zip(items, items[1:]))


# Objects


class Point:
    def __init__(self, parts):
        self.log, self.seq, self.entry = parts

    def within(self, log, seq, entry):
        """Whether an entry at this place lies within what ends here."""
        return self.log == log and (seq < self.seq or (seq == self.seq and entry == self.entry))


class Thing:
    """An object: its tag, its value, its id."""

    def __init__(self, tag, value, id, charter=None):
        self.tag, self.value, self.id, self.charter = tag, value, id, charter


KINDS = {1: ("proposal.v1", PROPOSAL, 196_608), 2: ("vote.v1", VOTE, 512), 3: ("key-event.v1", KEY_EVENT, 196_608),
         4: ("attestation.v1", ATTESTATION, 98_304)}
SIGNER = {1: "by", 2: "elector", 3: "signer", 4: "elector"}


def refuse_as(prefix, work):
    try:
        return work()
    except Bad as bad:
        raise Refused(f"{prefix}/{bad.code}") from bad


def read_object(data, commons):
    if len(data) > 196_736:
        raise Bad("too-large")
    wire = decode(OBJECT, data)
    tag, body = wire["tag"], wire["bytes"]
    if tag == 5:
        if wire["signature"] != bytes(64):
            raise Bad("malformed")
        return read_fork(body)
    if tag not in KINDS:
        raise Bad("malformed")
    name, shape, limit = KINDS[tag]
    if len(body) > limit:
        raise Bad("too-large")
    value = decode(shape, body)
    if not verifies(value[SIGNER[tag]], VND + name, body, wire["signature"]):
        raise Bad("bad-signature")
    check_object(tag, value)
    return Thing(tag, value, domain_hash("commons object 1", (VND + name).encode(), body))


def check_object(tag, value):
    sound = True
    if tag == 2:
        lock, round_ = value["lock"], value["round"]
        sound = round_ < 256 and {
            1: round_ == 0 and lock is None and value["attested"] is None,
            2: lock is None or lock < round_,
            3: lock is None,
        }[value["phase"]]
    elif tag == 3 and value["action"][0] in (4, 6):
        fields = value["action"][1]
        consented = value["commons"] + value["organisation"]
        if not verifies(fields["key"], VND + "consent.v1", consented, fields["consent"]):
            raise Bad("bad-signature")
    elif tag == 4:
        logs = [point[0] for point in value["points"]]
        sound = bool(logs) and is_sorted(logs) and (value["seq"] == 0) == (value["prev"] is None)
        sound = sound and value["seq"] < 8_192
    if not sound:
        raise Bad("malformed")


def read_fork(body):
    value = decode(FORK, body)
    one, other = (read_run(value[name], value["commons"]) for name in ("one", "other"))
    first, second = one.entries[0], other.entries[0]
    proper = one.name == other.name and first.seq == second.seq and first.id < second.id
    if not proper or any(entry.body is not None for entry in one.entries + other.entries):
        raise Bad("malformed")
    thing = Thing(5, value, domain_hash("commons fork 1", value["one"], value["other"]))
    thing.runs = (one, other)
    return thing


def belongs(thing, commons):
    named = thing.value["commons"]
    if thing.tag == 1 and named is None:
        return plain_hash(encode(CHARTER, thing.value["charter"])) == commons
    return named == commons


# Runs


class Entry:
    def __init__(self, commons, name, seq, prev, packed):
        self.log_name, self.seq, self.prev = name, seq, prev
        self.epoch, self.deps, self.time = packed["epoch"], packed["deps"], packed["time"]
        self.person, self.kind, body = packed["person"], packed["kind"], packed["body"]
        if not is_sorted(self.deps):
            raise Bad("malformed")
        self.body = body if isinstance(body, bytes) else None
        length, digest = (len(body), plain_hash(body)) if self.body is not None else body
        if length > 47_104:
            raise Bad("too-large")
        header = [commons, self.epoch, list(name), seq, prev, self.deps, self.time, self.person, self.kind, length,
                  digest]
        self.header = cbor2.dumps(header)
        self.id = plain_hash(self.header)
        self.log = domain_hash("commons log 1", commons, name[0], bytes([name[1], name[2]]))


class Run:
    def __init__(self, name, entries):
        self.name, self.entries = name, entries


def read_run(data, commons):
    if len(data) > 262_144:
        raise Bad("too-large")
    value = decode(RUN, data)
    if not value["entries"] or (value["first"] == 0) != (value["prev"] is None):
        raise Bad("malformed")
    if sum(120 + 34 * len(packed["deps"]) for packed in value["entries"]) > 90_112:
        raise Bad("too-large")
    name, prev, entries = tuple(value["log"]), value["prev"], []
    for index, packed in enumerate(value["entries"]):
        entries.append(Entry(commons, name, value["first"] + index, prev, packed))
        prev = entries[-1].id
    if not verifies(name[0], VND + "entry.v1", entries[-1].header, value["signature"]):
        raise Bad("bad-signature")
    return Run(name, entries)


# Versions


def read_version(data):
    version = decode(VERSION, data)
    cover, values = version["cover"], version["particulars"]
    names = [name for name, _ in values]
    given = dict(values)
    if version["form"] != 1 or not is_sorted(version["heads"]) or not is_sorted(cover["contributors"]):
        raise Bad("version")
    if not is_sorted([name.encode() for name in names]) or not all(particulars_fit(*pair) for pair in values):
        raise Bad("version")
    conditions = [f"{name[10:]} {value}" for name, value in values if name.startswith("condition/")][:16]
    due = given.get("review-due")
    replaced = given.get("supersedes")
    derived = (
        given.get("audience", ""), conditions,
        None if due is None else (date.fromisoformat(due) - date(1970, 1, 1)).days,
        None if replaced is None else bytes.fromhex(replaced),
    )
    if derived != (cover["audience"], cover["conditions"], cover["due"], cover["supersedes"]):
        raise Bad("version")
    cover_hash = hash_of_cover(version["heads"], version["cover"])
    version["name"] = (plain_hash(data), hashlib.sha256(data).digest(), cover_hash)
    return version


def hash_of_cover(heads, cover):
    return domain_hash("commons cover 1", b"".join(heads), encode(VERSION.fields[4][1], cover))


# Epochs


class Epoch:
    def __init__(self, charter, digest, decided):
        self.charter, self.hash, self.decided = charter, digest, decided
        self.number = charter["number"]
        self.electors = [key for _, key in charter["electors"]]
        self.quorum = quorum(charter)
        self.pins = {point[0]: Point(point) for point in charter["pins"]}
        self.active = {one["organisation"] for one in charter["members"] if one["standing"] == 1}
        self.cuts = False
        self.left, self.lost_writers = set(), False

    def follow(self, before):
        roots = {one["organisation"]: one["root"] for one in before.charter["members"]}
        new_root = any(roots.get(one["organisation"], one["root"]) != one["root"] for one in self.charter["members"])
        self.left = before.active - self.active
        self.lost_writers = any(role not in self.charter["writers"] for role in before.charter["writers"])
        self.cuts = bool(self.left or self.lost_writers or new_root or self.pins)

    def policy(self, kind):
        for policy in self.charter["policies"] or []:
            if policy["kind"] == kind:
                return policy
        return {"kind": kind, "requirements": [([1, 2], 1), ([3], 1)], "organisations": 2, "authors": False,
                "declines": True, "months": 24, "electors": False}


def quorum(charter):
    count = len(charter["electors"])
    return count if count < 4 else min(max(2 * count // 3 + 1, charter["quorum"]), count)


def is_sound(charter):
    members = {one["organisation"]: one for one in charter["members"]}
    electors = charter["electors"]

    def votes(elector):
        member = members.get(elector[0])
        return member is not None and member["standing"] == 1 and member["elector"] == elector[1]

    return (
        is_sorted([one["organisation"] for one in charter["members"]])
        and is_sorted([organisation for organisation, _ in electors])
        and is_sorted([point[0] for point in charter["pins"]])
        and is_sorted(charter["writers"])
        and (charter["policies"] is None or are_sound(charter["policies"]))
        and 1 <= len(electors) <= 13
        and len({key for _, key in electors}) == len(electors)
        and all(votes(elector) for elector in electors)
        and (charter["parent"] is None) == (charter["number"] == 0)
        and charter["quorum"] <= 13
    )


def are_sound(policies):
    def sound(policy):
        needs = policy["requirements"]
        roles = [role for named, _ in needs for role in named]
        people = sum(count for _, count in needs)
        return (
            all(named and is_sorted(named) and 1 <= count <= 64 for named, count in needs)
            and len(set(roles)) == len(roles)
            and people <= 64
            and policy["organisations"] <= people
            and policy["months"] != 0
        )

    return bool(policies) and is_sorted([policy["kind"] for policy in policies]) and all(map(sound, policies))


def named_by_root(member):
    return domain_hash("commons organisation 1", member["root"]) == member["organisation"] and not member["former"]


def follows(charter, before, digest):
    old = {one["organisation"]: one for one in before["members"]}
    new = {one["organisation"]: one for one in charter["members"]}

    def roots_follow(member):
        then = old.get(member["organisation"])
        if then is None:
            return named_by_root(member)
        now = (member["root"], member["next"], member["former"])
        if now == (then["root"], then["next"], then["former"]):
            return True
        lost = member["former"][-1] if member["former"] else None
        return (lost is not None and member["former"][:-1] == then["former"]
                and lost[:2] == [then["root"], then["next"]] and member["root"] != then["root"])

    return (
        charter["parent"] == digest
        and charter["number"] == before["number"] + 1
        and all(one in new for one in old)
        and all(roots_follow(member) for member in charter["members"])
        and charter["salt"] == before["salt"]
        and charter["quorum"] >= before["quorum"]
        and all(now >= then for now, then in zip(charter["rules"], before["rules"]))
        and is_sound(charter)
    )


class Governance:
    def __init__(self, file, things):
        self.commons = file["commons"]
        self.proposals, self.parents = {}, {}
        for thing in things:
            if thing.tag == 1:
                charter = thing.value["charter"]
                digest = plain_hash(encode(CHARTER, charter))
                self.parents[digest] = charter["parent"]
                self.proposals.setdefault(charter["parent"], {}).setdefault(digest, []).append(thing.value)
        self.attestations = {thing.id: thing.value for thing in things if thing.tag == 4}
        self.votes = {}
        for thing in things:
            if thing.tag == 2 and self.counts(thing.value):
                self.votes.setdefault(thing.value["parent"], []).append(thing.value)
        self.chosen = set()
        for digest in file["chosen"]:
            while digest is not None and digest not in self.chosen:
                self.chosen.add(digest)
                digest = self.parents.get(digest)
        self.epochs = []
        self.compute()

    def counts(self, vote):
        """Whether the attestation that a vote names is here with all before it."""
        named, seq = vote["attested"], None
        if named is None:
            return True
        while named is not None:
            value = self.attestations.get(named)
            if value is None or (value["elector"], value["epoch"]) != (vote["elector"], vote["parent"]):
                return False
            if seq is not None and value["seq"] != seq - 1:
                return False
            seq, named = value["seq"], value["prev"]
        return seq == 0

    def compute(self):
        candidates = {}
        for value in self.proposals.get(None, {}).get(self.commons, []):
            charter = value["charter"]
            if (value["commons"] is None and charter["number"] == 0 and is_sound(charter)
                    and all(map(named_by_root, charter["members"]))
                    and value["by"] in [key for _, key in charter["electors"]]):
                candidates[self.commons] = charter
        electorate, parent = candidates.get(self.commons), None
        while candidates:
            decided = self.decided(electorate, parent)
            picked = sorted(digest for digest in candidates if digest in self.chosen)
            stands = picked[0] if picked else decided
            if stands not in candidates:
                break
            epoch = Epoch(candidates[stands], stands, stands == decided)
            if self.epochs:
                epoch.follow(self.epochs[-1])
            self.epochs.append(epoch)
            electorate, parent = epoch.charter, stands
            candidates = self.candidates(epoch)
        demand(self.epochs, "not-founded")

    def candidates(self, epoch):
        found = {}
        for digest, copies in self.proposals.get(epoch.hash, {}).items():
            for value in copies:
                entitled = digest in self.chosen or value["by"] in epoch.electors
                if (value["commons"] == self.commons and entitled
                        and follows(value["charter"], epoch.charter, epoch.hash)):
                    found[digest] = value["charter"]
        return found

    def decided(self, electorate, parent):
        electors = {key for _, key in electorate["electors"]}
        needed = quorum(electorate)
        endorsed, prepared, committed = {}, {}, {}
        for vote in self.votes.get(parent, []):
            if vote["elector"] not in electors:
                continue
            place = (vote["round"], vote["proposal"])
            if vote["phase"] == 1:
                endorsed.setdefault(vote["proposal"], set()).add(vote["elector"])
            elif vote["phase"] == 2:
                prepared.setdefault(place, []).append((vote["elector"], vote["lock"]))
            else:
                committed.setdefault(place, set()).add(vote["elector"])
        certified = set()
        for round_, proposal in sorted(prepared):
            votes = prepared[(round_, proposal)]
            good = {who for who, lock in votes if lock is None or (lock < round_ and (lock, proposal) in certified)}
            if len(good) >= needed:
                certified.add((round_, proposal))
        for place in sorted(certified):
            if len(endorsed.get(place[1], ())) >= needed and len(committed.get(place, ())) >= needed:
                return place[1]
        return None

    def epoch(self, number):
        return self.epochs[number] if number < len(self.epochs) else None


# Keys


class Key:
    def __init__(self, organisation, name, may, pins):
        self.organisation, self.name, self.may, self.pins, self.ever = organisation, name, list(may), pins, []


UNCUT = object()


class Keys:
    def __init__(self, charter, things):
        self.nodes, self.people, self.ends, self.roots = {}, {}, {}, {}
        self.chains = {}
        for thing in sorted((one for one in things if one.tag == 3), key=lambda one: one.id):
            place = (thing.value["organisation"], thing.value["signer"])
            self.chains.setdefault(place, {}).setdefault(thing.value["seq"], []).append(thing)
        for member in charter["members"]:
            self.member(member)
        for member in charter["members"]:
            self.remember(member)

    def chain(self, organisation, signer, cut):
        counted = []
        is_root = self.roots.get(organisation) == signer
        for seq, events in sorted(self.chains.get((organisation, signer), {}).items()):
            last = counted[-1].id if counted else None
            if len(events) != 1 or seq != len(counted) or seq >= 4_096 or (cut is not UNCUT and cut == last):
                break
            value = events[0].value
            if value["prev"] != last or (value["action"][0] <= 3) != is_root:
                break
            counted.append(events[0])
        return counted

    def member(self, member):
        organisation, admins, seen = member["organisation"], {}, set()
        parts = [(root, following, last) for root, following, last in member["former"]]
        for root, following, cut in parts + [(member["root"], member["next"], UNCUT)]:
            while root not in seen:
                seen.add(root)
                self.roots[organisation] = root
                rotation = self.walk(organisation, root, following, cut, admins)
                if rotation is None:
                    break
                root, following = rotation
        events = [event for admin in sorted(admins) for event in self.chain(organisation, admin, admins[admin])]
        for event in events:
            self.delegate(organisation, event.value["action"])
        for event in events:
            self.amend(organisation, event.value["action"])

    def walk(self, organisation, root, following, cut, admins):
        for event in self.chain(organisation, root, cut):
            number, fields = event.value["action"]
            if number == 1 and domain_hash("commons root key commitment 1", fields["key"]) == following:
                return None if cut is not UNCUT and cut == event.id else (fields["key"], fields["next"])
            if number == 2:
                admins.setdefault(fields["key"], UNCUT)
            if number == 3:
                admins[fields["key"]] = fields["last"]
        return None

    def delegate(self, organisation, action):
        number, fields = action
        if number == 4:
            self.nodes.setdefault(fields["key"], Key(organisation, None, fields["collections"], None))
        if number == 6:
            self.people.setdefault(fields["key"], Key(organisation, fields["name"], fields["roles"], None))

    def amend(self, organisation, action):
        number, fields = action
        if number == 7:
            for known in (self.nodes.get(fields["key"]), self.people.get(fields["key"])):
                if known is not None and known.organisation == organisation and known.pins is None:
                    known.pins = [Point(point) for point in fields["pins"]]
        if number == 8:
            for point in fields["ends"]:
                self.ends.setdefault((organisation, point[0]), Point(point))

    def remember(self, member):
        organisation = member["organisation"]
        roots = [(root, following) for root, following, _ in member["former"]] + [(member["root"], member["next"])]
        seen, admins = set(), set()

        def events(signer):
            chain = self.chains.get((organisation, signer), {})
            return [event.value["action"] for _, there in sorted(chain.items()) for event in there]

        while roots:
            root, following = roots.pop()
            if (root, following) in seen:
                continue
            seen.add((root, following))
            for number, fields in events(root):
                if number == 1 and domain_hash("commons root key commitment 1", fields["key"]) == following:
                    roots.append((fields["key"], fields["next"]))
                if number == 2:
                    admins.add(fields["key"])
        for number, fields in (action for admin in sorted(admins) for action in events(admin)):
            if number in (4, 6):
                table = self.nodes if number == 4 else self.people
                given = fields["collections"] if number == 4 else fields["roles"]
                known = table.setdefault(fields["key"], Key(organisation, fields.get("name"), [], []))
                if known.organisation == organisation:
                    known.ever += given

    def end_of(self, node, log):
        key = self.nodes.get(node)
        if key is None:
            return None
        revoked = [pin for pin in key.pins or [] if pin.log == log][:1]
        ended = [self.ends[(key.organisation, log)]] if (key.organisation, log) in self.ends else []
        return min(revoked + ended, key=lambda point: point.seq, default=None)


# Lines


class Lines:
    """Which entries lead to which."""

    def __init__(self, runs, forks):
        self.entries = {}
        for run in [run for run in runs] + [run for fork in forks for run in fork.runs]:
            for entry in run.entries:
                self.entries.setdefault(entry.id, entry)
        self.forks, places = {}, {}
        for entry in self.entries.values():
            if places.setdefault((entry.log, entry.seq), entry.id) != entry.id:
                self.forks[entry.log] = min(entry.seq, self.forks.get(entry.log, entry.seq))
        self.floors, self.paths = {}, {}

    def before(self, entry):
        prev = self.entries.get(entry.prev) if entry.prev is not None else None
        return prev if prev is not None and prev.log == entry.log and prev.seq + 1 == entry.seq else None

    def falls(self, entry):
        """Whether an epoch goes back on the way to an entry."""
        before = self.before(entry)
        while before is not None:
            if entry.epoch < before.epoch:
                return True
            entry, before = before, self.before(before)
        return False

    def at(self, point):
        entry = self.entries.get(point.entry)
        return entry if entry is not None and (entry.log, entry.seq) == (point.log, point.seq) else None

    def path(self, point):
        """By place, the ids on the way to a point."""
        if point.entry not in self.paths:
            ids, entry = {}, self.at(point)
            while entry is not None:
                ids[entry.seq] = entry.id
                entry = self.before(entry)
            self.paths[point.entry] = ids
        return self.paths[point.entry]

    def leads(self, point, to):
        if (point.log, point.seq, point.entry) == (to.log, to.seq, to.entry) and point.entry not in self.entries:
            return True
        return self.at(to) is not None and point.log == to.log and self.path(to).get(point.seq) == point.entry

    def is_here(self, point, seq):
        return point.seq <= seq or (self.at(point) is not None and min(self.path(point)) <= seq)


class Court:
    """What the parts of a file mean."""

    def __init__(self, file, things, runs, versions):
        self.file, self.versions = file, versions
        self.governance = Governance(file, things)
        self.epochs = self.governance.epochs
        self.keys = Keys(self.epochs[-1].charter, things)
        self.runs = runs
        said = {entry.id: entry for run in runs for entry in run.entries if entry.body is not None}
        self.said = dict(sorted(said.items()))
        demand(len(self.epochs) <= 4_096 and len(said) <= 16_384, "too-large")
        self.lines = Lines(runs, [thing for thing in things if thing.tag == 5])
        self.attest(things)
        self.find_anchors()
        self.judge_chosen()

    def judge_chosen(self):
        without = {epoch.hash for epoch in self.epochs if not epoch.decided}
        demand(all(digest in without for digest in self.file["chosen"]), "not-chosen")
        maker = self.keys.nodes.get(self.file["exporter"])
        active = maker is not None and maker.pins is None and maker.organisation in self.epochs[-1].active
        demand(active, "exporter")
        self.maker = maker.organisation

    def attest(self, things):
        """Points of electors that count, by log, epoch and elector."""
        by_log = {}
        for entry in self.said.values():
            by_log.setdefault(entry.log, []).append(Point((entry.log, entry.seq, entry.id)))
        for points in by_log.values():
            points.sort(key=lambda point: point.seq)
        self.points = {}
        for value in (thing.value for thing in things if thing.tag == 4):
            for point in map(Point, value["points"]):
                below = [one for one in by_log.get(point.log, []) if one.seq <= point.seq]
                linked = all(self.lines.leads(one, other) for one, other in zip(below, below[1:]))
                if below and linked and self.lines.leads(below[-1], point):
                    epochs = self.points.setdefault(point.log, {}).setdefault(value["epoch"], {})
                    epochs.setdefault(value["elector"], {})[(point.seq, point.entry)] = point

    def holders(self, log):
        """For each epoch, what each elector attested."""
        for epoch in self.epochs:
            held = self.points.get(log, {}).get(epoch.hash)
            if held is not None:
                yield epoch, [list(held[key].values()) for key in epoch.electors if key in held]

    def is_covered(self, entry, epochs=None):
        allowed = None if epochs is None else {epoch.hash for epoch in epochs}
        for epoch, held in self.holders(entry.log):
            if allowed is None or epoch.hash in allowed:
                if sum(any(point.seq >= entry.seq for point in points) for points in held) >= epoch.quorum:
                    return True
        return False

    def find_anchors(self):
        logs = {run.entries[0].log: run.name[0] for run in self.runs}
        self.anchors = {}
        forked = {log: seq for log, seq in self.lines.forks.items() if log in logs}
        count = sum(len(points) for log in forked for _, held in self.all_points(log) for points in held)
        demand(count <= 4_096, "too-large")
        for log, seq in forked.items():
            self.anchors[log] = (seq, self.anchor(log, seq, logs[log]))

    def all_points(self, log):
        for digest, held in self.points.get(log, {}).items():
            yield digest, [list(points) for points in held.values()]

    def anchor(self, log, seq, node):
        leads, here = self.lines.leads, lambda point: self.lines.is_here(point, seq)
        stable = None
        for epoch, held in self.holders(log):
            candidates = {(p.seq, p.entry): p for points in held for p in points if here(p)}
            for place in sorted(candidates, reverse=True):
                point = candidates[place]
                agree = sum(any(p.seq >= point.seq and leads(point, p) for p in points) for points in held)
                if agree >= epoch.quorum:
                    if stable is None or leads(stable, point):
                        stable = point
                    break
        end = self.keys.end_of(node, log)
        if end is not None and (not here(end) or self.is_opposed(log, end)):
            end = None
        choice = end if end is not None and not (stable and leads(end, stable)) else stable
        pins = [epoch.pins[log] for epoch in self.epochs if log in epoch.pins]
        pin = None
        for one in pins:
            if pin is None or one.seq >= pin.seq:
                pin = one
        if pin is None:
            return choice
        if not here(pin):
            return stable
        return choice if choice is not None and leads(pin, choice) else pin

    def is_opposed(self, log, end):
        leads = self.lines.leads
        for epoch, held in self.holders(log):
            off = sum(any(not leads(p, end) and not leads(end, p) for p in points) for points in held)
            if off >= epoch.quorum:
                return True
        return False

    # Entries

    def admit(self, entry):
        epoch = self.governance.epoch(entry.epoch)
        node, person = self.keys.nodes.get(entry.log_name[0]), self.keys.people.get(entry.person)
        demand(epoch is not None and node is not None, "unknown")
        refuse = "not-admitted/"
        demand(not self.lines.falls(entry), refuse + "epoch-went-back")
        covered = self.is_covered(entry)
        collection = entry.log_name[1]
        demand(collection in node.may or (covered and collection in node.ever), refuse + "out-of-scope")
        demand(node.organisation in epoch.active, refuse + "not-a-member")
        demand(not self.is_cut(entry, node.organisation), refuse + "beyond-pin")
        place = (entry.log, entry.seq, entry.id)
        end = self.keys.ends.get((node.organisation, entry.log))
        kept = node.pins is None or any(pin.within(*place) for pin in node.pins)
        kept = kept and (end is None or end.within(*place))
        demand(kept or covered, refuse + "beyond-pin")
        demand(person is not None, "unknown")
        demand(person.organisation == node.organisation, refuse + "not-the-person")
        kept = person.pins is None or any(pin.within(*place) for pin in person.pins)
        demand(kept or covered, refuse + "beyond-pin")
        roles = set(person.may) | (set(person.ever) if covered else set())
        writes = any(role in epoch.charter["writers"] for role in roles)
        permitted = {1: writes, 2: writes, 5: writes, 7: writes, 10: writes, 3: writes or 6 in roles,
                     8: writes or 6 in roles}.get(entry.kind, True)
        demand(permitted, refuse + "role-forbids")
        self.check_branch(entry, person, covered)

    def is_cut(self, entry, organisation):
        for epoch in self.epochs:
            if not epoch.cuts:
                continue
            later = epoch.number > entry.epoch
            pin = epoch.pins.get(entry.log)
            if pin is not None:
                if not pin.within(entry.log, entry.seq, entry.id) and not (entry.seq > pin.seq and not later):
                    return True
            elif later and (epoch.lost_writers or organisation in epoch.left):
                return True
        return False

    def check_branch(self, entry, person, covered):
        own = Point((entry.log, entry.seq, entry.id))
        forked = self.anchors.get(entry.log)
        if forked is not None and entry.seq >= forked[0]:
            demand(forked[1] is not None and self.lines.leads(own, forked[1]), "off-branch")
        pins = [epoch.pins[entry.log] for epoch in self.epochs if entry.log in epoch.pins]
        ends = [pin for pin in person.pins or [] if pin.log == entry.log]
        end = self.keys.end_of(entry.log_name[0], entry.log)
        ends += [] if end is None else [end]
        leads = lambda point: point.seq < own.seq or self.lines.leads(own, point)
        demand(all(map(leads, pins)) and (all(map(leads, ends)) or covered), "off-branch")

    # Papers

    def hear(self):
        for entry in self.said.values():
            self.admit(entry)
        created = self.said.get(self.file["document"])
        demand(created is not None and created.kind == CREATE, "not-created")
        try:
            self.kind = decode(BODIES[CREATE], created.body)["kind"]
        except Bad as bad:
            raise Refused("not-created") from bad
        demand(created.log_name[1] == self.kind, "not-created")
        self.creator = self.keys.nodes[created.log_name[0]].organisation
        self.reviews, self.releases, self.retractions, self.acknowledged = {}, {}, {}, {}
        for entry in self.said.values():
            if entry is not created:
                self.read(entry)
        for entry, retraction in self.acknowledged.values():
            demand(retraction in self.retractions, "foreign")

    def read(self, entry):
        demand(entry.kind in (REVIEW, RELEASE, RETRACT, ACKNOWLEDGE), "foreign")
        try:
            body = decode(BODIES[entry.kind], entry.body)
            if entry.kind == REVIEW:
                body = read_review(body, entry, self.file["commons"])
        except Bad as bad:
            code = bad.code if bad.code == "bad-signature" else "bad-body"
            raise Refused(f"not-admitted/{code}") from bad
        if entry.kind == ACKNOWLEDGE:
            self.acknowledged[entry.id] = (entry, body["retraction"])
            return
        demand(body["document"] == self.file["document"], "foreign")
        demand(entry.log_name[1] == self.kind, "not-admitted/wrong-document")
        table = {REVIEW: self.reviews, RELEASE: self.releases, RETRACT: self.retractions}[entry.kind]
        table[entry.id] = (entry, body)

    # Releases

    def judge(self):
        demand(len(self.releases) <= 256, "too-large")
        found, used, withdrawn = {}, set(), set()
        for id, (entry, body) in self.releases.items():
            self.judge_release(entry, body)
            used.add(body["version"])
            retraction = self.retraction_of(entry)
            withdrawn.add(retraction)
            found[id] = self.describe(entry, body, retraction)
        demand(all(name in used for name in self.versions), "surplus")
        demand(all(body["version"] in used for _, body in self.reviews.values()), "foreign")
        demand(all(id in withdrawn for id in self.retractions), "not-retracted")
        demand(found, "no-release")

        def place(id):
            steps, at = 0, self.releases[id][1]["previous"]
            while at in self.releases:
                steps, at = steps + 1, self.releases[at][1]["previous"]
            return steps, id

        return [found[id] for id in sorted(found, key=place)]

    def judge_release(self, entry, body):
        cover, name = body["cover"], body["version"]
        fits = cover["kind"] == self.kind and hash_of_cover(body["heads"], cover) == name[2]
        demand(fits, "not-released/wrong-kind")
        listed, broken = self.listed(body)
        policy = self.epochs[entry.epoch].policy(self.kind)
        lacks = self.count(self.epochs[entry.epoch], policy, cover, listed) + broken
        for index in range(1, len(self.epochs)):
            epoch, before = self.epochs[index], self.epochs[index - 1]
            changed = epoch.number > entry.epoch and epoch.policy(self.kind) != before.policy(self.kind)
            if changed and not self.is_covered(entry, self.epochs[:index]):
                lacks += ["under-policy" for _ in self.count(epoch, epoch.policy(self.kind), cover, listed)]
        demand(not lacks, f"not-released/{lacks[0] if lacks else ''}")
        version = self.versions.get(name)
        demand(version is not None, "no-content")
        same = (version["cover"], version["heads"], version["document"], version["commons"]) == (
            cover, body["heads"], self.file["document"], self.file["commons"])
        demand(same, "other-content")
        demand(all(key in self.keys.people for key in cover["contributors"]), "unknown")

    def listed(self, body):
        found, broken = {}, []
        for id in body["reviews"]:
            if id not in self.reviews:
                broken.append("review-missing")
            elif self.reviews[id][1]["version"] != body["version"]:
                broken.append("other-version")
            else:
                review = self.reviews[id][1]
                found.setdefault(review["reviewer"], []).append((review["number"], review["verdict"], id))
        for reviews in found.values():
            reviews.sort(reverse=True)
            broken += ["replaced" for _ in reviews[1:]]
        return [self.reviews[found[key][0][2]][1] for key in sorted(found)], broken

    def discount(self, epoch, policy, cover, review):
        person = self.keys.people.get(review["reviewer"])
        asked = {role for roles, _ in policy["requirements"] for role in roles}
        if person is None or review["role"] not in person.may + person.ever:
            return "the role was never given"
        if person.organisation not in epoch.active:
            return "no active member"
        if review["role"] not in asked:
            return "the role is not asked for"
        if review["verdict"] == 0 and review["reviewer"] in cover["contributors"] and not policy["authors"]:
            return "contributed to this version"
        return None

    def count(self, epoch, policy, cover, reviews):
        lacks, counted = [], []
        for review in reviews:
            if self.discount(epoch, policy, cover, review) is not None or review["verdict"] == 1:
                continue
            if review["verdict"] == 2:
                lacks += ["declined"] if policy["declines"] else []
            else:
                counted.append(review)
        for roles, count in policy["requirements"]:
            if sum(review["role"] in roles for review in counted) < count:
                lacks.append("approvals")
        organisations = {self.keys.people[review["reviewer"]].organisation for review in counted}
        if len(organisations) < policy["organisations"]:
            lacks.append("organisations")
        return lacks

    def retraction_of(self, release):
        for id, (entry, body) in self.retractions.items():
            by = self.keys.people[entry.person].organisation
            own = by in (self.creator, self.keys.people[release.person].organisation)
            epoch = self.epochs[entry.epoch]
            orphaned = self.creator not in self.epochs[-1].active
            elected = by in [organisation for organisation, _ in epoch.charter["electors"]]
            if release.id in body["releases"] and (
                    own or (elected and (orphaned or epoch.policy(self.kind)["electors"]))):
                return id
        return None

    def who(self, key):
        person = self.keys.people.get(key)
        if person is None:
            return key.hex()
        return f"{person.name} ({self.name(person.organisation)})"

    def name(self, organisation):
        for member in self.epochs[-1].charter["members"]:
            if member["organisation"] == organisation:
                return member["name"]
        return organisation.hex()

    def describe(self, entry, body, retraction):
        epoch = self.epochs[entry.epoch]
        reviews = {id: review for id, (_, review) in self.reviews.items() if review["version"] == body["version"]}
        latest = {}
        for id, review in reviews.items():
            rank = (review["number"], review["verdict"], id)
            latest[review["reviewer"]] = max(rank, latest.get(review["reviewer"], rank))
        shown = set(body["reviews"]) | {id for _, _, id in latest.values()}
        months = epoch.policy(self.kind)["months"]
        day = day_of(entry.time)
        days = [] if months is None else [later(day, months)]
        if body["cover"]["due"] is not None:
            days.append(date(1970, 1, 1) + timedelta(days=body["cover"]["due"]))
        acknowledged = {self.name(self.keys.people[ack.person].organisation)
                        for ack, named in self.acknowledged.values() if named == retraction}
        told = None if retraction is None else {
            "id": retraction.hex(), "time": self.retractions[retraction][0].time,
            "by": self.who(self.retractions[retraction][0].person),
            "reason": self.retractions[retraction][1]["reason"], "acknowledged": sorted(acknowledged),
        }
        return {
            "id": entry.id.hex(), "title": body["cover"]["title"], "blake3": body["version"][0].hex(),
            "sha256": body["version"][1].hex(), "epoch": entry.epoch, "time": entry.time,
            "by": self.who(entry.person), "due": min(days).isoformat() if days else None,
            "contributors": [self.who(key) for key in body["cover"]["contributors"]],
            "retraction": told,
            "reviews": sorted(({
                "id": id.hex(), "by": self.who(review["reviewer"]), "role": WORDS[review["role"]],
                "verdict": [word for word, rank in VERDICTS.items() if rank == review["verdict"]][0],
                "conflicts": review["conflicts"], "listed": id in body["reviews"],
            } for id, review in reviews.items() if id in shown), key=lambda review: review["id"]),
        }


def day_of(time):
    return date(1970, 1, 1) + timedelta(days=min(time // 86_400_000, 2_932_896))


def later(day, months):
    count = day.year * 12 + day.month - 1 + months
    year, month = count // 12, count % 12 + 1
    if year > 9_999:
        return date(9999, 12, 31)
    for number in range(day.day, 27, -1):
        try:
            return date(year, month, number)
        except ValueError:
            continue
    return date(year, month, day.day)


def read_review(body, entry, commons):
    statement, signature = body["envelope"]["statement"], body["envelope"]["signature"]
    try:
        value = json.loads(statement.decode())
        review = understand(value)
        canonical = json.dumps(rebuild(value), separators=(",", ":"), ensure_ascii=False).encode()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Bad("malformed") from error
    if canonical != statement:
        raise Bad("malformed")
    if not verifies(review["reviewer"], "application/vnd.in-toto+json", statement, signature):
        raise Bad("bad-signature")
    if (review["commons"], review["document"], review["reviewer"]) != (commons, body["document"], entry.person):
        raise Bad("malformed")
    return review


def rebuild(value):
    """The members in their order."""
    predicate = {name: value["predicate"][name] for name in STATEMENT_KEYS}
    checklist = predicate["checklist"]
    if checklist is not None:
        answers = dict(sorted(checklist["answers"].items(), key=lambda one: one[0].encode()))
        predicate["checklist"] = {"form": checklist["form"], "answers": answers}
    (subject,) = value["subject"]
    digest = {name: subject["digest"][name] for name in ("sha256", "blake3")}
    return {"_type": value["_type"], "subject": [{"name": subject["name"], "digest": digest}],
            "predicateType": value["predicateType"], "predicate": predicate}


def id_of(text):
    if not isinstance(text, str) or len(text) != 64 or any(c not in "0123456789abcdef" for c in text):
        raise ValueError("no id")
    return bytes.fromhex(text)


def understand(value):
    predicate, (subject,) = value["predicate"], value["subject"]
    digest, checklist = subject["digest"], predicate["checklist"]
    texts = [predicate["comment"], predicate["conflicts"]]
    good = (
        value["_type"] == "https://in-toto.io/Statement/v1"
        and value["predicateType"] == "urn:commons:review:1"
        and subject["name"] == predicate["document"]
        and all(isinstance(text, str) and is_plain(text) and len(text) <= 4_000 for text in texts)
        and all(type(predicate[name]) is int for name in ("number", "time"))
        and 1 <= predicate["number"] < 2**32
        and 0 <= predicate["time"] < 2**64
    )
    if checklist is not None:
        answers = checklist["answers"]
        names = [checklist["form"], *answers]
        good = good and len(answers) <= 128 and all(
            isinstance(name, str) and is_plain(name) and 1 <= len(name.encode()) <= 64 for name in names)
        good = good and all(
            isinstance(text, str) and is_plain(text) and len(text.encode()) <= 500 for text in answers.values())
    if not good:
        raise ValueError("no review")
    roles = {word: number for number, word in WORDS.items()}
    return {
        "commons": id_of(predicate["commons"]), "document": id_of(predicate["document"]),
        "version": (id_of(digest["blake3"]), id_of(digest["sha256"]), id_of(predicate["cover"])),
        "reviewer": id_of(predicate["reviewer"]), "role": roles[predicate["role"]],
        "verdict": VERDICTS[predicate["verdict"]], "number": predicate["number"],
        "conflicts": predicate["conflicts"],
    }


# The file


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
        things.append(refuse_as("object", lambda: read_object(data, file["commons"])))
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
