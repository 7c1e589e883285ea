"""Counts test cases in what one `bazel test` wrote, and shows what failed.

Reads the build events (--build_event_json_file), which name every target with
its status and its test.xml, whether it ran now or its result was cached.
Prints the end of the log of each failed target on stderr, and on stdout one
line for tools/test: `<passed> <failed>`.

A target that crashed, timed out or did not build has written no failing case
and still counts as one failure. Skipped and disabled cases count as neither.
"""

import argparse
import collections
import json
import sys
import urllib.parse
import xml.etree.ElementTree as ElementTree

# Bazel's exit codes: success, tests failed, no tests found.
EXPECTED_EXIT_CODES = (0, 3, 4)


class Target:
    """What the events say of one test target."""

    def __init__(self):
        self.status = None  # of the whole target, over all its shards
        self.outputs = {}  # (run, shard) -> {"test.log": path, "test.xml": path}


def local_path(uri):
    return urllib.parse.unquote(urllib.parse.urlparse(uri).path)


def read_events(path):
    """Returns the test targets by label, and the labels that did not build."""
    targets = collections.defaultdict(Target)
    not_built = set()
    with open(path, encoding="utf-8") as events:
        for line in events:
            event = json.loads(line)
            identity = event["id"]
            if "testResult" in event:
                key = identity["testResult"]
                # Attempts come in order: the last one decides.
                targets[key["label"]].outputs[key["run"], key["shard"]] = {
                    output["name"]: local_path(output["uri"])
                    for output in event["testResult"].get("testActionOutput", [])
                    if "uri" in output
                }
            elif "testSummary" in event:
                label = identity["testSummary"]["label"]
                targets[label].status = event["testSummary"]["overallStatus"]
            elif event.get("aborted", {}).get("reason") == "SKIPPED":
                pass  # It says itself that it is for other configurations.
            elif "targetCompleted" in identity:
                # An aborted target has a reason where another has a result.
                if not event.get("completed", {}).get("success", False):
                    not_built.add(identity["targetCompleted"]["label"])
            elif "aborted" in event and "configuredLabel" in identity:
                not_built.add(identity["configuredLabel"]["label"])
    return targets, not_built


def count_cases(xml_path):
    """Returns (passed, names of failed) of one test.xml."""
    passed = 0
    failed = []
    for case in ElementTree.parse(xml_path).getroot().iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            failed.append(f"{case.get('classname', '')}.{case.get('name')}".lstrip("."))
        elif (
            case.get("status", "run") == "run"
            and case.get("result", "completed") == "completed"
            and case.find("skipped") is None
        ):
            passed += 1
    return passed, failed


def print_tail(path, lines):
    try:
        with open(path, encoding="utf-8", errors="replace") as log:
            tail = collections.deque(log, maxlen=lines)
    except OSError as error:
        tail = [f"(no log: {error})\n"]
    sys.stderr.writelines(f"    {line}" for line in tail)


def count_target(label, target, tail_lines):
    """Returns (passed, failed) of one target; reports it if it failed."""
    passed = 0
    failed = []
    for outputs in target.outputs.values():
        try:
            shard_passed, shard_failed = count_cases(outputs["test.xml"])
        except (KeyError, OSError, ElementTree.ParseError):
            # Without a passing status this is a crash, which is counted below.
            continue
        passed += shard_passed
        failed += shard_failed
    if target.status == "PASSED" and not failed:
        return passed, 0
    print(f"FAILED {label} ({target.status}): {', '.join(failed)}", file=sys.stderr)
    for outputs in target.outputs.values():
        if "test.log" in outputs:
            print_tail(outputs["test.log"], tail_lines)
    return passed, max(1, len(failed))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("events", help="what --build_event_json_file wrote")
    parser.add_argument("exit_code", type=int, help="Bazel's")
    parser.add_argument("--tail-lines", type=int, default=60)
    options = parser.parse_args()

    passed = 0
    failed = 0
    try:
        targets, not_built = read_events(options.events)
    except (OSError, ValueError) as error:
        print(f"FAILED: no build events: {error}", file=sys.stderr)
        targets, not_built = {}, set()
        failed += 1
    for label, target in sorted(targets.items()):
        # A test that did not build is reported once, as that.
        if target.outputs or label not in not_built:
            target_passed, target_failed = count_target(label, target, options.tail_lines)
            passed += target_passed
            failed += target_failed
            if target_failed:
                not_built.discard(label)
    for label in sorted(not_built):
        print(f"FAILED {label}: did not build; its log is above", file=sys.stderr)
        failed += 1
    if options.exit_code not in EXPECTED_EXIT_CODES and failed == 0:
        print(f"FAILED: Bazel ended with {options.exit_code}; its log is above", file=sys.stderr)
        failed += 1
    print(passed, failed)


if __name__ == "__main__":
    main()
