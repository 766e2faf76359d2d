"""Run by the peers' Python: scores by crowd-kit and choix from comparisons, one JSON object a line.

``comparison_peers.py FILE ...``: each file holds ``items`` (how many), ``judgments`` (worker, left, right, winner; no ties, which
none of these methods knows), ``rankings`` (items, best first; may be empty) and ``slow`` (whether the methods that take a minute run).
"""

import json
import sys
import time
import warnings

import choix
import pandas as pd
from crowdkit.aggregation import BradleyTerry, NoisyBradleyTerry

warnings.filterwarnings("ignore")
# choix without regularization fails where an item never loses; these are its documented examples' sizes.
ALPHA = 0.01


def methods(task):
    items = task["items"]
    pairs = [(winner, right if winner == left else left) for _, left, right, winner in task["judgments"]]
    frame = pd.DataFrame(task["judgments"], columns=["worker", "left", "right", "label"])
    yield "choix ilsr", lambda: choix.ilsr_pairwise(items, pairs, alpha=ALPHA)
    yield "choix lsr", lambda: choix.lsr_pairwise(items, pairs, alpha=ALPHA)
    yield "choix rank centrality", lambda: choix.rank_centrality(items, pairs, alpha=ALPHA)
    yield "choix opt", lambda: choix.opt_pairwise(items, pairs, alpha=0.1)
    if task["rankings"]:
        yield (
            "choix Plackett-Luce",
            lambda: choix.ilsr_rankings(items, [tuple(ranking) for ranking in task["rankings"]], alpha=ALPHA),
        )
    yield "crowd-kit BradleyTerry", lambda: spread(items, BradleyTerry(n_iter=100).fit_predict(frame))
    if task["slow"]:
        yield "crowd-kit NoisyBradleyTerry", lambda: spread(items, NoisyBradleyTerry().fit_predict(frame))


def spread(items, scores):
    return scores.reindex(range(items)).fillna(scores.mean())


def compare(path):
    with open(path) as file:
        task = json.load(file)
    for name, fit in methods(task):
        started = time.process_time()
        try:
            told = {"scores": [float(score) for score in fit()]}
        except Exception as problem:
            told = {"problem": f"{type(problem).__name__}: {problem}"[:100]}
        print(json.dumps({"path": path, "method": name, "seconds": time.process_time() - started, **told}), flush=True)  # noqa: T201


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        compare(argument)
