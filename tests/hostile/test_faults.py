"""The list of faults itself: each is explained, stands in one table, and is provoked by a test."""

import ast
from pathlib import Path

from hostile import Fault, faults
from hostile.fal import TABLES

HERE = Path(__file__).parent


def test_each_fault_stands_in_one_table() -> None:
    assert sorted(fault.name for table in TABLES for fault in table) == sorted(
        fault.name for fault in Fault
    )


def test_each_fault_is_explained() -> None:
    tree = ast.parse(Path(faults.__file__).read_text("utf-8"))
    (body,) = (
        node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Fault"
    )
    members = body[1::2]
    sentences = body[2::2]
    assert len(members) == len(sentences) == len(Fault)
    for member, sentence in zip(members, sentences, strict=True):
        assert isinstance(member, ast.Assign)
        assert isinstance(sentence, ast.Expr), ast.unparse(member)
        assert isinstance(sentence.value, ast.Constant), ast.unparse(member)


def test_each_fault_is_provoked() -> None:
    tests = "".join(file.read_text("utf-8") for file in HERE.glob("test_*.py"))
    assert [fault.name for fault in Fault if f"Fault.{fault.name}" not in tests] == []
