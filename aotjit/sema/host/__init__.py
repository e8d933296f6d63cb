"""What runs when compiling: constructors of modules and the top of a file, on the syntax tree.

    evaluator.py     statements, and who may run what
    expressions.py   expressions; targets.py what is assigned to
    calls.py         calls and attributes: of Python (builtins.py, python.py), questions about values (inspection.py),
                     of nn.Module (modules.py, construct.py), of torch (tensors.py, composites.py, initialisers.py)
    objects.py       instances, named tuples, members of Enums, and types.py which types values have
    generator.py     torch's random generator, which interpreter.py gives to what is computed by the interpreter
"""
