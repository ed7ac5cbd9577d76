"""Two small trained networks and their data: `classes` (cross-entropy) and `numbers` (squared error), in float64."""
import numpy as np
import torch
from torch import nn

BATCHES = (16, 16, 8)  # uneven on purpose
DAMPING = 0.05


def train(model, loss, inputs, targets, steps):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.3, momentum=0.9)
    for _ in range(steps):
        optimizer.zero_grad()
        loss(model(inputs), targets).backward()
        optimizer.step()


def classes():
    torch.manual_seed(0)
    draw = np.random.default_rng(0)
    model = nn.Sequential(nn.Linear(6, 7), nn.Tanh(), nn.Linear(7, 4)).double()
    centres = draw.normal(size=(4, 6))
    labels = draw.integers(0, 4, size=52)
    inputs = centres[labels] + 2.5 * draw.normal(size=(52, 6))
    x, y = torch.tensor(inputs), torch.tensor(labels)
    train(model, nn.CrossEntropyLoss(), x[:40], y[:40], 20)
    return model, (x[:40], y[:40]), (x[40:], y[40:])


def numbers():
    torch.manual_seed(1)
    draw = np.random.default_rng(1)
    model = nn.Sequential(nn.Linear(5, 6), nn.Tanh(), nn.Linear(6, 3)).double()
    inputs = draw.normal(size=(40, 5))
    targets = np.tanh(inputs @ draw.normal(size=(5, 3))) + 0.3 * draw.normal(size=(40, 3))
    x, y = torch.tensor(inputs), torch.tensor(targets)
    train(model, nn.MSELoss(), x, y, 60)
    return model, (x, y)


def batches(data):
    return list(zip(*(part.split(BATCHES) for part in data)))


def gradients(model, values):
    """Rows: the gradient of every element of `values`, in PyTorch's parameter order."""
    return torch.stack([torch.cat([g.reshape(-1) for g in torch.autograd.grad(v, list(model.parameters()), retain_graph=True)]) for v in values])


def example_losses(model, data):
    inputs, targets = data
    outputs = model(inputs)
    if targets.dtype == torch.int64:
        return nn.functional.cross_entropy(outputs, targets, reduction='none')
    return 0.5 * (outputs - targets).pow(2).sum(1)
