"""Lines, cover and forks of docs/proof-format.md."""
from crypto import demand
from parts import Point


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


class Branches:
    """Which branches of logs count, and what electors attested on them, as far as a file shows it."""

    def __init__(self, runs, things, said, epochs, keys):
        self.runs, self.said, self.epochs, self.keys = runs, said, epochs, keys
        self.lines = Lines(runs, [thing for thing in things if thing.tag == 5])
        self.attest(things)
        self.find_anchors()

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

    def check_branch(self, entry, person, covered):
        own = Point((entry.log, entry.seq, entry.id))
        forked = self.anchors.get(entry.log)
        if forked is not None and entry.seq >= forked[0]:
            demand(forked[1] is not None and self.lines.leads(own, forked[1]), "off-branch")
        pins = [epoch.pins[entry.log] for epoch in self.epochs if entry.log in epoch.pins]
        ends = [pin for pin in person.pins or [] if pin.log == entry.log]
        end = self.keys.end_of(entry.log_name[0], entry.log)
        ends += [] if end is None else [end]
        ends = [point for point in ends if point.seq >= own.seq]
        lowest = [point for point in ends if point.seq == min(one.seq for one in ends)]
        kept = not ends or any(self.lines.leads(own, point) for point in lowest)
        pinned = all(self.lines.leads(own, pin) for pin in pins if pin.seq >= own.seq)
        demand(pinned and (kept or covered), "off-branch")
