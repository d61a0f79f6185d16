"""The processes that torchrun started, one per GPU; a process alone is the only one of its kind."""

import os
from dataclasses import dataclass

import torch
from torch import distributed, nn


@dataclass(frozen=True)
class Replicas:
    rank: int
    count: int

    @classmethod
    def launched(cls, device: torch.device) -> "Replicas":
        if "WORLD_SIZE" not in os.environ:
            return cls(0, 1)
        distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
        if device.type == "cuda":
            torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
        return cls(distributed.get_rank(), distributed.get_world_size())

    def wrap(self, model: nn.Module) -> nn.Module:
        """``model``, its gradients averaged over the replicas."""
        return model if self.count == 1 else nn.parallel.DistributedDataParallel(model)
