"""Chat templates: found where publishers put them, rendered as transformers renders them, trusted with nothing."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from workbench.errors import BadConfig, ChatTemplateError
from workbench.models import ChatTemplate

CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
LLAMA = """{{- bos_token }}
{%- if messages[0]['role'] == 'system' %}
    {%- set system = messages[0]['content'] | trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system = '' %}
{%- endif %}
{%- if system %}{{ '[SYS]' + system + '[/SYS]' }}{% endif %}
{%- for message in messages %}
    {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}
        {{- raise_exception('Roles must alternate user/assistant') }}
    {%- endif %}
    {%- if message['role'] == 'assistant' %}
        {%- generation %}{{ ' ' + message['content'] | trim + ' ' + eos_token }}{%- endgeneration %}
    {%- else %}
        {{- '[INST] ' + message['content'] + ' [/INST]' }}
    {%- endif %}
{%- endfor %}
"""
GEMMA = """{{ bos_token }}{% for message in messages %}{% if message['role'] == 'system' %}{% continue %}{% endif %}
{% set role = 'model' if message['role'] == 'assistant' else message['role'] %}
<start_of_turn>{{ role }}
{{ message['content'] | trim }}<end_of_turn>
{% endfor %}
{% if add_generation_prompt %}
<start_of_turn>model
{% endif %}"""
JSONISH = (
    "{% set ns = namespace(count=0) %}{% for message in messages %}{% set ns.count = ns.count + 1 %}"
    "{{ {'role': message.role, 'text': message.content} | tojson }}{% if message.role == 'assistant' %}{% break %}{% endif %}"
    "{% endfor %}{{ ns.count }}{{ '-' * 3 }}{{ messages | map(attribute='role') | join('/') }}{{ tools is none }}"
    "{{ messages | tojson(indent=2) }}{{ unk_token is defined }}{{ unknown_thing is defined }}"
)
TEMPLATES = {"chatml": CHATML, "llama": LLAMA, "gemma": GEMMA, "json": JSONISH}


@dataclass(frozen=True)
class Turn:
    role: str
    content: str


ASKED = (Turn("system", "  Be brief. "), Turn("user", "สวัสดี «quotes» & <tags>"))
TALK = (*ASKED, Turn("assistant", "  Hello\n"), Turn("user", "नमस्ते"))
PREFILLED = (*ASKED, Turn("assistant", "The answer is"))
SPACED = (*ASKED, Turn("assistant", "The answer is "))


def with_template(path, text: str):
    (path / "chat_template.jinja").write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("turns", [ASKED, TALK], ids=["asked", "talk"])
@pytest.mark.parametrize("prompt", [True, False])
@pytest.mark.parametrize("name", TEMPLATES)
def test_rendered_as_transformers_renders(make_model, name, turns, prompt):
    from transformers import AutoTokenizer

    path = with_template(make_model(), TEMPLATES[name])
    messages = [{"role": turn.role, "content": turn.content} for turn in turns]
    expected = AutoTokenizer.from_pretrained(path).apply_chat_template(
        messages, tokenize=False, add_generation_prompt=prompt
    )
    assert ChatTemplate.load(path).render(turns, add_generation_prompt=prompt) == expected


@pytest.mark.parametrize("turns", [PREFILLED, SPACED], ids=["plain", "spaced"])
@pytest.mark.parametrize("name", ["chatml", "llama", "gemma"])
def test_gone_on_with_as_transformers_goes_on(make_model, name, turns):
    from transformers import AutoTokenizer

    path = with_template(make_model(), TEMPLATES[name])
    messages = [{"role": turn.role, "content": turn.content} for turn in turns]
    expected = AutoTokenizer.from_pretrained(path).apply_chat_template(
        messages, tokenize=False, continue_final_message=True
    )
    found = ChatTemplate.load(path).render(turns, continue_final=True)
    assert found == expected
    assert found.rstrip().endswith("The answer is")


@pytest.mark.real_model
def test_the_demo_models_template(demo_models):
    from transformers import AutoTokenizer

    path = demo_models["smollm2-135m-instruct"]
    messages = [{"role": turn.role, "content": turn.content} for turn in TALK]
    expected = AutoTokenizer.from_pretrained(path).apply_chat_template(
        messages, tokenize=False, add_generation_prompt=True
    )
    assert ChatTemplate.load(path).render(TALK) == expected
    assert ChatTemplate.load(demo_models["gemma-3-270m"]) is None


# Where templates are found


def test_no_template(make_model):
    assert ChatTemplate.load(make_model()) is None


def test_in_the_tokenizers_configuration(make_model):
    path = make_model(tokenizer_config={"chat_template": "{{ bos_token }}x", "bos_token": {"content": "<s>"}})
    template = ChatTemplate.load(path)
    assert template.render(ASKED) == "<s>x"
    assert template.source == "tokenizer_config.json:chat_template"


def test_the_default_of_several(make_model):
    named = [{"name": "tool_use", "template": "tools"}, {"name": "default", "template": "default"}]
    assert ChatTemplate.load(make_model(tokenizer_config={"chat_template": named})).render(ASKED) == "default"


def test_the_file_wins_over_the_configuration(make_model):
    path = with_template(make_model(tokenizer_config={"chat_template": "old"}), "new")
    assert ChatTemplate.load(path).render(ASKED) == "new"


def test_in_the_legacy_file(make_model):
    path = make_model()
    (path / "chat_template.json").write_text(json.dumps({"chat_template": "legacy"}))
    assert ChatTemplate.load(path).source == "chat_template.json:chat_template"


def test_in_a_gguf(make_gguf):
    path = make_gguf(metadata={"tokenizer.chat_template": "{{ bos_token }}|{{ eos_token }}|{{ messages[0].content }}"})
    assert ChatTemplate.load(path).render((Turn("user", "hi"),)) == "<s>|</s>|hi"
    assert ChatTemplate.load(make_gguf("none.gguf")) is None


def test_the_digest_is_of_the_text(make_model):
    path = with_template(make_model(), "สวัสดี")
    assert ChatTemplate.load(path).sha256 == hashlib.sha256((path / "chat_template.jinja").read_bytes()).hexdigest()


# What goes wrong


def load(make_model, text: str) -> ChatTemplate:
    return ChatTemplate.load(with_template(make_model(), text))


def test_a_template_that_refuses_says_why(make_model):
    with pytest.raises(ChatTemplateError, match="Roles must alternate") as caught:
        load(make_model, LLAMA).render((Turn("assistant", "I begin"),))
    assert caught.value.where == "chat_template.jinja"


@pytest.mark.parametrize("text", ["{% for %}", "{{ ", "{% endif %}", "{% unknown %}", "(" * 5 + "{{" + "(" * 3000])
def test_a_template_that_is_no_jinja(make_model, text):
    with pytest.raises(ChatTemplateError, match="no Jinja"):
        load(make_model, text).render(ASKED)


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ messages.__init__.__globals__ }}",
        "{{ messages.append(1) }}",
        "{{ raise_exception.__globals__['json'] }}",
        "{% set x = messages[0] %}{{ x.update({'role': 'x'}) }}",
        "{{ 'a' * 100000000 }}",
        "{{ 9 ** 99999999 }}",
        "{{ 1 / 0 }}",
        "{{ messages[99].content }}",
        "{{ messages[0].content + 3 }}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{{ range(100000000) | list }}",
    ],
)
def test_a_template_that_misbehaves_is_stopped(make_model, text):
    with pytest.raises(ChatTemplateError):
        load(make_model, text).render(ASKED)


def test_a_template_that_throws_the_last_turn_away_cannot_be_gone_on_with(make_model):
    with pytest.raises(ChatTemplateError, match="cannot be gone on with"):
        load(make_model, "{{ messages[0].content }}").render(PREFILLED, continue_final=True)


def test_there_must_be_a_turn_to_go_on_with(make_model):
    with pytest.raises(ChatTemplateError, match="no turn"):
        load(make_model, CHATML).render((), continue_final=True)


def test_damaged_settings_are_named(make_model):
    path = make_model()
    (path / "tokenizer_config.json").write_text("{")
    with pytest.raises(BadConfig) as caught:
        ChatTemplate.load(path)
    assert caught.value.where == str(path / "tokenizer_config.json")


def test_the_date_is_the_callers(make_model):
    template = load(make_model, "{{ strftime_now('%d %B %Y') }}")
    assert template.render(ASKED, now=datetime(2024, 2, 29, tzinfo=UTC)) == "29 February 2024"
    assert template.render(ASKED).endswith(str(datetime.now(UTC).astimezone().year))
