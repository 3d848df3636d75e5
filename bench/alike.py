"""Prints how alike answers are in length: the tables of bench/README.md, "What can be known".

The argument is the folder with the data sets, by default `../shared/data`. They are no part of this
project. A length is a number of characters; a correlation is Pearson's.
"""

import gzip
import json
import math
import pathlib
import sys

CHAINS = "evolved/evol_code_chains_a.jsonl.gz"
EVALUATED = ("gpt4", "vicuna-13b", "wizardlm-13b")


def correlation(pairs):
    n = len(pairs)
    mean_a, mean_b = (sum(pair[k] for pair in pairs) / n for k in (0, 1))
    products = sum((a - mean_a) * (b - mean_b) for a, b in pairs)
    squares = [sum((pair[k] - mean) ** 2 for pair in pairs) for k, mean in ((0, mean_a), (1, mean_b))]
    return products / math.sqrt(squares[0] * squares[1])


def show(what, texts):
    pairs = [(len(a), len(b)) for a, b in texts if a and b]
    logs = [(math.log(a), math.log(b)) for a, b in pairs]
    print(f"{what}: {correlation(pairs):.2f} (logarithms {correlation(logs):.2f}), {len(pairs)} pairs")


def instruction(row):
    return row["instruction"] + (row.get("input") or "")


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data")
    with gzip.open(folder / "seeds/alpaca_data.json.gz", "rt", encoding="utf-8") as file:
        show("instruction and answer, Alpaca", [(instruction(r), r["output"]) for r in json.load(file)])
    for model in EVALUATED:
        name = folder / f"eval/alpaca_eval/outputs_{model}.json.gz"
        with gzip.open(name, "rt", encoding="utf-8") as file:
            rows = [(row["instruction"], row["output"]) for row in json.load(file)]
        show(f"instruction and answer, AlpacaEval by {model}", rows)
    with gzip.open(folder / CHAINS, "rt", encoding="utf-8") as file:
        chains = [json.loads(line) for line in file]
    for name in ("evol1", "evol2"):
        rows = [chain[name] for chain in chains if chain.get(name)]
        show(f"instruction and answer, {name}", [(instruction(r), r["output"]) for r in rows])
    for before, after in (("seed", "evol1"), ("seed", "evol2"), ("evol1", "evol2")):
        both = [(c[before], c[after]) for c in chains if c.get(before) and c.get(after)]
        show(f"answers, {before} and {after}", [(a["output"], b["output"]) for a, b in both])


if __name__ == "__main__":
    main()
