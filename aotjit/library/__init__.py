"""torch.nn and torch.nn.functional in TorchScript source, compiled by the same pipeline as the user's program.

The `.torchscript` files beside this one are data: aotjit.sema.library reads them. Constructors run at compile time
(aotjit.sema.host.evaluator) and draw their random numbers in torch's order; `forward` methods are compiled.
"""
