"""How far both sides of case (e) are from float64: ``python tests/performance/rolling_exact.py [TEXTS]``.

Whole texts add up hundreds of log-likelihoods, so differences that a choice never shows become visible. The reference
is the model itself with its weights and its softmax in float64, one text at a time.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from bench_arm import Harness, Job, answered
from bench_cases import MODELS, Case, Request, case_of, requests_of
from bench_sequences import Tokens, sequences

from workbench.engines import EngineConfig, open_engine
from workbench.policy.offline import switch_off
from workbench.testing.demo import demo_model_store

TEXTS = 24


def exact(job: Job, case: Case, asked: Sequence[Request]) -> dict[str, float]:
    """The log-likelihood of each text that fits one window."""
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(job.path, dtype=torch.float64, local_files_only=True)
    tokens = Tokens(job.path, bos=job.bos)
    found = {}
    for request in asked:
        fed = sequences([request], tokens, case.max_length)
        if len(fed) > 1:
            continue
        ids, scored = fed[0]
        # The last token is scored and never fed.
        wanted = tokens(request.text)[-scored:]
        with torch.inference_mode():
            logits = model(torch.tensor([list(ids)])).logits[0, -scored:]
            chances = logits.log_softmax(dim=-1)
            found[request.id] = float(chances[torch.arange(scored), torch.tensor(wanted)].sum())
    return found


def main() -> None:
    switch_off()
    case = case_of("e")
    count = int(sys.argv[1]) if len(sys.argv) > 1 else TEXTS
    for name in MODELS:
        path = demo_model_store(name)
        job = Job("ours", case.key, str(path), "float32")
        asked = requests_of(case, path, count)
        config = EngineConfig(device="cpu", dtype="float32", max_length=case.max_length, parity=True)
        engine = open_engine("transformers", path, config)
        ours, _ = answered(engine, asked)
        engine.close()
        theirs = Harness(job, case).answer(asked)
        reference = exact(job, case, asked)
        far = [max(abs(side[key][0] - value) for key, value in reference.items()) for side in (ours, theirs)]
        sys.stdout.write(
            f"{name}: {len(reference)} texts; furthest from float64: ours {far[0]:.1e}, lm-eval {far[1]:.1e}\n"
        )


if __name__ == "__main__":
    main()
