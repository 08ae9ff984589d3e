"""Baselines of the fast layers: PyTorch, and the usual NumPy convolution of courses."""

import numpy as np

__all__ = ["NumpyIm2col", "TorchConvolution", "TorchPooling", "TorchStep"]


class NumpyIm2col:
    """Convolution with index arrays: gather the columns, multiply, scatter the gradients with np.add.at."""

    def __init__(self, x, w, b, stride, pad):
        self.x, self.w, self.b, self.pad = x, w, b, pad
        (_, c, height, width), (_, _, fh, fw) = x.shape, w.shape
        self.out_shape = (1 + (height + 2 * pad - fh) // stride, 1 + (width + 2 * pad - fw) // stride)
        channels, rows, columns = (index.reshape(-1, 1) for index in np.indices((c, fh, fw)))
        i, j = (index.reshape(1, -1) * stride for index in np.indices(self.out_shape))
        self.index = (slice(None), channels, rows + i, columns + j)

    def forward(self):
        padded = np.pad(self.x, ((0, 0), (0, 0), (self.pad,) * 2, (self.pad,) * 2))
        self.columns = padded[self.index].transpose(1, 2, 0).reshape(self.w[0].size, -1)
        out = self.w.reshape(len(self.w), -1) @ self.columns + self.b[:, np.newaxis]
        return out.reshape(len(self.w), -1, len(self.x)).transpose(2, 0, 1).reshape(len(self.x), -1, *self.out_shape)

    def backward(self, dout):
        flat = dout.transpose(1, 2, 3, 0).reshape(len(self.w), -1)
        dw, db = (flat @ self.columns.T).reshape(self.w.shape), dout.sum(axis=(0, 2, 3))
        dcolumns = (self.w.reshape(len(self.w), -1).T @ flat).reshape(self.w[0].size, -1, len(self.x))
        pad, (n, c, height, width) = self.pad, self.x.shape
        dx = np.zeros((n, c, height + 2 * pad, width + 2 * pad), dtype=self.x.dtype)
        np.add.at(dx, self.index, dcolumns.transpose(2, 0, 1))
        return dx[:, :, pad : pad + height, pad : pad + width], dw, db


class TorchConvolution:
    """PyTorch's convolution, with ReLU and pooling if `pooled`. autograd computes all gradients."""

    def __init__(self, torch, x, w, b, stride, pad, *, pooled=False):
        self.torch, self.stride, self.pad, self.pooled = torch, stride, pad, pooled
        self.arrays = [torch.from_numpy(array).requires_grad_() for array in (x, w, b)]
        self.out = self.layer(*self.arrays)

    def layer(self, x, w, b):
        functional = self.torch.nn.functional
        out = functional.conv2d(x, w, b, self.stride, self.pad)
        return functional.max_pool2d(functional.relu(out), 2) if self.pooled else out

    def forward(self):
        with self.torch.no_grad():
            return self.layer(*self.arrays).numpy()

    def backward(self, dout):
        grads = self.torch.autograd.grad(self.out, self.arrays, self.torch.from_numpy(dout), retain_graph=True)
        return [grad.numpy() for grad in grads]


class TorchPooling:
    """PyTorch's 2 x 2 max pooling."""

    def __init__(self, torch, x):
        self.torch, self.x = torch, torch.from_numpy(x).requires_grad_()
        self.out = torch.nn.functional.max_pool2d(self.x, 2)

    def forward(self):
        with self.torch.no_grad():
            return self.torch.nn.functional.max_pool2d(self.x, 2).numpy()

    def backward(self, dout):
        return self.torch.autograd.grad(self.out, self.x, self.torch.from_numpy(dout), retain_graph=True)[0].numpy()


class TorchStep:
    """A training step of the notebook's network in eager PyTorch with its fused Adam."""

    def __init__(self, torch, params, reg):
        self.torch, self.reg = torch, reg
        self.params = {name: torch.tensor(value, requires_grad=True) for name, value in params.items()}
        self.optimizer = torch.optim.Adam(self.params.values(), lr=1e-3, fused=True)

    def step(self, x, y):
        functional, p = self.torch.nn.functional, self.params
        pooled = functional.max_pool2d(functional.relu(functional.conv2d(x, p["W1"], p["b1"], padding=3)), 2)
        hidden = functional.relu(pooled.flatten(1) @ p["W2"] + p["b2"])
        squares = sum((p[name] * p[name]).sum() for name in ("W1", "W2", "W3"))
        loss = functional.cross_entropy(hidden @ p["W3"] + p["b3"], y) + 0.5 * self.reg * squares
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.item()
