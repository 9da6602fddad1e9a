"""What every run shares: schedule, one optimiser step, the running average, checkpoints, the log.

`living` is what a run carries from step to step: {"model", "average", "optimizer"}.
"""
import json
import math
import os
import random
import re
import time

import torch

MAX_LOGIT_SCALE = math.log(100)


def seed(number):
    torch.manual_seed(number)
    random.seed(number)


def bfloat16(device="cpu", wanted="auto"):
    """Autocast to it; by itself only where there are instructions for it: a CPU without is many times slower than in float32."""
    kind = torch.device(device).type
    return torch.autocast(kind, torch.bfloat16, enabled=has_bfloat16(kind) if wanted == "auto" else wanted)


def has_bfloat16(kind):
    if kind == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return any(torch.cpu.get_capabilities().get(name) for name in ("avx512_bf16", "amx_bf16", "bf16"))


def freeze(model, patterns):
    """What a pattern is found in is not trained."""
    check_patterns(model, patterns)
    for name, parameter in model.named_parameters():
        if any(re.search(pattern, name) for pattern in patterns):
            parameter.requires_grad_(False)


def check_patterns(model, patterns):
    for pattern in patterns:
        if not any(re.search(pattern, name) for name, _ in model.named_parameters()):
            raise ValueError(f"the pattern {pattern} finds no parameter")


def learning_rate(step, settings):
    """Warm-up, constant, then a cosine over the last part: before that part, `steps` may still be changed."""
    warm = min(1, (step + 1) / max(1, settings["warmup_steps"]))
    left = (settings["steps"] - step) / (settings["steps"] * settings["decay_share"])
    final = settings["final_share"]
    return settings["learning_rate"] * warm * (1 if left >= 1 else final + (1 - final) * (1 - math.cos(math.pi * left)) / 2)


def advance(living, loss, step, settings):
    """One step down the loss, and the average after it. A group's `scale` multiplies its learning rate."""
    model, optimizer = living["model"], living["optimizer"]
    lr = learning_rate(step, settings)
    for group in optimizer.param_groups:
        group["lr"] = lr * group.get("scale", 1)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), settings["clip_norm"])
    optimizer.step()
    with torch.no_grad():
        model.logit_scale.clamp_(max=MAX_LOGIT_SCALE)
    follow(living["average"], model, min(settings["average_decay"], (step + 1) / (step + 10)))
    return lr


@torch.no_grad()
def follow(average, model, decay):
    """The running average of the weights takes one step."""
    torch._foreach_lerp_(list(average.parameters()), list(model.parameters()), 1 - decay)


def save(path, living, facts):
    """Whole or not at all."""
    part = path.with_suffix(".part")
    with open(part, "wb") as file:
        torch.save({**{name: thing.state_dict() for name, thing in living.items()}, **facts}, file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def restore(path, living):
    """The facts beside the states: the step, the seconds so far and what the run added."""
    state = torch.load(path, map_location="cpu")
    for name, thing in living.items():
        thing.load_state_dict(state.pop(name))
    return state


class Log:
    """One JSON object a line: the mean losses and the rate since the last such line, or val figures."""

    def __init__(self, path, seconds):
        self.path = path
        self.started = time.time() - seconds
        self.restart()

    def restart(self):
        self.since, self.losses, self.pictures = time.time(), {}, 0

    def seconds(self):
        return time.time() - self.started

    def count(self, pictures, **losses):
        for name, loss in losses.items():
            self.losses.setdefault(name, []).append(loss)
        self.pictures += pictures

    def write(self, step, steps, lr, scale):
        losses = {name: round(sum(found) / len(found), 4) for name, found in self.losses.items()}
        rate = self.pictures / (time.time() - self.since)
        self.line(step=step, steps=steps, lr=lr, scale=round(scale, 1), **losses, images_per_second=round(rate, 1))
        self.restart()

    def write_val(self, step, val):
        self.line(step=step, val=val)
        self.restart()

    def line(self, **fields):
        with open(self.path, "a") as file:
            file.write(json.dumps({"seconds": round(self.seconds()), **fields}) + "\n")
