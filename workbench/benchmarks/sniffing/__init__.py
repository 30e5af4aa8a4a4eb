"""Files as strangers left them → a recipe that reads them: told by content, asked where it does not tell."""

from workbench.benchmarks.sniffing.adding import Look, Looked, open_questions, opened
from workbench.benchmarks.sniffing.asking import Answers, Question, read_answers
from workbench.benchmarks.sniffing.kinds import KINDS
from workbench.benchmarks.sniffing.opening import SetAside, Source, open_source
from workbench.benchmarks.sniffing.proposal import Proposal, propose

__all__ = [
    "KINDS",
    "Answers",
    "Look",
    "Looked",
    "Proposal",
    "Question",
    "SetAside",
    "Source",
    "open_questions",
    "open_source",
    "opened",
    "propose",
    "read_answers",
]
