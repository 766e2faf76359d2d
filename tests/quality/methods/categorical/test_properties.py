"""What holds for any judgments whatever."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.methods.categorical import CategoricalEnsemble, OrdinalEnsemble

Rows = tuple[np.ndarray, np.ndarray, np.ndarray]


@st.composite
def judgments(draw: st.DrawFn) -> Rows:
    size = draw(st.integers(6, 60))
    seed = draw(st.integers(0, 2**32 - 1))
    tasks, workers, classes = draw(st.integers(2, 12)), draw(st.integers(2, 6)), draw(st.integers(2, 4))
    random = np.random.default_rng(seed)
    task, worker = random.integers(0, tasks, size), random.integers(0, workers, size)
    honest = random.random(size) < draw(st.floats(0.3, 0.95))
    return task, worker, np.where(honest, task % classes, random.integers(0, classes, size))


def figures(model: CategoricalEnsemble) -> tuple[bytes, ...]:
    names = ("posterior_", "worker_mean_", "worker_low90_", "worker_high90_", "worker_n_eff_", "is_identifiable_")
    return tuple(getattr(model, name).tobytes() for name in names)


@settings(max_examples=12, deadline=None)
@given(rows=judgments(), seed=st.integers(0, 1_000))
def test_the_order_of_the_rows_changes_not_a_byte(rows: Rows, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(rows[0]))

    for kind in (CategoricalEnsemble, OrdinalEnsemble):
        assert figures(kind().fit(*rows)) == figures(kind().fit(*(column[order] for column in rows)))


@settings(max_examples=12, deadline=None)
@given(rows=judgments(), seed=st.integers(0, 1_000))
def test_other_names_of_tasks_workers_and_classes_change_names_alone(rows: Rows, seed: int) -> None:
    random = np.random.default_rng(seed)
    names = [random.permutation(20) for _ in range(3)]
    # A fixed number of iterations: whether one more is made may hang on the last bit of a sum.
    model = CategoricalEnsemble(max_iterations=5, tolerance=1e-300)

    plain = model.fit(*rows)
    posterior, mean = plain.posterior_, plain.worker_mean_
    tasks, workers, classes = (
        np.argsort(name[known])
        for name, known in zip(names, (plain.tasks_, plain.workers_, plain.classes_), strict=True)
    )
    renamed = model.fit(*(name[column] for name, column in zip(names, rows, strict=True)))

    np.testing.assert_allclose(renamed.posterior_, posterior[tasks][:, classes], atol=1e-6)
    np.testing.assert_allclose(renamed.worker_mean_, mean[workers], atol=1e-6)


@settings(max_examples=12, deadline=None)
@given(rows=judgments(), seed=st.integers(0, 1_000))
def test_one_more_right_answer_to_a_known_item_raises_the_score(rows: Rows, seed: int) -> None:
    random = np.random.default_rng(seed)
    gold = {int(task): int(task) % 2 for task in np.unique(rows[0]) if random.random() < 0.4}
    rows = tuple(np.append(column, value) for column, value in zip(rows, (99, rows[1][0], 1), strict=True))  # type: ignore[assignment]

    before = CategoricalEnsemble().fit(*rows, gold={**gold, 98: 1})
    after = CategoricalEnsemble().fit(*rows, gold={**gold, 99: 1})

    at = np.flatnonzero(before.workers_ == rows[1][0])
    assert after.worker_mean_[at] > before.worker_mean_[at]


@settings(max_examples=12, deadline=None)
@given(rows=judgments())
def test_figures_are_shares_and_the_score_lies_in_its_interval(rows: Rows) -> None:
    model = CategoricalEnsemble().fit(*rows)

    np.testing.assert_allclose(model.posterior_.sum(axis=1), 1.0)
    assert ((model.worker_low90_ >= 0) & (model.worker_high90_ <= 1)).all()
    assert (model.worker_low90_ < model.worker_high90_).all()
    assert (model.worker_n_eff_ > 0).all()
