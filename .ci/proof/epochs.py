"""The chain of epochs of docs/proof-format.md."""
from crypto import demand, domain_hash, is_sorted, plain_hash
from form import CHARTER, encode
from parts import Point


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
        and (charter["disclosure"] is None or discloses(*charter["disclosure"]))
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


def discloses(threshold, organisations, share):
    """What is usual is written in one way only: not at all."""
    usual = (threshold, organisations, share) == (10, 3, 90)
    return 5 <= threshold <= 100 and 2 <= organisations <= 100 and 50 <= share <= 100 and not usual


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
