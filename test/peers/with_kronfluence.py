"""kronfluence 1.0.1: scores by its EK-FAC and K-FAC with the empirical Fisher, and by its relative damping."""
import logging
import os
import shutil

import torch
from kronfluence.analyzer import Analyzer, prepare_model
from kronfluence.arguments import FactorArguments, ScoreArguments
from kronfluence.task import Task
from networks import DAMPING
from torch import nn
from torch.utils.data import TensorDataset

logging.disable(logging.WARNING)


class Classification(Task):
    def compute_train_loss(self, batch, model, sample=False):
        return nn.functional.cross_entropy(model(batch[0]), batch[1], reduction='sum')

    def compute_measurement(self, batch, model):
        return self.compute_train_loss(batch, model)


def in_float64(arguments):
    """Every dtype option of the dataclass set to float64."""
    for name in vars(arguments):
        if name.endswith('_dtype'):
            setattr(arguments, name, torch.float64)
    return arguments


def results(model, train, query, folder, **_):
    task = Classification()
    prepared = prepare_model(model=_copy(model), task=task)
    output = os.path.join(folder, 'kronfluence')
    shutil.rmtree(output, ignore_errors=True)
    analyzer = Analyzer('peers', prepared, task, cpu=True, output_dir=output, disable_tqdm=True)
    train, query = TensorDataset(*train), TensorDataset(*query)
    for strategy in ('ekfac', 'kfac'):
        factors = in_float64(FactorArguments(strategy=strategy, use_empirical_fisher=True))
        analyzer.fit_all_factors(strategy, train, per_device_batch_size=16, factor_args=factors, overwrite_output_dir=True)
        for name, damping in (('', DAMPING), ('.default', None)):
            analyzer.compute_pairwise_scores(
                f'{strategy}{name}',
                strategy,
                query,
                train,
                per_device_query_batch_size=4,
                per_device_train_batch_size=16,
                score_args=in_float64(ScoreArguments(damping_factor=damping)),
                overwrite_output_dir=True,
            )
            yield f'kronfluence.{strategy}{name}', analyzer.load_pairwise_scores(f'{strategy}{name}')['all_modules']


def _copy(model):
    copy = nn.Sequential(nn.Linear(6, 7), nn.Tanh(), nn.Linear(7, 4)).double()
    copy.load_state_dict(model.state_dict())
    return copy
