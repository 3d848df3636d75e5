"""Prints the calls of a measured job, one JSON object a line, in the order in which they ended.

The argument is what a client left: a run directory of speciate (its `run.db` is read), or the folder
of `plain_script.py` (its `data.jsonl`). Fields: `lineage`, which calls wait for one another; `round`,
0 for the response to a seed; `role`; `tokens` of the prompt and of the answer, as the server counted.
"""

import json
import pathlib
import sqlite3
import sys

ROLES_OF_ROW = {2: ("evolver", "responder"), 3: ("evolver", "judge", "responder")}


def of_run(file):
    """Uses the two views that are part of the format."""
    database = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)
    records = {
        id: (root, round_number)
        for id, root, round_number in database.execute("SELECT id, root, round FROM instructions")
    }
    calls = database.execute(
        "SELECT key, role, input_tokens, output_tokens FROM calls ORDER BY ended_at"
    )
    for key, role, prompt, answer in calls:
        # A call's key begins with the id of the record that it works for.
        root, round_number = records[key.split("/")[0]]
        # A seed's response is waited for by nobody.
        lineage = root if round_number else f"{root}/0"
        yield lineage, round_number, role, (prompt, answer)


def of_script(file):
    with open(file, encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            for role, tokens in zip(ROLES_OF_ROW[len(row["tokens"])], row["tokens"]):
                yield str(row["seed"]), row["round"], role, tokens


def main():
    place = pathlib.Path(sys.argv[1])
    run = place / "run.db"
    calls = of_run(run) if run.exists() else of_script(place / "data.jsonl")
    for lineage, round_number, role, tokens in calls:
        row = {"lineage": lineage, "round": round_number, "role": role, "tokens": tokens}
        print(json.dumps(row))


if __name__ == "__main__":
    main()
