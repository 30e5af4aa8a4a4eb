"""lm-evaluation-harness on our engine: the scores of its own ``hf`` model, task files and all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from workbench.errors import BadInput, ChatTemplateError, UsageError

pytestmark = pytest.mark.timeout(300)  # importing the harness takes its time

TOLERANCE = 1e-3
NAMES = ("wb_choices", "wb_letters", "wb_texts", "wb_written")
ROWS = [
    {"question": "The cat sat on the mat because it was", "choices": ["warm", "a dog"], "gold": 0},
    {"question": "ผู้ชายคนนั้นเปิดก๊อกน้ำ ดังนั้น", "choices": ["น้ำจึงไหลออกมา", "เด็กๆ กินข้าว"], "gold": 0},
    {"question": "Mtu yule alifungua bomba, kwa hiyo", "choices": ["wali", "maji yalitoka"], "gold": 1},
    {"question": "The dog ran after", "choices": ["the mat", "the cat"], "gold": 1},
]
COMMON = "dataset_path: json\ndataset_kwargs:\n  data_files:\n    test: {data}\ntest_split: test\n"
TASKS = {
    "wb_choices": "output_type: multiple_choice\ndoc_to_text: '{{question}}'\ndoc_to_choice: '{{choices}}'\ndoc_to_target: gold\n"
    "num_fewshot: 2\nfewshot_split: test\nmetric_list:\n  - metric: acc\n  - metric: acc_norm\n",
    "wb_letters": "output_type: multiple_choice\ndoc_to_text: '{{question}} A. {{choices[0]}} B. {{choices[1]}}:'\n"
    "doc_to_choice: ['A', 'B']\ndoc_to_target: gold\nmetric_list:\n  - metric: acc\n",
    "wb_texts": "output_type: loglikelihood_rolling\ndoc_to_text: ''\ndoc_to_target: '{{question}} {{choices[0]}}'\n"
    "metric_list:\n  - metric: word_perplexity\n  - metric: bits_per_byte\n",
    "wb_written": "output_type: generate_until\ndoc_to_text: '{{question}}'\ndoc_to_target: '{{choices[0]}}'\n"
    "generation_kwargs:\n  until: ['\\n', '.']\n  max_gen_toks: 12\n  do_sample: false\nmetric_list:\n  - metric: exact_match\n",
}


@pytest.fixture
def tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Task files over a local JSON-lines file; the library that reads it caches below the test's directory."""
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    data = tmp_path / "items.jsonl"
    data.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS), encoding="utf-8")
    for name, text in TASKS.items():
        (tmp_path / f"{name}.yaml").write_text(f"task: {name}\n{COMMON.format(data=data)}{text}", encoding="utf-8")
    return [str(tmp_path / f"{name}.yaml") for name in NAMES]


@pytest.fixture
def workbench_lm(tiny: Callable[..., Path]) -> Iterator[Callable[..., Any]]:
    """Make our model for the harness from a tiny checkpoint; closed at the end."""
    from workbench.engines.lm_eval_plugin import WorkbenchLM

    made = []

    def make(directory: Path | None = None, **options: Any) -> Any:
        path = str(directory or tiny("llama", bos=True))
        made.append(WorkbenchLM(path, **({"dtype": "float32", "device": "cpu", "threads": 1} | options)))
        return made[-1]

    yield make
    for model in made:
        model.engine.close()


def evaluated(model: str, arguments: Mapping[str, Any], tasks: list[str], **options: Any) -> tuple[Any, float]:
    """The harness' results, and the seconds it took, the model's loading included."""
    import lm_eval
    from lm_eval.tasks import TaskManager
    from lm_eval.tasks._yaml_loader import load_yaml

    import workbench.engines.lm_eval_plugin  # noqa: F401 — registers the model where torch came first

    began = time.perf_counter()
    results = lm_eval.simple_evaluate(
        model=model,
        model_args=dict(arguments),
        tasks=[load_yaml(task, resolve_func=True) for task in tasks],
        task_manager=TaskManager(include_defaults=False),
        device="cpu",
        batch_size=4,
        bootstrap_iters=0,
        **options,
    )
    return results, time.perf_counter() - began


def scores(results: Any) -> dict[str, dict[str, float]]:
    """The numbers of each task."""
    return {
        task: {name: value for name, value in found.items() if isinstance(value, int | float)}
        for task, found in results["results"].items()
    }


def log_likelihoods(results: Any) -> list[float]:
    """Those of all choices, in the order of the items."""
    samples = sorted(results["samples"]["wb_choices"], key=lambda sample: sample["doc_id"])
    return [answer[0] for sample in samples for answer in sample["filtered_resps"]]


def assert_as_hf(directory: Path, tasks: list[str], report: Callable[[str], None], **options: Any) -> None:
    """Both models' scores and log-likelihoods are the same; says how long each took."""
    names = {"dtype": "float32"}
    theirs, their_seconds = evaluated("hf", {"pretrained": str(directory)} | names, tasks, **options)
    ours, seconds = evaluated("workbench", {"path": str(directory)} | names, tasks, **options)
    report(f"{directory.name}: --model workbench {seconds:.1f} s, --model hf {their_seconds:.1f} s")
    expected = scores(theirs)
    assert set(expected) == set(NAMES)
    found = scores(ours)
    for task, numbers in expected.items():
        # A perplexity is the exponential of a log-likelihood a word: a tolerance in nats is a relative one there.
        assert found[task] == pytest.approx(numbers, rel=TOLERANCE, abs=TOLERANCE), task
    assert log_likelihoods(ours) == pytest.approx(log_likelihoods(theirs), abs=TOLERANCE)


@pytest.fixture
def report(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Print a line that pytest does not keep back."""

    def say(text: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n{text}\n")

    return say


def test_scores_are_those_of_the_harness_own_model(tiny, tasks: list[str], report):
    assert_as_hf(tiny("llama", bos=True), tasks, report)


def test_scores_with_a_chat_template_are_too(tiny, tasks: list[str], report):
    assert_as_hf(tiny("llama", bos=True), tasks, report, apply_chat_template=True, fewshot_as_multiturn=True)


@pytest.mark.slow
@pytest.mark.real_model
@pytest.mark.timeout(900)
def test_scores_on_a_real_model_are_too(demo_models: Mapping[str, Path], tasks: list[str], report):
    assert_as_hf(demo_models["smollm2-135m-instruct"], tasks, report)


@pytest.mark.parametrize("program", ["lm_eval", "workbench"])
def test_both_command_lines_find_the_model(program: str, tiny, tasks: list[str], tmp_path: Path):
    arguments = ["--model_args", f"path={tiny('llama', bos=True)},dtype=float32,threads=1", "--tasks", tasks[1]]
    named = ["--model", "workbench"] if program == "lm_eval" else []
    command = [str(Path(sys.executable).parent / program), *(["lm-eval"] if program == "workbench" else []), *named]
    environment = os.environ | {"HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [*command, *arguments, "--output_path", str(tmp_path / "out")],
        capture_output=True, text=True, check=False, env=environment, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    (written,) = (tmp_path / "out").rglob("results_*.json")
    results = json.loads(written.read_text(encoding="utf-8"))
    assert 0 <= results["results"]["wb_letters"]["acc,none"] <= 1
    assert results["config"]["model"] == "workbench"
    assert results["config"]["workbench_computed_tokens"] > 0


def test_importing_torch_registers_nothing_outside_the_harness():
    code = "import sys, torch; print('lm_eval' in sys.modules, 'workbench.engines' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


@pytest.mark.parametrize(
    ("options", "named"),
    [({"peft": "x"}, "peft"), ({"pretrained": "x"}, "one model"), ({"dtype": "int3"}, "int3")],
)
def test_arguments_nobody_knows_are_refused(options: dict[str, str], named: str, workbench_lm):
    with pytest.raises(UsageError, match=named):
        workbench_lm(**options)


def asked(kind: str, *arguments: tuple[Any, ...]) -> list[Any]:
    from lm_eval.api.instance import Instance

    return [Instance(request_type=kind, doc={}, arguments=entry, idx=i) for i, entry in enumerate(arguments)]


def test_answers_come_in_the_order_asked(workbench_lm):
    model = workbench_lm()
    pairs = [("The cat", " sat"), ("The dog", " ran"), ("The cat", " ran"), ("", "The cat sat."), ("The cat", " sat")]
    together = model.loglikelihood(asked("loglikelihood", *pairs))
    alone = [model.loglikelihood(asked("loglikelihood", pair))[0] for pair in pairs]
    assert [value for value, _ in together] == pytest.approx([value for value, _ in alone], abs=TOLERANCE)
    assert together[0] == together[4]


def test_a_text_without_tokens_costs_nothing(workbench_lm, tiny):
    model = workbench_lm(tiny("llama", bos=False))
    first, second = model.loglikelihood_rolling(asked("loglikelihood_rolling", ("",), ("The cat sat.",)))
    assert first == 0.0
    assert second < 0.0


def test_what_cannot_be_scored_is_an_error_that_names_the_request(workbench_lm):
    with pytest.raises(BadInput, match=r"request 1 .* continuation is empty"):
        workbench_lm().loglikelihood(asked("loglikelihood", ("The cat", " sat"), ("The dog", "")))


def test_sampling_that_the_engine_does_not_have_is_refused(workbench_lm):
    model = workbench_lm()
    greedy = {"until": ["."], "max_gen_toks": 4, "do_sample": False, "top_p": 0.9}
    assert len(model.generate_until(asked("generate_until", ("The cat", greedy)))) == 1
    sampled = greedy | {"do_sample": True, "temperature": 0.7}
    with pytest.raises(UsageError, match="top_p"):
        model.generate_until(asked("generate_until", ("The cat", sampled)))


def test_a_model_without_a_chat_template_says_so(workbench_lm, copy_of, tiny):
    directory = copy_of(tiny("llama", bos=True))
    (directory / "chat_template.jinja").unlink()
    model = workbench_lm(directory)
    assert model.chat_template(True) is None
    with pytest.raises(ChatTemplateError, match="brings no chat template"):
        model.apply_chat_template([{"role": "user", "content": "Hello"}])
