"""Checks that the figures of every arena in a JSON document add up.

Reads the document from standard input. Wherever an object has the fields of
the ledger they must satisfy, exactly,

    active  = allocated + cached + slack
    charged = active + dirty + muzzy + metadata    (muzzy 0 where not told)

Exits 1 with the numbers if one does not, or if there is no such object.
"""

import json
import sys

LEDGER = ("allocated", "cached", "slack", "active", "dirty", "metadata", "charged")


def objects(value):
    """All objects in a document, at any depth."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from objects(item)


def errors(entry):
    active = entry["allocated"] + entry["cached"] + entry["slack"]
    charged = entry["active"] + entry["dirty"] + entry.get("muzzy", 0) + entry["metadata"]
    for name, sum_of_parts in (("active", active), ("charged", charged)):
        if entry[name] != sum_of_parts:
            yield f"{entry.get('name', 'total')}: {name} {entry[name]}, parts {sum_of_parts}"


def main():
    try:
        document = json.load(sys.stdin)
    except ValueError as error:
        sys.exit(f"not JSON: {error}")
    ledgers = [entry for entry in objects(document) if all(key in entry for key in LEDGER)]
    if not ledgers:
        sys.exit("no object has the fields " + ", ".join(LEDGER))
    found = [error for entry in ledgers for error in errors(entry)]
    if found:
        sys.exit("; ".join(found))


if __name__ == "__main__":
    main()
