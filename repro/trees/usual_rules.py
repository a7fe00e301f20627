"""The usual preprocessing of a treebank's trees before training, by Collins (1999) and later work.

the outer bracket      `( (S ...) )` is S; with several constituents in it, it becomes TOP
traces                 -NONE- and every constituent that holds nothing else are left out
function tags          NP-SBJ-1 and NP=2 are NP; -LRB- stays what it is
alternatives           of ADVP|PRT the first is taken
chains of one label    an NP whose only child is an NP is one NP; such chains are what traces leave behind
"""

import re

from repro.trees.tree import Constituent, Leaf, Node

TOP = "TOP"
TRACE = "-NONE-"


def by_usual_rules(tree: Constituent) -> Constituent | None:
    """A treebank's tree by the rules above; None if nothing but traces is in it."""
    kept = _without_traces(tree)
    while isinstance(kept, Constituent) and not kept.label and len(kept.children) == 1:
        kept = kept.children[0]
    if kept is None:
        return None
    if isinstance(kept, Leaf):
        return Constituent(TOP, (kept,))
    return Constituent(kept.label or TOP, kept.children)


def plain_label(label: str) -> str:
    """A label without function tags, indices and alternatives."""
    if label.startswith("-"):
        return label
    return re.split(r"[-=|]", label, maxsplit=1)[0] if label else label


def _without_traces(node: Node) -> Node | None:
    if isinstance(node, Leaf):
        return None if node.tag == TRACE else Leaf(node.tag, node.word)
    children = tuple(kept for child in node.children if (kept := _without_traces(child)) is not None)
    if not children:
        return None
    label = plain_label(node.label)
    if len(children) == 1 and isinstance(children[0], Constituent) and children[0].label == label:
        return children[0]
    return Constituent(label, children)
