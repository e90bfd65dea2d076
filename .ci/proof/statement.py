"""Statements of reviews: JSON with one encoding, by docs/proof-format.md."""
import json

from crypto import verifies
from form import STATEMENT_KEYS, Bad, is_plain

WORDS = {1: "patient", 2: "family", 3: "clinician", 4: "researcher", 5: "improver", 6: "administrator"}
VERDICTS = {"approve": 0, "request-changes": 1, "decline": 2}


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
