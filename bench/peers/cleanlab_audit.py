"""cleanlab beside the audit: reads one draw as JSON from a file, writes what each of its ways ranks and flags to stdout.

    python bench/peers/cleanlab_audit.py draw.json

Needs cleanlab 2.9 with Datalab (pip install "cleanlab[datalab]==2.9.0") and scikit-learn. Everything random has the seed of the draw. For labels:
Confident Learning (find_label_issues, then the rest by get_label_quality_scores) and Datalab (label_score, is_label_issue) on out-of-fold
probabilities of logistic regression, of an SVC and, of fewer than ten classes, of gradient boosting, over the first five folds that the audit's
networks had, and on the mean probabilities of those networks; and Datalab on features alone. For numbers: CleanLearning of cleanlab.regression with a linear model,
an SVR and gradient boosting, and Datalab and the score "outre" on the predictions of the audit's networks. Asked for "average", the ways that have
a model of their own get the mean of as many repeats as the audit has: of probabilities over all its folds; of CleanLearning, which makes its folds
itself, of the qualities of as many seeds.
"""

import contextlib
import json
import os
import sys
import time
import warnings

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")
os.environ.setdefault("LOKY_MAX_CPU_COUNT", "1")
warnings.filterwarnings("ignore")

import numpy as np
import sklearn
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR


def models(ask):
    """The models by name, each a new one when called."""
    seed = ask["seed"]
    scale = [StandardScaler()] if ask["standardise"] else []

    def piped(model):
        return lambda: make_pipeline(SimpleImputer(), *scale, model())

    if ask["classes"] > 0:
        smooth = {
            "logistic regression": piped(lambda: LogisticRegression(max_iter=2000)),
            "SVC": piped(lambda: SVC(probability=True, random_state=seed)),
        }
        if ask["classes"] >= 10:  # a tree for each class: boosting takes minutes
            return smooth
        return {**smooth, "gradient boosting": lambda: HistGradientBoostingClassifier(random_state=seed)}
    return {
        "linear regression": piped(LinearRegression),
        "SVR": piped(lambda: SVR(C=10)),
        "gradient boosting": lambda: HistGradientBoostingRegressor(random_state=seed),
    }


def out_of_fold(make, x, y, classes, folds):
    """Probabilities by models that did not see the row; a class that a training part lacks has none."""
    total = np.zeros((len(y), classes))
    for job in folds:
        kept, held = np.array(job["kept"]), np.array(job["heldOut"])
        model = make().fit(x[kept], y[kept])
        total[np.ix_(held, model.classes_)] += model.predict_proba(x[held])
    return total / total.sum(1, keepdims=True)


def quietly(body):
    with contextlib.redirect_stdout(sys.stderr):
        return body()


def datalab(data, task, **given):
    from cleanlab import Datalab

    lab = Datalab(data={"y": data}, label_name="y", task=task, verbosity=0)
    quietly(lambda: lab.find_issues(issue_types={"label": {}}, **given))
    issues = lab.get_issues("label")
    return issues["label_score"].to_numpy(), issues["is_label_issue"].to_numpy()


def entry(way, model, scores, flagged, first=None):
    """Ranked by score, the lowest first; `first`: those come before all others, in their order."""
    order = np.argsort(scores, kind="stable")
    if first is not None:
        among = set(first.tolist())
        order = np.concatenate([first, [i for i in order if i not in among]])
    return {
        "way": way,
        "model": model,
        "ranked": [int(i) for i in order],
        "flagged": [int(i) for i in np.flatnonzero(flagged)],
    }


def on_probabilities(predictions, y):
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    out = []
    for name, p in predictions.items():
        p = np.clip(p, 0, 1)
        p /= p.sum(1, keepdims=True)
        first = find_label_issues(y, p, return_indices_ranked_by="self_confidence", n_jobs=1)
        flagged = np.zeros(len(y), bool)
        flagged[first] = True
        out.append(entry("Confident Learning", name, get_label_quality_scores(y, p), flagged, first))
        out.append(entry("Datalab", name, *datalab(y, "classification", pred_probs=p)))
    return out


def own_predictions(ask, x, y):
    """Of the models of scikit-learn. A row stands in one held-out fold a repeat, so the rows' sums are means once they are divided."""
    return {
        name: out_of_fold(make, x, y, ask["classes"], ask["folds"]) for name, make in models(ask).items()
    }


def on_labels(ask, x, y):
    audited = {"the audit's networks": np.array(ask["predictions"])}
    out = on_probabilities({**own_predictions(ask, x, y), **audited}, y)
    filled = make_pipeline(SimpleImputer(), *([StandardScaler()] if ask["standardise"] else [])).fit_transform(x)
    out.append(entry("Datalab", "neighbours in the features", *datalab(y, "classification", features=filled)))
    return out


def averaged_on_numbers(ask, x, y):
    from cleanlab.regression.learn import CleanLearning

    def quality(make, seed):
        learner = CleanLearning(model=make(), seed=seed, verbose=False)
        return quietly(lambda: learner.find_label_issues(x, y))["label_quality"].to_numpy()

    out = []
    for name in models(ask):
        seeds = range(ask["seed"], ask["seed"] + ask["repeats"])
        mean = np.mean([quality(models({**ask, "seed": seed})[name], seed) for seed in seeds], axis=0)
        out.append(entry("CleanLearning", name, mean, []))
    return out


def on_numbers(ask, x, y):
    from cleanlab.regression.learn import CleanLearning

    out = []
    for name, make in models(ask).items():
        issues = quietly(lambda: CleanLearning(model=make(), seed=ask["seed"], verbose=False).find_label_issues(x, y))
        out.append(entry("CleanLearning", name, issues["label_quality"].to_numpy(), issues["is_label_issue"].to_numpy()))
    p = np.array(ask["predictions"])[:, 0]
    out.append(entry("Datalab", "the audit's networks", *datalab(y, "regression", pred_probs=p)))
    return out


def judge(ask, x, y):
    """The last of the models, trained without each list of rows, on clean rows: a judge that is none of ours."""
    test, truth = np.array(ask["test"], float), np.array(ask["truth"])
    name, make = list(models(ask).items())[-1]
    out = {}
    for removal, rows in ask["removed"].items():
        keep = np.ones(len(y), bool)
        keep[rows] = False
        model = make().fit(x[keep], y[keep])
        if ask["classes"] > 0:
            p = np.zeros((len(truth), ask["classes"]))
            p[:, model.classes_] = model.predict_proba(test)
            loss, accuracy = log_loss(truth, p, labels=range(ask["classes"])), np.mean(p.argmax(1) == truth)
            out[removal] = {"loss": float(loss), "accuracy": float(accuracy)}
        else:
            out[removal] = {"loss": float(np.mean(np.abs(model.predict(test) - truth))), "accuracy": None}
    return name, out


def main(file):
    with open(file) as stream:
        ask = json.load(stream)
    x = np.array([[np.nan if v is None else v for v in row] for row in ask["inputs"]], float)
    y = np.array(ask["answers"])
    ask["test"] = [[np.nan if v is None else v for v in row] for row in ask["test"]]
    if ask["classes"] > 0:
        y = y.astype(int)
    began = time.process_time()
    answer = {"versions": {"scikit-learn": sklearn.__version__, "numpy": np.__version__}}
    if ask["work"] != "judge":
        from cleanlab import __version__

        answer["versions"]["cleanlab"] = __version__
    if ask["work"] == "rank":
        answer["entries"] = on_labels(ask, x, y) if ask["classes"] > 0 else on_numbers(ask, x, y)
    elif ask["work"] == "average":
        if ask["classes"] > 0:
            answer["entries"] = on_probabilities(own_predictions(ask, x, y), y)
        else:
            answer["entries"] = averaged_on_numbers(ask, x, y)
    else:
        answer["judge"], answer["judged"] = judge(ask, x, y)
    answer["seconds"] = time.process_time() - began
    print(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1])
