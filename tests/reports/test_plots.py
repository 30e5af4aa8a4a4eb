"""Plots: marks stand on their own language's row, at their own value."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import pytest
from lxml import etree

from workbench.reports.blocks import Block, blocks
from workbench.reports.plots import plot
from workbench.reports.svg import inline_svg
from workbench.reports.words import words
from workbench.testing.results import example_model, example_result


@dataclass
class Mark:
    x: float
    y: float
    fill: str


def drawn(block: Block):
    made = plot(block, words("en"), prefix="p")
    assert made is not None
    root = etree.fromstring(made.svg)
    marks, labels, ticks = [], {}, {}

    def walk(element, x: float, y: float) -> None:
        found = re.match(r"translate\((-?[\d.]+),(-?[\d.]+)\)", element.get("transform", ""))
        if found:
            x, y = x + float(found[1]), y + float(found[2])
        if element.tag == "text" and element.text:
            if re.fullmatch(r"\d+%", element.text):
                ticks[float(element.text[:-1]) / 100] = x
            else:
                labels[element.text] = y
        if (
            element.tag == "path"
            and found
            and element.get("fill", "").startswith("#")
            and element.get("stroke") is None
        ):
            marks.append(Mark(x, y, element.get("fill")))
        for child in element:
            walk(child, x, y)

    walk(root, 0.0, 0.0)
    return marks, labels, ticks, made


def two_models() -> Block:
    first = example_result(accuracy={"ar": 0.52, "th": 0.62, "ja": 0.71})
    second = example_result(
        run_id="r2", model=example_model("second-1b"), accuracy={"ar": 0.6, "th": 0.7, "ja": 0.8, "en": 0.9}
    )
    (block,) = blocks([first, second], words("en"))
    return block


def test_each_mark_stands_beside_its_language_at_its_value():
    block = two_models()
    marks, labels, ticks, _ = drawn(block)
    (low, low_x), *_, (high, high_x) = sorted(ticks.items())

    def value(mark: Mark) -> float:
        return low + (mark.x - low_x) * (high - low) / (high_x - low_x)

    rows = {tag: labels[words("en").label(tag)] for tag in block.languages}
    spacing = min(abs(one - other) for one in rows.values() for other in rows.values() if one != other)
    for member, colour in zip(block.members, ("#0072b2", "#d55e00"), strict=True):
        own = [mark for mark in marks if mark.fill == colour]
        for score in block.scores(member):
            if score.metric != "accuracy":
                continue
            nearest = [mark for mark in own if abs(mark.y - rows[score.language] + 4) < spacing / 2]
            assert [round(value(mark), 2) for mark in nearest] == [round(score.value, 2)], (
                member.label,
                score.language,
            )


def test_labels_are_text_in_their_own_script():
    _, labels, _, made = drawn(two_models())
    assert {"Arabic · العربية", "Thai · ไทย", "Japanese · 日本語", "English"} <= set(labels)
    assert "font-family" not in made.svg
    assert "http" not in made.svg.replace("http://www.w3.org", "")


def test_a_language_without_a_value_keeps_its_row():
    (block,) = blocks([example_result(accuracy={"th": 0.7, "hi": float("nan")})], words("en"))
    marks, labels, _, _ = drawn(block)
    assert "Hindi · हिन्दी" in labels
    assert len([mark for mark in marks if mark.fill == "#0072b2"]) == 1


def test_nothing_to_draw_is_no_plot():
    (block,) = blocks([example_result(accuracy={"hi": float("nan")})], words("en"))
    assert plot(block, words("en"), prefix="p") is None


@pytest.mark.parametrize("name", ["<script>x</script>", "a & b", "\u202ex", '"quoted"', "'; DROP"])
def test_a_hostile_model_name_stays_text(name: str):
    results = [example_result(), example_result(run_id="r2", model=replace(example_model(), name=name))]
    (block,) = blocks(results, words("en"))
    root = etree.fromstring(plot(block, words("en"), prefix="p").svg)
    assert not list(root.iter("script"))


def test_foreign_parts_of_an_svg_are_dropped():
    source = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>x</script><image href="http://x/"/>'
        '<rect fill="white"/><g onclick="x" style="fill:red" clip-path="url(#c)"><text opacity="0">no</text></g>'
        '<defs><clipPath id="c"/></defs><foreignObject/></svg>'
    )
    cleaned = inline_svg(source, prefix="p1", title="T <t>", description="D")
    root = etree.fromstring(cleaned)
    assert [element.tag for element in root.iter()] == ["svg", "title", "desc", "g", "defs", "clipPath"]
    assert root.find("g").attrib == {"clip-path": "url(#p1-c)"}
    assert root.find("title").text == "T <t>"
