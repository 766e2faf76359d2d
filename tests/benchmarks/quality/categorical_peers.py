"""Run by the peers' Python: crowd-kit's methods on files of labels, one JSON object a line.

``categorical_peers.py FILE ...`` fits every method to every ``labels.csv``; ``categorical_peers.py --iteration FILE.npy``
tells the processor's seconds of one iteration of its Dawid-Skene, where names are numbers and where they are text.
"""

import json
import sys
import time
import warnings

import numpy as np
import pandas as pd
from crowdkit import aggregation

warnings.filterwarnings("ignore")
METHODS = {
    "MajorityVote": {},
    "Wawa": {},
    "ZeroBasedSkill": {},
    "DawidSkene": {"n_iter": 100},
    "OneCoinDawidSkene": {"n_iter": 100},
    "GLAD": {"n_iter": 100},
    "MACE": {"random_state": 0},
    "MMSR": {"random_state": 0},
    "KOS": {"random_state": 0},
}


def compare(path):
    labels = pd.read_csv(path)
    for name, options in METHODS.items():
        started = time.process_time()
        try:
            found = getattr(aggregation, name)(**options).fit_predict(labels)
            told = {"answers": [[int(task), int(label)] for task, label in found.items()]}
        except Exception as problem:
            told = {"problem": f"{type(problem).__name__}: {problem}"[:100]}
        seconds = time.process_time() - started
        print(json.dumps({"path": path, "method": name, "seconds": seconds, **told}), flush=True)  # noqa: T201


def time_iteration(path):
    task, worker, label = np.load(path)
    numbers = pd.DataFrame({"task": task, "worker": worker, "label": label})
    told = {"numbers": seconds_of_iteration(numbers), "text": seconds_of_iteration(numbers.astype(str))}
    print(json.dumps(told))  # noqa: T201


def seconds_of_iteration(labels):
    """The fastest of three, which is what other work on the machine disturbs least."""
    return (min(seconds_of(labels, 6) for _ in range(3)) - min(seconds_of(labels, 1) for _ in range(3))) / 5


def seconds_of(labels, iterations):
    started = time.process_time()
    # No tolerance that a change of the loss could meet: it must not stop early.
    aggregation.DawidSkene(n_iter=iterations, tol=-np.inf).fit(labels)
    return time.process_time() - started


if __name__ == "__main__":
    if sys.argv[1] == "--iteration":
        time_iteration(sys.argv[2])
    else:
        for argument in sys.argv[1:]:
            compare(argument)
